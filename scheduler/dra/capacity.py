"""What a request takes of a device that several may share, by the device's own policy.

Source: dynamic-resource-allocation 1.36, consumable capacity. Amounts are quantities by capacity name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...apimachinery import quantity
from ...apimachinery.quantity import Quantity

Object = dict[str, Any]
Amounts = dict[str, Quantity]


class UnknownCapacity(Exception):  # noqa: N818 - an answer about one device, no error
    """The request asks for a capacity that the device does not have."""


def consumed(asked: Object | None, capacity: Object) -> Amounts:
    """What a request takes: what it asks for rounded up by the policy, or the default, or all there is.

    `asked` is the request's `capacity`, `capacity` the device's. Raises UnknownCapacity.
    """
    wanted = (asked or {}).get("requests") or {}
    if any(name not in capacity for name in wanted):
        raise UnknownCapacity
    return {name: _amount(wanted.get(name), entry) for name, entry in capacity.items()}


def allowed(taken: Amounts, capacity: Object) -> bool:
    """Whether the policies permit taking that much at once."""
    return all(_permits(taken[name], entry.get("requestPolicy")) for name, entry in capacity.items())


def fits(taken: Amounts, used: Mapping[str, Quantity], capacity: Object) -> bool:
    """Whether that much is left beside what is used already."""
    return all(
        taken[name] + used.get(name, quantity.ZERO) <= quantity.parse(entry["value"])
        for name, entry in capacity.items()
    )


def _amount(wanted: Any, entry: Object) -> Quantity:
    policy = entry.get("requestPolicy") or {}
    if wanted is None:
        return quantity.parse(policy.get("default") or entry["value"])
    amount = quantity.parse(wanted)
    span = policy.get("validRange")
    if span and span.get("min") is not None:
        return _in_range(amount, span)
    values = (quantity.parse(value) for value in policy.get("validValues") or ())
    return next((value for value in values if amount <= value), amount)


def _in_range(amount: Quantity, span: Object) -> Quantity:
    least = quantity.parse(span["min"])
    if amount < least:
        return least
    if span.get("step") is None:
        return amount
    step, start = quantity.parse(span["step"]).whole(), least.whole()
    steps = -((start - amount.whole()) // step)
    return quantity.from_whole(start + step * steps, quantity.BINARY)


def _permits(amount: Quantity, policy: Object | None) -> bool:
    if not policy or (policy.get("default") is not None and amount == quantity.parse(policy["default"])):
        return True
    span = policy.get("validRange")
    if span:
        return _in_span(amount, span)
    values = policy.get("validValues")
    return not values or any(amount == quantity.parse(value) for value in values)


def _in_span(amount: Quantity, span: Object) -> bool:
    if span.get("max") is not None and amount > quantity.parse(span["max"]):
        return False
    if span.get("step") is None:
        return True
    start = quantity.parse(span.get("min") or "0").whole()
    return (amount.whole() - start) % quantity.parse(span["step"]).whole() == 0
