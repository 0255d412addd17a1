"""PersistentVolumeClaim: a request for storage."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import UNSET, access_modes, age, terminating
from ..resource import Resource, Subresource
from ..strategy import Object, Strategy
from .columns import PERSISTENTVOLUMECLAIMS

CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"


class PersistentVolumeClaimStrategy(Strategy):
    """The spec is frozen, but for growing requests and the attributes class."""

    has_status = True


def storage_class(obj: Object) -> str:
    """The class of a claim or volume; the old annotation wins over the field."""
    annotations = obj["metadata"].get("annotations") or {}
    if CLASS_ANNOTATION in annotations:
        return str(annotations[CLASS_ANNOTATION])
    return str((obj.get("spec") or {}).get("storageClassName") or "")


def cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    bound = bool(spec.get("volumeName"))
    return [
        obj["metadata"]["name"],
        terminating(obj, status.get("phase", "")),
        spec.get("volumeName", ""),
        (status.get("capacity") or {}).get("storage", "0") if bound else "",
        access_modes(status.get("accessModes")) if bound else "",
        storage_class(obj),
        spec.get("volumeAttributesClassName") or UNSET,
        age(obj, now),
        spec.get("volumeMode") or UNSET,
    ]


RESOURCES = (
    Resource(
        kind="PersistentVolumeClaim",
        plural="persistentvolumeclaims",
        short_names=("pvc",),
        subresources=(Subresource("status", ("get", "patch", "update")),),
        strategy=PersistentVolumeClaimStrategy(),
        columns=PERSISTENTVOLUMECLAIMS,
        cells=cells,
        selectable={"name": lambda obj: str(obj["metadata"]["name"])},
    ),
)
