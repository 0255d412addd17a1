"""What of the API a pod's spec names: a kubelet may not make pods that name any, and gets tokens only for the
audiences named there.

Source: kubernetes pkg/api/pod (HasAPIObjectReference), plugin/pkg/admission/noderestriction.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..authorization.pod_references import references
from ..registry.strategy import Object, Reader

_VOLUMES = {
    "csi": "csidrivers (via CSI volumes)",
    "glusterfs": "endpoints (via glusterFS volumes)",
    "persistentVolumeClaim": "persistentvolumeclaims",
    "ephemeral": "persistentvolumeclaims (via ephemeral volumes)",
}
_CLAIMS = frozenset({"persistentVolumeClaim", "ephemeral"})
_PROJECTED = {
    "serviceAccountToken": "serviceaccounts (via projected volumes)",
    "clusterTrustBundle": "clustertrustbundles",
    "podCertificate": "podcertificates",
}


def api_reference(spec: Object, reader: Reader) -> str:
    """The kind of the first object of the API that a pod asks for; empty when it asks for none."""
    if spec.get("serviceAccountName"):
        return "serviceaccounts"
    # Not what the volumes behind its claims name.
    volumes = [volume for volume in spec.get("volumes") or () if not _CLAIMS & volume.keys()]
    named = {
        what for what, _, _ in references({"metadata": {}, "spec": {**spec, "volumes": volumes}}, reader)
    }
    for resource in ("secrets", "configmaps"):
        if resource in named:
            return resource
    if spec.get("resourceClaims"):
        return "resourceclaims"
    return next(_volumes(spec), "")


def _volumes(spec: Object) -> Iterator[str]:
    for volume in spec.get("volumes") or ():
        yield from (what for kind, what in _VOLUMES.items() if volume.get(kind) is not None)
        for source in (volume.get("projected") or {}).get("sources") or ():
            yield from (what for kind, what in _PROJECTED.items() if source.get(kind) is not None)


def token_audiences(pod: Object, reader: Reader) -> set[str]:
    """The audiences of the tokens that the pod's volumes and their drivers want; "" is the server's own."""
    found: set[str] = set()
    for volume in pod["spec"].get("volumes") or ():
        for source in (volume.get("projected") or {}).get("sources") or ():
            if source.get("serviceAccountToken") is not None:
                found.add(source["serviceAccountToken"].get("audience", ""))
        driver = reader.get("storage.k8s.io", "csidrivers", "", _driver(pod, volume, reader))
        wanted = ((driver or {}).get("spec") or {}).get("tokenRequests") or ()
        found.update(request.get("audience", "") for request in wanted)
    return found


def _driver(pod: Object, volume: Object, reader: Reader) -> str:
    """The CSI driver that serves the volume."""
    if volume.get("csi") is not None:
        return str(volume["csi"].get("driver", ""))
    name = (volume.get("persistentVolumeClaim") or {}).get("claimName", "")
    if volume.get("ephemeral") is not None:
        name = f"{pod['metadata']['name']}-{volume['name']}"
    claim = reader.get("", "persistentvolumeclaims", pod["metadata"]["namespace"], name) if name else None
    bound = ((claim or {}).get("spec") or {}).get("volumeName", "")
    source = reader.get("", "persistentvolumes", "", bound) if bound else None
    return str((((source or {}).get("spec") or {}).get("csi") or {}).get("driver", ""))
