"""PodDisruptionBudget: how many pods voluntary disruptions may take."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import STATUS, Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import invalid_struct, nonnegative
from ..validation.conditions import validate_status_conditions
from ..validation.selectors import validate_label_selector
from ..validation.values import go_struct, not_above_100_percent, positive_count_or_percent, shown
from . import columns

EVICTION_POLICIES = ("AlwaysAllow", "IfHealthyBudget")
COUNTS = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")


class PodDisruptionBudgetStrategy(Strategy):
    """Rules of PodDisruptionBudgets."""

    known_finalizers = False
    metadata_checks: tuple[str, ...] = ()
    name_validator = staticmethod(names.path_segment_name)
    has_status = True
    tracks_generation = True
    allow_unconditional_update = False

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return _validate(obj.get("spec") or {}, "spec")

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        status = new.get("status") or {}
        errors = validate_status_conditions(status.get("conditions"), "status.conditions")
        for name in COUNTS:
            errors += nonnegative(status.get(name, 0), f"status.{name}")
        return errors


def _validate(spec: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
    if least is not None and most is not None:
        value = go_struct(spec, "minAvailable", "selector", "maxUnavailable", "unhealthyPodEvictionPolicy")
        why = "minAvailable and maxUnavailable cannot be both set"
        errors.append(invalid_struct(path, shown(value), why))
    for name, limit in (("minAvailable", least), ("maxUnavailable", most)):
        if limit is not None:
            errors += positive_count_or_percent(limit, f"{path}.{name}")
            errors += not_above_100_percent(limit, f"{path}.{name}")
    errors += validate_label_selector(spec.get("selector"), f"{path}.selector")
    policy = spec.get("unhealthyPodEvictionPolicy")
    if policy is not None and policy not in EVICTION_POLICIES:
        errors.append(field.not_supported(f"{path}.unhealthyPodEvictionPolicy", policy, EVICTION_POLICIES))
    return errors


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    limits = [str(spec.get(field, "N/A")) for field in ("minAvailable", "maxUnavailable")]
    return [obj["metadata"]["name"], *limits, status.get("disruptionsAllowed", 0), age(obj, now)]


RESOURCES = (
    Resource(
        group="policy",
        kind="PodDisruptionBudget",
        plural="poddisruptionbudgets",
        short_names=("pdb",),
        subresources=(STATUS,),
        strategy=PodDisruptionBudgetStrategy(),
        columns=columns.PODDISRUPTIONBUDGETS,
        cells=_cells,
    ),
)
