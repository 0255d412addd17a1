"""PersistentVolumeClaimResize: a bound claim grows only when its class says that its volumes can."""

from __future__ import annotations

from ...apimachinery import quantity
from ..registry.strategy import Object, Reader
from .plugin import UPDATE, Attributes, Plugin, forbidden

_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
_REFUSAL = (
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc "
    "must support resize"
)


def _storage(claim: Object) -> quantity.Quantity:
    requests = ((claim.get("spec") or {}).get("resources") or {}).get("requests") or {}
    return quantity.parse(requests.get("storage", "0"))


def _class_name(claim: Object) -> str:
    annotations = claim["metadata"].get("annotations") or {}
    return annotations.get(_ANNOTATION) or claim["spec"].get("storageClassName") or ""


def _check(attrs: Attributes, obj: Object, old: Object, reader: Reader) -> None:
    if _storage(obj) <= _storage(old) or (old.get("status") or {}).get("phase") != "Bound":
        return
    name = _class_name(obj)
    found = reader.get("storage.k8s.io", "storageclasses", "", name) if name else None
    if found is None or not found.get("allowVolumeExpansion"):
        raise forbidden(attrs, _REFUSAL, obj)


PLUGIN = Plugin(
    name="PersistentVolumeClaimResize",
    on={("", "persistentvolumeclaims"): frozenset({UPDATE})},
    validate=_check,
)
