"""PersistentVolume: a piece of storage in the cluster."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.clock import rfc3339
from ....apimachinery.field import FieldError
from ..defaults.resources import round_up
from ..printing import UNSET, access_modes, age, terminating
from ..resource import Resource, Subresource
from ..strategy import Context, Object, Strategy
from .persistentvolumeclaim import storage_class
from .volume_columns import PERSISTENTVOLUMES
from .volume_spec import validate_mount_options, validate_volume_change, validate_volume_spec, volume_warnings


class PersistentVolumeStrategy(Strategy):
    """The source never changes; the claim reference may."""

    has_status = True
    returns_deleted = True
    metadata_checks = ("create", "create")

    def default(self, obj: Object) -> None:
        round_up(obj.setdefault("spec", {}).get("capacity"))

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        obj["status"] = {"phase": "Pending", "lastPhaseTransitionTime": rfc3339(ctx.now)}

    def prepare_status(self, ctx: Context, new: Object, old: Object) -> None:
        """A phase that changes gets the time of it, unless the writer gave one."""
        status, was = new.setdefault("status", {}), old.get("status") or {}
        key = "lastPhaseTransitionTime"
        if status.get("phase") != was.get("phase"):
            if status.get(key) in (None, was.get(key)):
                status[key] = rfc3339(ctx.now)
        elif key in was:
            status.setdefault(key, was[key])

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        errors = validate_volume_spec(obj["spec"], obj["metadata"].get("name", ""))
        return errors + validate_mount_options(obj)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        errors = validate_volume_spec(new["spec"], new["metadata"]["name"])
        return (
            errors + validate_mount_options(new) + errors + validate_volume_change(new["spec"], old["spec"])
        )

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        return volume_warnings(new, old)


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
    ),
)
