"""DefaultStorageClass and DefaultIngressClass: an object that names no class gets the one marked as
default."""

from __future__ import annotations

from ..registry.strategy import Object, Reader
from .plugin import CREATE, Attributes, Plugin

_STORAGE_MARKS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)
_STORAGE_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
_INGRESS_MARK = "ingressclass.kubernetes.io/is-default-class"
_INGRESS_ANNOTATION = "kubernetes.io/ingress.class"


def _defaults(reader: Reader, group: str, resource: str, marks: tuple[str, ...]) -> list[Object]:
    """The classes marked as default, newest first, then by name."""
    marked = [
        c
        for c in reader.list(group, resource)
        if any((c["metadata"].get("annotations") or {}).get(m) == "true" for m in marks)
    ]
    marked.sort(key=lambda c: str(c["metadata"]["name"]))
    marked.sort(key=lambda c: str(c["metadata"]["creationTimestamp"]), reverse=True)
    return marked


def _annotated(obj: Object, name: str) -> bool:
    return name in (obj["metadata"].get("annotations") or {})


def _admit_claim(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    spec = obj["spec"]
    if spec.get("storageClassName") is not None or _annotated(obj, _STORAGE_ANNOTATION):
        return
    defaults = _defaults(reader, "storage.k8s.io", "storageclasses", _STORAGE_MARKS)
    if defaults:
        spec["storageClassName"] = defaults[0]["metadata"]["name"]


def _admit_ingress(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    spec = obj["spec"]
    if spec.get("ingressClassName") is not None or _annotated(obj, _INGRESS_ANNOTATION):
        return
    defaults = _defaults(reader, "networking.k8s.io", "ingressclasses", (_INGRESS_MARK,))
    if defaults:
        spec["ingressClassName"] = defaults[0]["metadata"]["name"]


STORAGE = Plugin(
    name="DefaultStorageClass", on={("", "persistentvolumeclaims"): frozenset({CREATE})}, mutate=_admit_claim
)
INGRESS = Plugin(
    name="DefaultIngressClass",
    on={("networking.k8s.io", "ingresses"): frozenset({CREATE})},
    mutate=_admit_ingress,
)
