"""VolumeAttributesClass: mutable parameters of volumes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field
from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from . import columns
from .validation import validate_parameters, validate_provisioner


class VolumeAttributesClassStrategy(Strategy):
    """Rules of VolumeAttributesClasss."""

    metadata_checks = ("update", "create")
    returns_deleted = True

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        errors = validate_provisioner(obj.get("driverName", ""), "driverName")
        return errors + validate_parameters(obj.get("parameters"), "parameters", required=True)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        errors = [
            field.forbidden(name, f"updates to {name} are forbidden.")
            for name in ("driverName", "parameters")
            if new.get(name) != old.get(name)
        ]
        return errors + self.validate_create(ctx, new)


def _cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], obj.get("driverName", ""), age(obj, now)]


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        kind="VolumeAttributesClass",
        plural="volumeattributesclasses",
        short_names=("vac",),
        namespaced=False,
        strategy=VolumeAttributesClassStrategy(),
        columns=columns.VOLUMEATTRIBUTESCLASSES,
        cells=_cells,
    ),
)
