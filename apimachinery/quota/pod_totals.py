"""What a pod asks for in all: its containers' sum, or what its start needs if that is more."""

from __future__ import annotations

from typing import Any

from ..quantity import Quantity, parse

Object = dict[str, Any]
Totals = dict[str, Quantity]


def pod_requests(spec: Object, status: Object | None = None) -> Totals:
    """Requests by resource, without overhead. A pod's `status` counts what a resize has not given back
    yet."""
    return _total(spec, "requests", _running(status, "requests"))


def pod_limits(spec: Object, status: Object | None = None) -> Totals:
    return _total(spec, "limits", _running(status, "limits"))


def with_overhead(totals: Totals, spec: Object) -> Totals:
    return _add(dict(totals), spec.get("overhead") or {})


def _running(status: Object | None, key: str) -> dict[str, list[Object]]:
    """Container name → resource lists the kubelet reports for it."""
    found: dict[str, list[Object]] = {}
    for kind in ("containerStatuses", "initContainerStatuses"):
        for one in (status or {}).get(kind) or ():
            lists = [(one.get("resources") or {}).get(key)]
            if key == "requests":
                lists.append(one.get("allocatedResources"))
            if any(lists):
                found[one["name"]] = [amounts for amounts in lists if amounts]
    return found


def _own(container: Object, key: str, running: dict[str, list[Object]]) -> Object:
    """The container's amounts, raised to what it still holds."""
    wanted: Object = (container.get("resources") or {}).get(key) or {}
    held = running.get(container.get("name", ""))
    if not held or not wanted:
        return wanted
    largest = {name: parse(value) for name, value in wanted.items()}
    for amounts in held:
        _raise(largest, {name: parse(value) for name, value in amounts.items()})
    return {name: amount.format() for name, amount in largest.items()}


def _total(spec: Object, key: str, running: dict[str, list[Object]]) -> Totals:
    """Sidecars (init containers that restart always) run beside everything that starts after them."""
    total: Totals = {}
    for container in spec.get("containers") or ():
        _add(total, _own(container, key, running))
    sidecars: Totals = {}
    peak: Totals = {}
    for container in spec.get("initContainers") or ():
        own = _own(container, key, running)
        if container.get("restartPolicy") == "Always":
            _add(total, own)
            _add(sidecars, own)
            _raise(peak, sidecars)
        else:
            _raise(peak, _add(dict(sidecars), own))
    _raise(total, peak)
    for name, value in ((spec.get("resources") or {}).get(key) or {}).items():
        total[name] = parse(value)
    return total


def _add(into: Totals, amounts: Object) -> Totals:
    for name, value in amounts.items():
        amount = parse(value)
        into[name] = into[name] + amount if name in into else amount
    return into


def _raise(into: Totals, other: Totals) -> None:
    for name, amount in other.items():
        if name not in into or into[name] < amount:
            into[name] = amount
