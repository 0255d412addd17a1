"""ResourceClaimTemplate: a ResourceClaim for every pod."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import IMMUTABLE, invalid_struct
from ..validation.internal_form import struct
from ..validation.metadata import validate_template_meta
from ..validation.values import shown
from . import columns
from .requests import admin_errors, default_claim_spec, validate_claim_spec


class ResourceClaimTemplateStrategy(Strategy):
    """Rules of ResourceClaimTemplates."""

    metadata_checks = ("create", "update")
    returns_deleted = True

    def default(self, obj: Object) -> None:
        default_claim_spec(obj.setdefault("spec", {}).setdefault("spec", {}))

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        namespace = ctx.reader.get("", "namespaces", "", obj["metadata"].get("namespace", ""))
        spec = obj.get("spec") or {}
        return admin_errors(spec.get("spec") or {}, namespace) + _validate(spec)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        if new.get("spec") == old.get("spec"):
            return []
        spec = new.get("spec") or {}
        return [*_validate(spec), invalid_struct("spec", shown(_struct(spec)), IMMUTABLE)]


def _validate(spec: Object) -> list[FieldError]:
    errors = validate_template_meta(spec.get("metadata") or {}, "spec.metadata")
    return errors + validate_claim_spec(spec.get("spec") or {}, "spec.spec")


def _struct(spec: Object) -> Object:
    """As upstream's internal type prints: the metadata are those of the versioned API, and come first."""
    return {
        **(spec.get("metadata") or {}),
        "Spec": struct("resource.v1.ResourceClaimSpec", spec.get("spec") or {}),
    }


def _cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], age(obj, now)]


RESOURCES = (
    Resource(
        group="resource.k8s.io",
        kind="ResourceClaimTemplate",
        plural="resourceclaimtemplates",
        strategy=ResourceClaimTemplateStrategy(),
        columns=columns.RESOURCECLAIMTEMPLATES,
        cells=_cells,
    ),
)
