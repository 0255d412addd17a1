"""The APIService of every built-in group version: served here, always available."""

from __future__ import annotations

from ..registry.strategy import Object
from .default import Default, metadata

GROUP = "apiregistration.k8s.io"
PRIORITIES: dict[tuple[str, str], tuple[int, int]] = {
    ("", "v1"): (18000, 1),
    ("admissionregistration.k8s.io", "v1"): (16700, 15),
    ("apiextensions.k8s.io", "v1"): (16700, 15),
    ("apps", "v1"): (17800, 15),
    ("authentication.k8s.io", "v1"): (17700, 15),
    ("authorization.k8s.io", "v1"): (17600, 15),
    ("autoscaling", "v1"): (17500, 15),
    ("autoscaling", "v2"): (17500, 30),
    ("batch", "v1"): (17400, 15),
    ("certificates.k8s.io", "v1"): (17300, 15),
    ("coordination.k8s.io", "v1"): (16500, 15),
    ("discovery.k8s.io", "v1"): (16200, 15),
    ("events.k8s.io", "v1"): (17750, 15),
    ("flowcontrol.apiserver.k8s.io", "v1"): (16100, 21),
    ("networking.k8s.io", "v1"): (17200, 15),
    ("node.k8s.io", "v1"): (16300, 15),
    ("policy", "v1"): (17100, 15),
    ("rbac.authorization.k8s.io", "v1"): (17000, 15),
    ("resource.k8s.io", "v1"): (16200, 21),
    ("scheduling.k8s.io", "v1"): (16600, 15),
    ("storage.k8s.io", "v1"): (16800, 15),
}
"""(group, version) → (groupPriorityMinimum, versionPriority), which order discovery."""


def defaults(now: str) -> list[Default]:
    """`now` is the RFC 3339 time of the conditions."""
    condition = {
        "type": "Available",
        "status": "True",
        "lastTransitionTime": now,
        "reason": "Local",
        "message": "Local APIServices are always available",
    }
    return [
        Default(
            group=GROUP,
            resource="apiservices",
            obj=_object(group, version, *priorities),
            status={"conditions": [condition]},
        )
        for (group, version), priorities in PRIORITIES.items()
    ]


def _object(group: str, version: str, group_priority: int, version_priority: int) -> Object:
    spec: Object = {"group": group} if group else {}
    spec |= {
        "version": version,
        "groupPriorityMinimum": group_priority,
        "versionPriority": version_priority,
    }
    return {
        "kind": "APIService",
        "apiVersion": f"{GROUP}/v1",
        "metadata": metadata(
            f"{version}.{group}", labels={"kube-aggregator.kubernetes.io/automanaged": "onstart"}
        ),
        "spec": spec,
    }
