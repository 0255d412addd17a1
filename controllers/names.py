"""Names that `--controllers` takes besides those of the controllers there are.

Source: kube-controller-manager 1.36, names/controller_names.go and the descriptors' aliases.
"""

from __future__ import annotations

from collections.abc import Sequence

ALIASES = {
    "attachdetach": "persistentvolume-attach-detach-controller",
    "bootstrapsigner": "bootstrap-signer-controller",
    "cloud-node-lifecycle": "cloud-node-lifecycle-controller",
    "clusterrole-aggregation": "clusterrole-aggregation-controller",
    "cronjob": "cronjob-controller",
    "csrapproving": "certificatesigningrequest-approving-controller",
    "csrcleaner": "certificatesigningrequest-cleaner-controller",
    "csrsigning": "certificatesigningrequest-signing-controller",
    "daemonset": "daemonset-controller",
    "deployment": "deployment-controller",
    "disruption": "disruption-controller",
    "endpoint": "endpoints-controller",
    "endpointslice": "endpointslice-controller",
    "endpointslicemirroring": "endpointslice-mirroring-controller",
    "ephemeral-volume": "ephemeral-volume-controller",
    "garbagecollector": "garbage-collector-controller",
    "horizontalpodautoscaling": "horizontal-pod-autoscaler-controller",
    "job": "job-controller",
    "legacy-service-account-token-cleaner": "legacy-serviceaccount-token-cleaner-controller",
    "namespace": "namespace-controller",
    "nodeipam": "node-ipam-controller",
    "nodelifecycle": "node-lifecycle-controller",
    "persistentvolume-binder": "persistentvolume-binder-controller",
    "persistentvolume-expander": "persistentvolume-expander-controller",
    "podgc": "pod-garbage-collector-controller",
    "pv-protection": "persistentvolume-protection-controller",
    "pvc-protection": "persistentvolumeclaim-protection-controller",
    "replicaset": "replicaset-controller",
    "replicationcontroller": "replicationcontroller-controller",
    "resource-claim-controller": "resourceclaim-controller",
    "resourcequota": "resourcequota-controller",
    "root-ca-cert-publisher": "root-ca-certificate-publisher-controller",
    "route": "node-route-controller",
    "service": "service-lb-controller",
    "serviceaccount": "serviceaccount-controller",
    "serviceaccount-token": "serviceaccount-token-controller",
    "statefulset": "statefulset-controller",
    "storage-version-gc": "storageversion-garbage-collector-controller",
    "tokencleaner": "token-cleaner-controller",
    "ttl": "ttl-controller",
    "ttl-after-finished": "ttl-after-finished-controller",
}
"""What controllers were called before 1.28."""

ELSEWHERE = frozenset(
    (
        "cloud-node-lifecycle-controller",
        "node-route-controller",
        "service-lb-controller",
        "kube-apiserver-serving-clustertrustbundle-publisher-controller",
        "persistentvolume-attach-detach-controller",
        "podcertificaterequest-cleaner-controller",
        "resource-pool-status-request-controller",
        "selinux-warning-controller",
        "storage-version-migrator-controller",
        "storageversion-garbage-collector-controller",
    )
)
"""Known names that select nothing: controllers of clouds, of features that 1.36 leaves off, and of volumes
that must be attached to nodes, of which there are none here."""


def canonical(name: str) -> str:
    """Today's name of a controller, its minus kept."""
    minus = "-" if name.startswith("-") else ""
    bare = name.removeprefix("-")
    return minus + ALIASES.get(bare, bare)


def is_chosen(controller: str, names: Sequence[str], *, default_on: bool = True) -> bool:
    """Whether `--controllers` names selects it, by today's name: NAME or -NAME counts before `*`."""
    wanted = [canonical(name) for name in names]
    if controller in wanted:
        return True
    return f"-{controller}" not in wanted and "*" in wanted and default_on
