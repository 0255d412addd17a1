"""Lease: who leads, and node heartbeats."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field
from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import nonnegative
from . import columns

GATED = ("strategy", "preferredHolder")
"""Fields whose feature gate (CoordinatedLeaderElection) is off in 1.36."""


class LeaseStrategy(Strategy):
    """Rules of Leases."""

    known_finalizers = False
    allow_create_on_update = True
    allow_unconditional_update = False

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        for name in GATED:
            (obj.get("spec") or {}).pop(name, None)

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        self.prepare_create(ctx, new)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        spec = obj.get("spec") or {}
        errors: list[FieldError] = []
        seconds = spec.get("leaseDurationSeconds")
        if seconds is not None and seconds <= 0:
            errors.append(field.invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"))
        transitions = spec.get("leaseTransitions")
        if transitions is not None:
            errors += nonnegative(transitions, "spec.leaseTransitions")
        return errors


def _cells(obj: Object, now: datetime) -> list[Any]:
    holder = (obj.get("spec") or {}).get("holderIdentity") or ""
    return [obj["metadata"]["name"], holder, age(obj, now)]


RESOURCES = (
    Resource(
        group="coordination.k8s.io",
        kind="Lease",
        plural="leases",
        strategy=LeaseStrategy(),
        columns=columns.LEASES,
        cells=_cells,
    ),
)
