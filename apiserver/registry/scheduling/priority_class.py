"""PriorityClass: a name for a pod priority."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field
from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import immutable
from . import columns

SYSTEM_PREFIX = "system-"
SYSTEM_CLASSES = {"system-node-critical": 2000001000, "system-cluster-critical": 2000000000}
HIGHEST_USER_VALUE = 1000000000
PREEMPTION_POLICIES = ("PreemptLowerPriority", "Never")
RESERVED = "priority class names with 'system-' prefix are reserved for system use only. error: "


class PriorityClassStrategy(Strategy):
    """Rules of PriorityClasss."""

    def default(self, obj: Object) -> None:
        obj.setdefault("preemptionPolicy", "PreemptLowerPriority")

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        obj["metadata"]["generation"] = 1

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        name, value = obj["metadata"].get("name", ""), obj.get("value", 0)
        errors: list[FieldError] = []
        if name.startswith(SYSTEM_PREFIX):
            problem = _system_problem(name, value, obj.get("globalDefault", False))
            if problem:
                errors.append(field.forbidden("metadata.name", RESERVED + problem))
        elif value > HIGHEST_USER_VALUE:
            why = f"maximum allowed value of a user defined priority is {HIGHEST_USER_VALUE}"
            errors.append(field.forbidden("value", why))
        policy = obj.get("preemptionPolicy", "")
        if policy not in PREEMPTION_POLICIES:
            errors.append(
                field.not_supported("preemptionPolicy", policy, PREEMPTION_POLICIES)
                if policy
                else field.required("preemptionPolicy")
            )
        return errors

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        errors: list[FieldError] = []
        if new.get("value", 0) != old.get("value", 0):
            errors.append(field.forbidden("value", "may not be changed in an update."))
        return errors + immutable(
            new.get("preemptionPolicy"), old.get("preemptionPolicy"), "preemptionPolicy"
        )


def _system_problem(name: str, value: int, default: bool) -> str:
    expected = SYSTEM_CLASSES.get(name)
    if expected is None:
        return f"{name} is not a known system priority class"
    if value != expected:
        return f"value of {name} PriorityClass must be {expected}"
    return f"globalDefault of {name} PriorityClass must be false" if default else ""


def _cells(obj: Object, now: datetime) -> list[Any]:
    flag = obj.get("globalDefault", False)
    preemption = obj.get("preemptionPolicy", "")
    return [obj["metadata"]["name"], obj.get("value", 0), flag, age(obj, now), preemption]


RESOURCES = (
    Resource(
        group="scheduling.k8s.io",
        kind="PriorityClass",
        plural="priorityclasses",
        short_names=("pc",),
        namespaced=False,
        strategy=PriorityClassStrategy(),
        columns=columns.PRIORITYCLASSES,
        cells=_cells,
    ),
)
