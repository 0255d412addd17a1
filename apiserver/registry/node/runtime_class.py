"""RuntimeClass: a container runtime to choose."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import duplicate_struct, immutable, invalids
from ..validation.metadata import validate_labels
from ..validation.pod_warnings import NODE_LABELS
from ..validation.resources import validate_requirements
from ..validation.scheduling import validate_tolerations
from ..validation.values import shown
from . import columns


class RuntimeClassStrategy(Strategy):
    """Rules of RuntimeClasss."""

    known_finalizers = False
    metadata_checks = ("create", "update")
    allow_create_on_update = True
    allow_unconditional_update = False

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        handler = obj.get("handler", "")
        errors = [] if handler else [field.required("handler")]
        if handler:
            errors += invalids("handler", handler, names.dns1123_label(handler))
        return errors + _overhead(obj.get("overhead")) + _scheduling(obj.get("scheduling"))

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        labels = (new.get("scheduling") or {}).get("nodeSelector") or {}
        return [f"scheduling.nodeSelector: {NODE_LABELS[key]}" for key in labels if key in NODE_LABELS]

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return self.validate_create(ctx, new) + immutable(new.get("handler"), old.get("handler"), "handler")


def _overhead(overhead: Object | None) -> list[FieldError]:
    limits = (overhead or {}).get("podFixed")
    if limits is None:
        return []
    return validate_requirements({"limits": limits}, "overhead")


def _scheduling(scheduling: Object | None) -> list[FieldError]:
    if scheduling is None:
        return []
    path = "scheduling"
    errors = validate_labels(scheduling.get("nodeSelector") or {}, f"{path}.nodeSelector")
    tolerations = scheduling.get("tolerations") or []
    errors += validate_tolerations(tolerations, f"{path}.tolerations")
    seen: list[Object] = []
    for i, toleration in enumerate(tolerations):
        if toleration in seen:
            order = ("key", "operator", "value", "effect")
            value = {name.capitalize(): toleration.get(name, "") for name in order}
            value["TolerationSeconds"] = toleration.get("tolerationSeconds")
            errors.append(duplicate_struct(f"{path}.tolerations[{i}]", shown(value)))
        seen.append(toleration)
    return errors


def _cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], obj.get("handler", ""), age(obj, now)]


RESOURCES = (
    Resource(
        group="node.k8s.io",
        kind="RuntimeClass",
        plural="runtimeclasses",
        namespaced=False,
        strategy=RuntimeClassStrategy(),
        columns=columns.RUNTIMECLASSES,
        cells=_cells,
    ),
)
