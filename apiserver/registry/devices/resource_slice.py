"""ResourceSlice: the devices of a node or pool."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.clock import rfc3339
from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from . import columns
from .slices import validate_spec


class ResourceSliceStrategy(Strategy):
    """Rules of ResourceSlices."""

    returns_deleted = True
    tracks_generation = True

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        _prepare(obj, ctx.now)

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        _prepare(new, ctx.now)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_spec(obj.get("spec") or {}, "spec")

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        spec = new.get("spec") or {}
        return validate_spec(spec, "spec", old.get("spec") or {})


LISTS = ("bools", "ints", "strings", "versions")
"""Attributes of several values, whose feature gate (DRAListTypeAttributes) is off in 1.36."""


def _prepare(obj: Object, now: datetime) -> None:
    """Says since when taints are there, and drops what 1.36 leaves off."""
    for device in (obj.get("spec") or {}).get("devices") or ():
        device.pop("nodeAllocatableResourceMappings", None)
        for attribute in (device.get("attributes") or {}).values():
            for name in LISTS:
                attribute.pop(name, None)
        for taint in device.get("taints") or ():
            taint.setdefault("timeAdded", rfc3339(now))


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj["spec"]
    facts = spec.get("nodeName", ""), spec.get("driver", ""), (spec.get("pool") or {}).get("name", "")
    return [obj["metadata"]["name"], *facts, age(obj, now)]


RESOURCES = (
    Resource(
        group="resource.k8s.io",
        kind="ResourceSlice",
        plural="resourceslices",
        namespaced=False,
        selectable={
            "spec.driver": lambda obj: str(obj["spec"].get("driver", "")),
            "spec.nodeName": lambda obj: str(obj["spec"].get("nodeName", "")),
        },
        unknown_field="field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: {field}",
        strategy=ResourceSliceStrategy(),
        columns=columns.RESOURCESLICES,
        cells=_cells,
    ),
)
