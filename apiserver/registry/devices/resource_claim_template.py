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
        spec = obj.get("spec") or {}
        errors = validate_template_meta(spec.get("metadata") or {}, "spec.metadata")
        namespace = ctx.reader.get("", "namespaces", "", obj["metadata"].get("namespace", ""))
        errors = admin_errors(spec.get("spec") or {}, namespace) + errors
        return errors + validate_claim_spec(spec.get("spec") or {}, "spec.spec")

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        if new.get("spec") == old.get("spec"):
            return []
        return [invalid_struct("spec", shown(_struct(new.get("spec") or {})), IMMUTABLE)]


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
