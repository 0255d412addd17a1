"""What a pod's kubelet must be able to read: the objects that the pod's spec leads to."""

from __future__ import annotations

from collections.abc import Iterator

from ..registry.strategy import Object, Reader

Reference = tuple[str, str, str]
"""(resource, namespace, name)"""

_VOLUME_SECRETS = ("flexVolume", "rbd", "cephfs", "iscsi", "scaleIO", "storageos")
"""Volume sources with a `secretRef`."""


def references(pod: Object, reader: Reader) -> Iterator[Reference]:
    """The service account, secrets, config maps and claims a pod uses, and the volumes behind the claims."""
    spec, namespace = pod["spec"], pod["metadata"].get("namespace", "")
    if account := spec.get("serviceAccountName"):
        yield ("serviceaccounts", namespace, account)
    for secret in spec.get("imagePullSecrets") or ():
        yield ("secrets", namespace, secret.get("name", ""))
    for containers in ("containers", "initContainers", "ephemeralContainers"):
        for container in spec.get(containers) or ():
            yield from _container(container, namespace)
    for volume in spec.get("volumes") or ():
        yield from _volume(volume, pod, reader)
    for claim in (pod.get("status") or {}).get("resourceClaimStatuses") or ():
        if name := claim.get("resourceClaimName"):
            yield ("resourceclaims", namespace, name)
    for claim in spec.get("resourceClaims") or ():
        if name := claim.get("resourceClaimName"):
            yield ("resourceclaims", namespace, name)


def _container(container: Object, namespace: str) -> Iterator[Reference]:
    for source in container.get("envFrom") or ():
        yield from _named(source, "configMapRef", "configmaps", namespace)
        yield from _named(source, "secretRef", "secrets", namespace)
    for variable in container.get("env") or ():
        source = variable.get("valueFrom") or {}
        yield from _named(source, "configMapKeyRef", "configmaps", namespace)
        yield from _named(source, "secretKeyRef", "secrets", namespace)


def _named(source: Object, key: str, resource: str, namespace: str) -> Iterator[Reference]:
    if name := (source.get(key) or {}).get("name"):
        yield (resource, namespace, name)


def _volume(volume: Object, pod: Object, reader: Reader) -> Iterator[Reference]:
    namespace = pod["metadata"].get("namespace", "")
    if name := (volume.get("secret") or {}).get("secretName"):
        yield ("secrets", namespace, name)
    yield from _named(volume, "configMap", "configmaps", namespace)
    for source in (volume.get("projected") or {}).get("sources") or ():
        yield from _named(source, "configMap", "configmaps", namespace)
        yield from _named(source, "secret", "secrets", namespace)
    for kind in _VOLUME_SECRETS:
        yield from _named(volume.get(kind) or {}, "secretRef", "secrets", namespace)
    if csi := volume.get("csi"):
        yield from _named(csi, "nodePublishSecretRef", "secrets", namespace)
    if name := (volume.get("azureFile") or {}).get("secretName"):
        yield ("secrets", namespace, name)
    claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
    if claim is None and volume.get("ephemeral"):
        claim = f"{pod['metadata']['name']}-{volume['name']}"
    if claim:
        yield from _claim(claim, namespace, reader)


def _claim(name: str, namespace: str, reader: Reader) -> Iterator[Reference]:
    yield ("persistentvolumeclaims", namespace, name)
    claim = reader.get("", "persistentvolumeclaims", namespace, name)
    bound = ((claim or {}).get("spec") or {}).get("volumeName")
    if not bound:
        return
    yield ("persistentvolumes", "", bound)
    volume = reader.get("", "persistentvolumes", "", bound)
    source = ((volume or {}).get("spec") or {}).get("csi") or {}
    for key in ("nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef"):
        if secret := source.get(key):
            yield ("secrets", secret.get("namespace", ""), secret.get("name", ""))
