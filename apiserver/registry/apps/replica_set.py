"""ReplicaSet: a number of equal pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.field import FieldError
from ..printing import age, containers, selector
from ..resource import SCALE, STATUS, Resource, ScalePaths
from ..strategy import Context, Object, Strategy
from ..validation.common import nonnegative
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
    "replicas",
    "fullyLabeledReplicas",
    "readyReplicas",
    "availableReplicas",
    "terminatingReplicas",
    "observedGeneration",
)
LIMITS = (
    ("fullyLabeledReplicas", "replicas", "status.replicas"),
    ("readyReplicas", "replicas", "status.replicas"),
    ("availableReplicas", "replicas", "status.replicas"),
    ("availableReplicas", "readyReplicas", "readyReplicas"),
)


class ReplicaSetStrategy(Strategy):
    """Rules of ReplicaSets."""

    pod_spec = ("spec", "template", "spec")
    has_status = True
    tracks_generation = True

    def default(self, obj: Object) -> None:
        spec = obj.setdefault("spec", {})
        spec.setdefault("replicas", 1)
        default_template(spec)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return _validate(obj.get("spec") or {}, "spec")

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        spec, was = new.get("spec") or {}, old.get("spec") or {}
        return _validate(spec, "spec") + validate_same_selector(spec, was)

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_status(new, old, COUNTS, LIMITS)

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        return workload_warnings(new, old)


def _validate(spec: Object, path: str) -> list[FieldError]:
    errors = nonnegative(spec.get("replicas", 0), f"{path}.replicas")
    errors += nonnegative(spec.get("minReadySeconds", 0), f"{path}.minReadySeconds")
    # Upstream names the Deployment here too.
    errors += validate_selector(spec.get("selector"), f"{path}.selector", "deployment")
    return errors + validate_template(spec, path)


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    names, images = containers((spec.get("template") or {}).get("spec") or {})
    counts = spec.get("replicas", 0), status.get("replicas", 0), status.get("readyReplicas", 0)
    return [obj["metadata"]["name"], *counts, age(obj, now), names, images, selector(spec.get("selector"))]


RESOURCES = (
    Resource(
        group="apps",
        kind="ReplicaSet",
        plural="replicasets",
        short_names=("rs",),
        categories=("all",),
        subresources=(
            STATUS,
            SCALE,
        ),
        scale=ScalePaths(),
        strategy=ReplicaSetStrategy(),
        columns=columns.REPLICASETS,
        cells=_cells,
    ),
)
