"""Secret: data that is kept from view, with rules per type."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import Errors, immutable, invalids
from .columns import SECRETS
from .frozen import MAX_SIZE, decoded_size, validate_frozen
from .secret_types import tls_warnings, validate_type


class SecretStrategy(Strategy):
    """`stringData` is written into `data`; the type never changes."""

    metadata_checks = ("update", "create")

    def default(self, obj: Object) -> None:
        text = obj.pop("stringData", None)
        if text:
            data = obj.get("data") or {}
            data.update((key, b64encode(value.encode()).decode()) for key, value in text.items())
            obj["data"] = dict(sorted(data.items()))

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        """An empty type in an update keeps the old one."""
        if not new.get("type") and old.get("type"):
            new["type"] = old["type"]

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        errors: Errors = []
        data = obj.get("data") or {}
        for key in data:
            messages = names.config_map_key(key)
            if messages:
                errors += invalids(f"data[{key}]", key, messages)
        if sum(map(decoded_size, data.values())) > MAX_SIZE:
            errors.append(field.too_long("data", MAX_SIZE))
        return errors + validate_type(obj, data)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        errors = immutable(new.get("type", ""), old.get("type", ""), "type")
        return errors + validate_frozen(new, old, ("data",)) + self.validate_create(ctx, new)

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        if new.get("type") != "kubernetes.io/tls":
            return []
        return tls_warnings(new.get("data") or {})


def cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], obj.get("type", ""), len(obj.get("data") or ()), age(obj, now)]


RESOURCES = (
    Resource(
        kind="Secret",
        plural="secrets",
        strategy=SecretStrategy(),
        columns=SECRETS,
        cells=cells,
        selectable={"type": lambda obj: str(obj.get("type", ""))},
    ),
)
