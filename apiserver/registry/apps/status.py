"""Counts in the status of workloads."""

from __future__ import annotations

from ....apimachinery import field
from ..strategy import Object
from ..validation.common import Errors, nonnegative


def validate_status(
    new: Object, old: Object, counts: tuple[str, ...], limits: tuple[tuple[str, str, str], ...] = ()
) -> Errors:
    """Of a workload: no count below zero nor above its limit, and collisions that are never forgotten."""
    status, was = (obj.get("status") or {} for obj in (new, old))
    errors = _counts(status, counts) + _at_most(status, limits)
    if "collisionCount" in counts:
        errors += _not_decremented(status, was, "collisionCount")
    return errors


def _counts(status: Object, counts: tuple[str, ...]) -> Errors:
    errors: Errors = []
    for name in counts:
        if status.get(name) is not None:
            errors += nonnegative(status[name], f"status.{name}")
    return errors


def _at_most(status: Object, limits: tuple[tuple[str, str, str], ...]) -> Errors:
    """Each of `limits` is (count, the count it may not exceed, how the message names that)."""
    return [
        field.invalid(f"status.{name}", status.get(name, 0), f"cannot be greater than {limit_shown}")
        for name, limit, limit_shown in limits
        if status.get(name, 0) > status.get(limit, 0)
    ]


def _not_decremented(new: Object, old: Object, name: str) -> Errors:
    value, was = (each.get(name) for each in (new, old))
    if was is not None and (value is None or value < was):
        return [field.invalid(f"status.{name}", value or 0, "cannot be decremented")]
    return []
