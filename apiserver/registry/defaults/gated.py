"""Fields of pod specs whose feature gates are off in Kubernetes 1.36: writes drop them without a word.

Source: pkg/api/pod (dropDisabledFields), pkg/features.
"""

from __future__ import annotations

from ..strategy import Object

PROJECTIONS = ("clusterTrustBundle", "podCertificate")
"""Sources of projected volumes; what is left of one is an empty source."""
CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


def drop_gated(spec: Object) -> None:
    """In place."""
    spec.pop("schedulingGroup", None)
    for kind in CONTAINERS:
        for container in spec.get(kind) or ():
            if "lifecycle" in container:
                _drop_signal(container)
    for volume in spec.get("volumes") or ():
        if "projected" in volume:
            for source in volume["projected"].get("sources") or ():
                for name in PROJECTIONS:
                    source.pop(name, None)


def _drop_signal(container: Object) -> None:
    if container["lifecycle"].pop("stopSignal", None) is not None and not container["lifecycle"]:
        del container["lifecycle"]


def drop_gated_in(obj: Object, path: tuple[str, ...]) -> None:
    """The same for the pod spec at a path of an object, in place."""
    spec = obj
    for name in path:
        spec = spec.get(name) or {}
    drop_gated(spec)
