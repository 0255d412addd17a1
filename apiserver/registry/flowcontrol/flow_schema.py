"""FlowSchema: which requests belong to which priority level."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.field import FieldError
from ..printing import NONE, age
from ..resource import STATUS, Resource
from ..strategy import Context, Object, Strategy
from . import columns
from .conditions import validate_conditions
from .flow_schema_validation import validate_spec


class FlowSchemaStrategy(Strategy):
    """Rules of FlowSchemas."""

    metadata_checks = ("create",)
    has_status = True
    status_resets = ("metadata", "spec")
    tracks_generation = True

    def default(self, obj: Object) -> None:
        spec = obj.setdefault("spec", {})
        if not spec.get("matchingPrecedence"):
            spec["matchingPrecedence"] = 1000

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_spec(obj.get("spec") or {}, obj["metadata"].get("name", ""), "spec")

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_conditions(new.get("status") or {})


def _dangling(obj: Object) -> str:
    for condition in (obj.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "Dangling":
            return str(condition.get("status", ""))
    return "?"


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec") or {}
    level = (spec.get("priorityLevelConfiguration") or {}).get("name", "")
    method = (spec.get("distinguisherMethod") or {}).get("type", NONE)
    facts = level, spec.get("matchingPrecedence", 0), method
    return [obj["metadata"]["name"], *facts, age(obj, now), _dangling(obj)]


def _precedence(obj: Object) -> tuple[int, str]:
    return (obj.get("spec") or {}).get("matchingPrecedence", 0), obj["metadata"].get("name", "")


RESOURCES = (
    Resource(
        group="flowcontrol.apiserver.k8s.io",
        kind="FlowSchema",
        plural="flowschemas",
        namespaced=False,
        subresources=(STATUS,),
        strategy=FlowSchemaStrategy(),
        columns=columns.FLOWSCHEMAS,
        cells=_cells,
        row_order=_precedence,
    ),
)
