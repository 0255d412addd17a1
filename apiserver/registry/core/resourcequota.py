"""ResourceQuota: how much a namespace may use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field
from ....apimachinery.field import FieldError
from ..defaults.resources import round_up
from ..printing import age
from ..resource import Resource, Subresource
from ..strategy import Context, Object, Strategy
from ..validation.common import IMMUTABLE
from .columns import RESOURCEQUOTAS
from .quota_scopes import validate_amounts, validate_quota_spec


class ResourceQuotaStrategy(Strategy):
    """The quota controller writes the status."""

    has_status = True
    returns_deleted = True

    def default(self, obj: Object) -> None:
        round_up((obj.get("spec") or {}).get("hard"))

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_quota_spec(obj.get("spec") or {})

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        errors = self.validate_create(ctx, new)
        scopes, before = ((obj.get("spec") or {}).get("scopes") or [] for obj in (new, old))
        if set(scopes) != set(before):
            errors.append(field.invalid("spec.scopes", scopes, IMMUTABLE))
        return errors

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        status = new.get("status") or {}
        errors = validate_amounts(status.get("hard") or {}, "status.hard")
        return errors + validate_amounts(status.get("used") or {}, "status.used")


def cells(obj: Object, now: datetime) -> list[Any]:
    status = obj.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    requests: list[str] = []
    limits: list[str] = []
    for name in sorted(hard):
        column = limits if name.startswith("limits.") else requests
        column.append(f"{name}: {used.get(name, '0')}/{hard[name]}")
    return [obj["metadata"]["name"], ", ".join(requests), ", ".join(limits), age(obj, now)]


RESOURCES = (
    Resource(
        kind="ResourceQuota",
        plural="resourcequotas",
        short_names=("quota",),
        subresources=(Subresource("status", ("get", "patch", "update")),),
        strategy=ResourceQuotaStrategy(),
        columns=RESOURCEQUOTAS,
        cells=cells,
    ),
)
