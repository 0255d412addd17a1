"""StorageObjectInUseProtection: claims and volumes are not deleted under the pods that use them."""

from __future__ import annotations

from ..registry.strategy import Object, Reader
from .plugin import CREATE, Attributes, Plugin

_FINALIZERS = {
    "persistentvolumes": "kubernetes.io/pv-protection",
    "persistentvolumeclaims": "kubernetes.io/pvc-protection",
    "volumeattributesclasses": "kubernetes.io/vac-protection",
}


def _admit(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    meta, wanted = obj["metadata"], _FINALIZERS[attrs.resource]
    finalizers = meta.get("finalizers") or []
    if wanted not in finalizers:
        meta["finalizers"] = [*finalizers, wanted]


PLUGIN = Plugin(
    name="StorageObjectInUseProtection",
    on={
        ("", "persistentvolumes"): frozenset({CREATE}),
        ("", "persistentvolumeclaims"): frozenset({CREATE}),
        ("storage.k8s.io", "volumeattributesclasses"): frozenset({CREATE}),
    },
    mutate=_admit,
)
