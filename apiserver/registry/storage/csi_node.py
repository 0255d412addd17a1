"""CSINode: the volume drivers of a node."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import IMMUTABLE, NEGATIVE, invalid_struct, invalids
from ..validation.internal_form import struct
from ..validation.values import shown
from ..validation.volume_sources import csi_driver
from . import columns

MAX_NODE_ID = 256


class CSINodeStrategy(Strategy):
    """Rules of CSINodes."""

    metadata_checks = ("create",)
    emptied = (("spec", "drivers"),)
    returns_deleted = True
    allow_unconditional_update = False

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return _drivers((obj.get("spec") or {}).get("drivers") or [])

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        drivers = (new.get("spec") or {}).get("drivers") or []
        given = {driver.get("name", ""): driver for driver in drivers}
        errors = _drivers(drivers)
        for was in (old.get("spec") or {}).get("drivers") or ():
            driver = _identity(given.get(was.get("name"), was))
            if driver != _identity(was):
                text = shown(struct("storage.v1.CSINodeDriver", driver))
                errors.append(invalid_struct("spec.drivers", text, IMMUTABLE))
        return errors


def _identity(driver: Object) -> Object:
    return {key: value for key, value in driver.items() if key != "allocatable"}


def _drivers(drivers: list[Object]) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for i, driver in enumerate(drivers):
        at = f"spec.drivers[{i}]"
        name = driver.get("name", "")
        errors += _driver(driver, at)
        if name in seen:
            errors.append(field.duplicate(f"{at}.name", name))
        seen.add(name)
    return errors


def _driver(driver: Object, path: str) -> list[FieldError]:
    errors = csi_driver(driver.get("name", ""), f"{path}.name")
    node_id = driver.get("nodeID", "")
    if not node_id:
        errors.append(field.required(f"{path}.nodeID"))
    if len(node_id) > MAX_NODE_ID:
        errors.append(field.invalid(f"{path}.nodeID", node_id, f"must be {MAX_NODE_ID} characters or less"))
    count = (driver.get("allocatable") or {}).get("count")
    if count is not None and count < 0:
        errors.append(field.invalid(f"{path}.allocatable.count", count, NEGATIVE))
    seen: set[str] = set()
    for key in driver.get("topologyKeys") or ():
        if not key:
            errors.append(field.required(path))
        if key in seen:
            errors.append(field.duplicate(path, key))
        seen.add(key)
        errors += invalids(path, key, names.qualified_name(key))
    return errors


def _cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], len((obj.get("spec") or {}).get("drivers") or ()), age(obj, now)]


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        kind="CSINode",
        plural="csinodes",
        namespaced=False,
        strategy=CSINodeStrategy(),
        columns=columns.CSINODES,
        cells=_cells,
    ),
)
