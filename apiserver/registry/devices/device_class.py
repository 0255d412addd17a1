"""DeviceClass: a selection of devices by name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.resources import is_extended
from . import columns
from .requests import validate_config, validate_selectors


class DeviceClassStrategy(Strategy):
    """Rules of DeviceClasss."""

    metadata_checks = ("create", "update")
    name_validator = staticmethod(names.declared_subdomain)
    returns_deleted = True
    tracks_generation = True

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        spec = obj.get("spec") or {}
        errors = validate_selectors(spec.get("selectors") or [], "spec.selectors")
        for i, config in enumerate(spec.get("config") or ()):
            errors += validate_config(config, f"spec.config[{i}]")
        name = spec.get("extendedResourceName")
        if name is not None and not is_extended(name):
            why = "must be a valid extended resource name"
            errors.append(field.invalid("spec.extendedResourceName", name, why))
        return errors


def _cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], age(obj, now)]


RESOURCES = (
    Resource(
        group="resource.k8s.io",
        kind="DeviceClass",
        plural="deviceclasses",
        namespaced=False,
        strategy=DeviceClassStrategy(),
        columns=columns.DEVICECLASSES,
        cells=_cells,
    ),
)
