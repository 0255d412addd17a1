"""ControllerRevision: an immutable snapshot of a StatefulSet or DaemonSet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field
from ....apimachinery.errors import qualified
from ....apimachinery.field import FieldError
from ....apimachinery.gvk import parse_group_version
from ..printing import NONE, age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import immutable, nonnegative
from . import columns


class ControllerRevisionStrategy(Strategy):
    """Rules of ControllerRevisions."""

    metadata_checks = ("update", "create")

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        errors = nonnegative(obj.get("revision", 0), "revision")
        data = obj.get("data")
        if data is None:
            errors.append(field.required("data", "data is mandatory"))
        elif not isinstance(data, dict):
            errors.append(field.required("data", "data must be a valid JSON object"))
        return errors

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return self.validate_create(ctx, new) + immutable(new.get("data"), old.get("data"), "data")


def _cells(obj: Object, now: datetime) -> list[Any]:
    owner = NONE
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            group = parse_group_version(reference.get("apiVersion", "")).group
            owner = f"{qualified(group, reference.get('kind', '').lower())}/{reference.get('name', '')}"
    return [obj["metadata"]["name"], owner, obj.get("revision", 0), age(obj, now)]


RESOURCES = (
    Resource(
        group="apps",
        kind="ControllerRevision",
        plural="controllerrevisions",
        strategy=ControllerRevisionStrategy(),
        columns=columns.CONTROLLERREVISIONS,
        cells=_cells,
    ),
)
