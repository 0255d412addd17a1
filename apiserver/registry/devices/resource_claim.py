"""ResourceClaim: devices for pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import STATUS, Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import IMMUTABLE, invalid_struct
from ..validation.internal_form import struct
from ..validation.values import shown
from . import columns
from .claim_status import validate_claim_status
from .requests import admin_errors, default_claim_spec, validate_claim_spec


class ResourceClaimStrategy(Strategy):
    """Rules of ResourceClaims."""

    metadata_checks = ("create", "update")
    returns_deleted = True
    has_status = True
    status_resets = ("metadata", "spec")

    def default(self, obj: Object) -> None:
        default_claim_spec(obj.setdefault("spec", {}))

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        spec = obj.get("spec") or {}
        namespace = ctx.reader.get("", "namespaces", "", obj["metadata"].get("namespace", ""))
        return admin_errors(spec, namespace) + validate_claim_spec(spec, "spec")

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        if new.get("spec") == old.get("spec"):
            return []
        value = struct("resource.v1.ResourceClaimSpec", new.get("spec") or {})
        return [invalid_struct("spec", shown(value), IMMUTABLE)]

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_claim_status(new, old)


def _state(obj: Object) -> str:
    status = obj.get("status") or {}
    deleted = obj["metadata"].get("deletionTimestamp")
    states = ["deleted"] if deleted else []
    if status.get("allocation") is None:
        states += [] if deleted else ["pending"]
    else:
        states += ["allocated", "reserved"] if status.get("reservedFor") else ["allocated"]
    return ",".join(states)


def _cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], _state(obj), age(obj, now)]


RESOURCES = (
    Resource(
        group="resource.k8s.io",
        kind="ResourceClaim",
        plural="resourceclaims",
        subresources=(STATUS,),
        strategy=ResourceClaimStrategy(),
        columns=columns.RESOURCECLAIMS,
        cells=_cells,
    ),
)
