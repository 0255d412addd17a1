"""What a pod asks for in all: its containers' sum, or what its start needs if that is more."""

from __future__ import annotations

from ...apimachinery.quantity import Quantity, parse
from ..registry.strategy import Object

Totals = dict[str, Quantity]


def pod_requests(spec: Object) -> Totals:
    """Requests by resource, without overhead."""
    return _total(spec, "requests")


def pod_limits(spec: Object) -> Totals:
    return _total(spec, "limits")


def with_overhead(totals: Totals, spec: Object) -> Totals:
    return _add(dict(totals), spec.get("overhead") or {})


def _total(spec: Object, key: str) -> Totals:
    """Sidecars (init containers that restart always) run beside everything that starts after them."""
    running: Totals = {}
    for container in spec.get("containers") or ():
        _add(running, (container.get("resources") or {}).get(key) or {})
    sidecars: Totals = {}
    peak: Totals = {}
    for container in spec.get("initContainers") or ():
        own = (container.get("resources") or {}).get(key) or {}
        if container.get("restartPolicy") == "Always":
            _add(running, own)
            _add(sidecars, own)
            _raise(peak, sidecars)
        else:
            _raise(peak, _add(dict(sidecars), own))
    _raise(running, peak)
    for name, value in ((spec.get("resources") or {}).get(key) or {}).items():
        running[name] = parse(value)
    return running


def _add(into: Totals, amounts: Object) -> Totals:
    for name, value in amounts.items():
        amount = parse(value)
        into[name] = into[name] + amount if name in into else amount
    return into


def _raise(into: Totals, other: Totals) -> None:
    for name, amount in other.items():
        if name not in into or into[name] < amount:
            into[name] = amount
