"""Deployment: declarative updates of ReplicaSets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field
from ....apimachinery.field import FieldError
from ..printing import age, containers, selector
from ..resource import SCALE, STATUS, Resource, ScalePaths
from ..strategy import Context, Object, Strategy
from ..validation.common import nonnegative
from ..validation.values import (
    count_or_percent,
    go_struct,
    not_above_100_percent,
    positive_count_or_percent,
    shown,
)
from . import columns
from .status import validate_status
from .template import (
    default_template,
    validate_same_selector,
    validate_selector,
    validate_template,
    workload_warnings,
)

COUNTS = (
    "observedGeneration",
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "unavailableReplicas",
    "terminatingReplicas",
    "collisionCount",
)
LIMITS = (
    ("updatedReplicas", "replicas", "status.replicas"),
    ("readyReplicas", "replicas", "status.replicas"),
    ("availableReplicas", "replicas", "status.replicas"),
    ("availableReplicas", "readyReplicas", "readyReplicas"),
)


class DeploymentStrategy(Strategy):
    """Rules of Deployments."""

    pod_spec = ("spec", "template", "spec")
    has_status = True
    status_resets = ("spec", "metadata.labels")
    tracks_generation = True

    def default(self, obj: Object) -> None:
        spec = obj.setdefault("spec", {})
        spec.setdefault("replicas", 1)
        default_template(spec)
        strategy = spec.setdefault("strategy", {})
        if not strategy.get("type"):
            strategy["type"] = "RollingUpdate"
        if strategy["type"] == "RollingUpdate":
            rolling = strategy.setdefault("rollingUpdate", {})
            rolling.setdefault("maxUnavailable", "25%")
            rolling.setdefault("maxSurge", "25%")
        spec.setdefault("revisionHistoryLimit", 10)
        spec.setdefault("progressDeadlineSeconds", 600)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return _validate(obj.get("spec") or {}, "spec")

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        if (new["metadata"].get("annotations") or {}) != (old["metadata"].get("annotations") or {}):
            new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        spec, was = new.get("spec") or {}, old.get("spec") or {}
        return _validate(spec, "spec") + validate_same_selector(spec, was)

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_status(new, old, COUNTS, LIMITS)

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        return workload_warnings(new, old)


def _validate(spec: Object, path: str) -> list[FieldError]:
    errors = nonnegative(spec.get("replicas", 0), f"{path}.replicas")
    errors += validate_selector(spec.get("selector"), f"{path}.selector", "deployment")
    errors += validate_template(spec, path)
    errors += _strategy(spec.get("strategy") or {}, f"{path}.strategy")
    ready = spec.get("minReadySeconds", 0)
    errors += nonnegative(ready, f"{path}.minReadySeconds")
    if spec.get("revisionHistoryLimit") is not None:
        errors += nonnegative(spec["revisionHistoryLimit"], f"{path}.revisionHistoryLimit")
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None:
        at = f"{path}.progressDeadlineSeconds"
        errors += nonnegative(deadline, at)
        if deadline <= ready:
            errors.append(field.invalid(at, deadline, "must be greater than minReadySeconds"))
    return errors


def _strategy(strategy: Object, path: str) -> list[FieldError]:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    if kind == "Recreate":
        if rolling is None:
            return []
        why = "may not be specified when strategy `type` is 'Recreate'"
        return [field.forbidden(f"{path}.rollingUpdate", why)]
    if kind == "RollingUpdate":
        if rolling is None:
            return [field.required(f"{path}.rollingUpdate", "this should be defaulted and never be nil")]
        return _rolling(rolling, f"{path}.rollingUpdate")
    struct = go_struct(strategy, "type", "rollingUpdate")
    if rolling is not None:
        zero = {"maxUnavailable": 0, "maxSurge": 0}
        struct["RollingUpdate"] = go_struct({**zero, **rolling}, "maxUnavailable", "maxSurge")
    value = shown(struct)
    text = f'Unsupported value: {value}: supported values: "Recreate", "RollingUpdate"'
    return [FieldError("FieldValueNotSupported", path, text)]


def _rolling(rolling: Object, path: str) -> list[FieldError]:
    unavailable, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    errors = positive_count_or_percent(unavailable, f"{path}.maxUnavailable")
    errors += positive_count_or_percent(surge, f"{path}.maxSurge")
    if count_or_percent(unavailable) == 0 and count_or_percent(surge) == 0:
        why = "may not be 0 when `maxSurge` is 0"
        errors.append(field.invalid(f"{path}.maxUnavailable", unavailable, why))
    return errors + not_above_100_percent(unavailable, f"{path}.maxUnavailable")


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    names, images = containers(spec["template"].get("spec") or {})
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    chosen = selector(spec.get("selector"))
    return [obj["metadata"]["name"], ready, updated, available, age(obj, now), names, images, chosen]


RESOURCES = (
    Resource(
        group="apps",
        kind="Deployment",
        plural="deployments",
        short_names=("deploy",),
        categories=("all",),
        subresources=(
            STATUS,
            SCALE,
        ),
        scale=ScalePaths(),
        strategy=DeploymentStrategy(),
        columns=columns.DEPLOYMENTS,
        cells=_cells,
    ),
)
