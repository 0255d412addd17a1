"""PersistentVolumeClaim: a request for storage."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.field import FieldError
from ..defaults.resources import round_up
from ..printing import UNSET, access_modes, age, terminating
from ..resource import Resource, Subresource
from ..strategy import Context, Object, Strategy
from ..validation.claims import CLASS_ANNOTATION, claim_warnings, validate_claim_spec
from .claim_changes import (
    class_annotation_warnings,
    copy_source,
    drop_other_sources,
    validate_claim_change,
    validate_claim_status,
)
from .volume_columns import PERSISTENTVOLUMECLAIMS


class PersistentVolumeClaimStrategy(Strategy):
    """The spec is frozen, but for growing requests and the attributes class."""

    has_status = True
    returns_deleted = True
    metadata_checks = ("update", "create")

    def default(self, obj: Object) -> None:
        resources = obj.setdefault("spec", {}).get("resources") or {}
        round_up(resources.get("requests"))
        round_up(resources.get("limits"))

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        obj["status"] = {"phase": "Pending"}
        drop_other_sources(obj["spec"], None)
        copy_source(obj["spec"])

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        drop_other_sources(new["spec"], old["spec"])
        copy_source(new["spec"])

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_claim_spec(obj["spec"], "spec")

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        was = old["spec"]
        lax = any("apiGroup" in (was.get(name) or {}) for name in ("dataSource", "dataSourceRef"))
        errors = validate_claim_spec(new["spec"], "spec", allow_invalid_group=lax)
        return errors + validate_claim_change(new, old)

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_claim_status(new)

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        if ctx.subresource:
            return []
        found = class_annotation_warnings(new["metadata"])
        return found + claim_warnings(new["spec"], "spec")


def storage_class(obj: Object) -> str:
    """The class of a claim or volume; the old annotation wins over the field."""
    annotations = obj["metadata"].get("annotations") or {}
    if CLASS_ANNOTATION in annotations:
        return str(annotations[CLASS_ANNOTATION])
    return str((obj.get("spec") or {}).get("storageClassName") or "")


def cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    bound = bool(spec.get("volumeName"))
    return [
        obj["metadata"]["name"],
        terminating(obj, status.get("phase", "")),
        spec.get("volumeName", ""),
        (status.get("capacity") or {}).get("storage", "0") if bound else "",
        access_modes(status.get("accessModes")) if bound else "",
        storage_class(obj),
        spec.get("volumeAttributesClassName") or UNSET,
        age(obj, now),
        spec.get("volumeMode") or UNSET,
    ]


RESOURCES = (
    Resource(
        kind="PersistentVolumeClaim",
        plural="persistentvolumeclaims",
        short_names=("pvc",),
        subresources=(Subresource("status", ("get", "patch", "update")),),
        strategy=PersistentVolumeClaimStrategy(),
        columns=PERSISTENTVOLUMECLAIMS,
        cells=cells,
    ),
)
