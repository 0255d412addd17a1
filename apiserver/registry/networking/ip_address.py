"""IPAddress: a ClusterIP and the Service that holds it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.errors import qualified
from ....apimachinery.field import FieldError
from ..printing import NONE, age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import IMMUTABLE, invalid_struct, invalids
from ..validation.values import shown
from . import columns


def _canonical_ip(name: str, prefix: bool) -> list[str]:
    return names.ip(name)


class IPAddressStrategy(Strategy):
    """Rules of IPAddresss."""

    metadata_checks = ("create", "update")
    name_validator = staticmethod(_canonical_ip)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        parent = (obj.get("spec") or {}).get("parentRef")
        if parent is None:
            return [field.required("spec.parentRef")]
        return _parent(parent, "spec.parentRef")

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        parent, was = ((each.get("spec") or {}).get("parentRef") for each in (new, old))
        errors = self.validate_create(ctx, new)
        if parent == was:
            return errors
        order = ("group", "resource", "namespace", "name")
        value = {name.capitalize(): (parent or {}).get(name, "") for name in order} if parent else None
        return [*errors, invalid_struct("spec.parentRef", shown(value), IMMUTABLE)]


def _parent(parent: Object, at: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if parent.get("group"):
        errors += invalids(f"{at}.group", parent["group"], names.dns1123_subdomain(parent["group"]))
    for key in ("resource", "name", "namespace"):
        value = parent.get(key, "")
        if value:
            errors += invalids(f"{at}.{key}", value, names.path_segment_name(value))
        elif key != "namespace":
            errors.append(field.required(f"{at}.{key}"))
    return errors


def _cells(obj: Object, now: datetime) -> list[Any]:
    """Name, parent and an age, for which there is no column: so upstream has it, and clients do not show
    it."""
    parent = (obj.get("spec") or {}).get("parentRef")
    if not parent:
        return [obj["metadata"]["name"], NONE, age(obj, now)]
    resource = qualified(parent.get("group", ""), parent.get("resource", ""))
    path = [resource, parent.get("namespace", ""), parent.get("name", "")]
    return [obj["metadata"]["name"], "/".join(part for part in path if part), age(obj, now)]


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        kind="IPAddress",
        plural="ipaddresses",
        short_names=("ip",),
        namespaced=False,
        strategy=IPAddressStrategy(),
        columns=columns.IPADDRESSES,
        cells=_cells,
    ),
)
