"""The quality-of-service class of a pod: are its cpu and memory guaranteed, burstable or best effort?"""

from __future__ import annotations

from ....apimachinery import quantity
from ....apimachinery.quantity import ZERO, Quantity
from ..strategy import Object

COMPUTE = ("cpu", "memory")
BEST_EFFORT, BURSTABLE, GUARANTEED = "BestEffort", "Burstable", "Guaranteed"


def qos_class(spec: Object) -> str:
    own = spec.get("resources")
    if own is not None:
        holders = [own]
    else:
        containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
        holders = [container.get("resources") or {} for container in containers]
    if not any(holders):
        return BEST_EFFORT
    requests, limits = _total(holders, "requests"), _total(holders, "limits")
    if not requests and not limits:
        return BEST_EFFORT
    complete = all(len(_positive(holder.get("limits"))) == len(COMPUTE) for holder in holders)
    return GUARANTEED if complete and requests == limits else BURSTABLE


def _positive(amounts: dict[str, str] | None) -> dict[str, Quantity]:
    parsed = {name: quantity.parse(amounts[name]) for name in COMPUTE if name in amounts} if amounts else {}
    return {name: amount for name, amount in parsed.items() if amount.sign > 0}


def _total(holders: list[Object], kind: str) -> dict[str, Quantity]:
    total: dict[str, Quantity] = {}
    for holder in holders:
        for name, amount in _positive(holder.get(kind)).items():
            total[name] = total.get(name, ZERO) + amount
    return total
