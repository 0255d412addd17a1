"""PersistentVolume: a piece of storage in the cluster."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import UNSET, access_modes, age, terminating
from ..resource import Resource, Subresource
from ..strategy import Object, Strategy
from .columns import PERSISTENTVOLUMES
from .persistentvolumeclaim import storage_class


class PersistentVolumeStrategy(Strategy):
    """The source never changes; the claim reference may."""

    has_status = True


def cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    claim = spec.get("claimRef")
    return [
        obj["metadata"]["name"],
        (spec.get("capacity") or {}).get("storage", "0"),
        access_modes(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy", ""),
        terminating(obj, status.get("phase", "")),
        f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else "",
        storage_class(obj),
        spec.get("volumeAttributesClassName") or UNSET,
        status.get("reason", ""),
        age(obj, now),
        spec.get("volumeMode") or UNSET,
    ]


RESOURCES = (
    Resource(
        kind="PersistentVolume",
        plural="persistentvolumes",
        short_names=("pv",),
        namespaced=False,
        subresources=(Subresource("status", ("get", "patch", "update")),),
        strategy=PersistentVolumeStrategy(),
        columns=PERSISTENTVOLUMES,
        cells=cells,
        selectable={"name": lambda obj: str(obj["metadata"]["name"])},
    ),
)
