"""ConfigMap: plain configuration data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import Errors, invalids
from .columns import CONFIGMAPS
from .frozen import MAX_SIZE, decoded_size, validate_frozen


class ConfigMapStrategy(Strategy):
    """Data may be frozen for good with `immutable`."""

    metadata_checks = ("update", "create")

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        errors: Errors = []
        text, binary = obj.get("data") or {}, obj.get("binaryData") or {}
        size = 0
        for key, value in text.items():
            messages = names.config_map_key(key)
            if messages:
                errors += invalids(f"data[{key}]", key, messages)
            if key in binary:
                errors.append(field.invalid(f"data[{key}]", key, "duplicate of key present in binaryData"))
            size += len(value) if value.isascii() else len(value.encode())
        for key, value in binary.items():
            errors += invalids(f"binaryData[{key}]", key, names.config_map_key(key))
            size += decoded_size(value)
        if size > MAX_SIZE:
            errors.append(field.too_long("[]", MAX_SIZE))
        return errors

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_frozen(new, old, ("data", "binaryData")) + self.validate_create(ctx, new)


def cells(obj: Object, now: datetime) -> list[Any]:
    count = len(obj.get("data") or ()) + len(obj.get("binaryData") or ())
    return [obj["metadata"]["name"], count, age(obj, now)]


RESOURCES = (
    Resource(
        kind="ConfigMap",
        plural="configmaps",
        short_names=("cm",),
        strategy=ConfigMapStrategy(),
        columns=CONFIGMAPS,
        cells=cells,
    ),
)
