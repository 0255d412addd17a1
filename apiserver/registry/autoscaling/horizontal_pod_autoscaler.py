"""HorizontalPodAutoscaler: stored as autoscaling/v2, served as v1 too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.field import FieldError
from ..resource import STATUS, Resource
from ..strategy import Context, Object, Strategy
from . import columns, conversion
from .cells import cells
from .validation import validate, validate_status

SCALE_UP = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": 15},
        {"type": "Percent", "value": 100, "periodSeconds": 15},
    ],
}
SCALE_DOWN = {"selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}


class HorizontalPodAutoscalerStrategy(Strategy):
    """Rules of the v2 form."""

    has_status = True

    def default(self, obj: Object) -> None:
        spec = obj.setdefault("spec", {})
        spec.setdefault("minReplicas", 1)
        if not spec.get("metrics"):
            spec["metrics"] = [conversion.cpu_utilization(conversion.DEFAULT_CPU)]
        behavior = spec.get("behavior")
        if behavior is not None:
            _fill(behavior, "scaleUp", SCALE_UP)
            _fill(behavior, "scaleDown", SCALE_DOWN)
        conversion.take_annotations(obj.get("metadata") or {})

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate(obj)

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_status(new.get("status") or {})


def _fill(behavior: Object, direction: str, defaults: Object) -> None:
    rules = behavior.setdefault(direction, {})
    for name, value in defaults.items():
        if rules.get(name) is None:
            rules[name] = [dict(policy) for policy in value] if isinstance(value, list) else value


class HorizontalPodAutoscalerV1Strategy(HorizontalPodAutoscalerStrategy):
    """Rules of the v1 form: v2's, on what it converts to."""

    def default(self, obj: Object) -> None:
        obj.setdefault("spec", {}).setdefault("minReplicas", 1)
        obj.setdefault("metadata", {})
        seen = conversion.to_v1(conversion.to_v2(obj))
        obj.clear()
        obj.update(seen)

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        conversion.keep_notes(new, old, (conversion.CURRENT, conversion.CONDITIONS))

    def prepare_status(self, ctx: Context, new: Object, old: Object) -> None:
        conversion.keep_notes(new, old, (conversion.METRICS, conversion.BEHAVIOR))

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return super().validate_create(ctx, conversion.to_v2(obj))


def _cells_v1(obj: Object, now: datetime) -> list[Any]:
    return cells(conversion.to_v2(obj), now)


RESOURCES = (
    Resource(
        group="autoscaling",
        version="v2",
        kind="HorizontalPodAutoscaler",
        plural="horizontalpodautoscalers",
        short_names=("hpa",),
        categories=("all",),
        subresources=(STATUS,),
        strategy=HorizontalPodAutoscalerStrategy(),
        columns=columns.HORIZONTALPODAUTOSCALERS,
        cells=cells,
    ),
    Resource(
        group="autoscaling",
        version="v1",
        kind="HorizontalPodAutoscaler",
        plural="horizontalpodautoscalers",
        short_names=("hpa",),
        categories=("all",),
        subresources=(STATUS,),
        strategy=HorizontalPodAutoscalerV1Strategy(),
        columns=columns.HORIZONTALPODAUTOSCALERS,
        cells=_cells_v1,
        storage_group="autoscaling",
        storage_version="v2",
        to_storage=conversion.to_v2,
        from_storage=conversion.to_v1,
        converted_annotations=conversion.ANNOTATIONS,
    ),
)
