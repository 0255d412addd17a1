"""LimitRanger: a namespace's LimitRanges give containers their defaults and hold pods and claims to their
bounds.

Source: "Limit Ranges" in the Kubernetes documentation; messages are upstream's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...apimachinery.quantity import Quantity, parse
from ...apimachinery.quota.pod_totals import pod_limits, pod_requests
from ..registry.strategy import Object, Reader
from .plugin import CREATE, UPDATE, Attributes, Plugin, forbidden

ANNOTATION = "kubernetes.io/limit-ranger"
_MILLI_BOUND = parse("1e9")
"""Ratios above this are compared as whole numbers."""
Amounts = dict[str, Any]


def _limits(reader: Reader, namespace: str) -> Iterator[list[Object]]:
    """The limits of each LimitRange, by name."""
    found = reader.list("", "limitranges", namespace)
    for item in sorted(found, key=lambda o: str(o["metadata"]["name"])) if len(found) > 1 else found:
        yield (item.get("spec") or {}).get("limits") or []


def _leaving(old: Object | None) -> bool:
    """What is being deleted is left alone."""
    return old is not None and "deletionTimestamp" in old["metadata"]


def _default_pod(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    for limits in _limits(reader, attrs.namespace) if not _leaving(old) else ():
        requests: Amounts = {}
        maxima: Amounts = {}
        for limit in limits:
            if limit.get("type") == "Container":
                requests |= limit.get("defaultRequest") or {}
                maxima |= limit.get("default") or {}
        notes = [
            note
            for kind, key in (("container", "containers"), ("init container", "initContainers"))
            for container in obj["spec"].get(key) or ()
            for note in _fill(container, kind, requests, maxima)
        ]
        if notes:
            annotations = obj["metadata"].setdefault("annotations", {})
            annotations[ANNOTATION] = "LimitRanger plugin set: " + "; ".join(notes)


def _fill(container: Object, kind: str, requests: Amounts, maxima: Amounts) -> Iterator[str]:
    resources = container.setdefault("resources", {})
    for key, what, defaults in (("requests", "request", requests), ("limits", "limit", maxima)):
        given = resources.get(key) or {}
        missing = sorted(name for name in defaults if name not in given)
        if missing:
            resources[key] = {**given, **{name: defaults[name] for name in missing}}
            yield f"{', '.join(missing)} {what} for {kind} {container['name']}"


def _check_pod(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    spec = obj["spec"]
    for limits in _limits(reader, attrs.namespace) if not _leaving(old) else ():
        problems: list[str] = []
        for limit in limits:
            if limit.get("type") == "Container":
                for key in ("containers", "initContainers"):
                    for container in spec.get(key) or ():
                        resources = container.get("resources") or {}
                        requests, maxima = resources.get("requests") or {}, resources.get("limits") or {}
                        problems += _violations(limit, requests, maxima)
            elif limit.get("type") == "Pod":
                problems += _violations(limit, pod_requests(spec), pod_limits(spec))
        _refuse(attrs, obj, problems)


def _check_claim(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    requests = (obj["spec"].get("resources") or {}).get("requests") or {}
    for limits in _limits(reader, attrs.namespace) if not _leaving(old) else ():
        problems: list[str] = []
        for limit in limits:
            if limit.get("type") == "PersistentVolumeClaim":
                problems += _each(limit, "min", requests, {}, _below)
                problems += _each(limit, "max", requests, {}, _claim_above)
        _refuse(attrs, obj, problems)


def _refuse(attrs: Attributes, obj: Object, problems: list[str]) -> None:
    unique = list(dict.fromkeys(problems))
    if unique:
        raise forbidden(attrs, unique[0] if len(unique) == 1 else "[" + ", ".join(unique) + "]", obj)


def _violations(limit: Object, requests: Amounts, maxima: Amounts) -> Iterator[str]:
    yield from _each(limit, "min", requests, maxima, _below)
    yield from _each(limit, "max", requests, maxima, _above)
    yield from _each(limit, "maxLimitRequestRatio", requests, maxima, _ratio)


Constraint = Callable[[str, str, Quantity, Quantity | None, Quantity | None], str]
"""(resource, limit type, bound, request, limit) -> what is wrong, or nothing."""


def _each(
    limit: Object, bound: str, requests: Amounts, maxima: Amounts, constraint: Constraint
) -> Iterator[str]:
    for name, value in sorted((limit.get(bound) or {}).items()):
        request, maximum = _amount(requests, name), _amount(maxima, name)
        problem = constraint(name, limit["type"], parse(value), request, maximum)
        if problem:
            yield problem


def _amount(amounts: Amounts, name: str) -> Quantity | None:
    value = amounts.get(name)
    if value is None:
        return None
    return value if isinstance(value, Quantity) else parse(value)


def _below(name: str, kind: str, bound: Quantity, request: Quantity | None, limit: Quantity | None) -> str:
    start = f"minimum {name} usage per {kind} is {bound.format()}"
    if request is None:
        return f"{start}.  No request is specified"
    if request < bound:
        return f"{start}, but request is {request.format()}"
    if limit is not None and limit < bound:
        return f"{start}, but limit is {limit.format()}"
    return ""


def _above(name: str, kind: str, bound: Quantity, request: Quantity | None, limit: Quantity | None) -> str:
    start = f"maximum {name} usage per {kind} is {bound.format()}"
    if limit is None:
        return f"{start}.  No limit is specified"
    if limit > bound:
        return f"{start}, but limit is {limit.format()}"
    if request is not None and request > bound:
        return f"{start}, but request is {request.format()}"
    return ""


def _claim_above(
    name: str, kind: str, bound: Quantity, request: Quantity | None, limit: Quantity | None
) -> str:
    start = f"maximum {name} usage per {kind} is {bound.format()}"
    if request is None:
        return f"{start}.  No request is specified"
    return f"{start}, but request is {request.format()}" if request > bound else ""


def _ratio(name: str, kind: str, bound: Quantity, request: Quantity | None, limit: Quantity | None) -> str:
    start = f"{name} max limit to request ratio per {kind} is {bound.format()}, but"
    if request is None or not request:
        return f"{start} no request is specified or request is 0"
    if limit is None or not limit:
        return f"{start} no limit is specified or limit is 0"
    observed = limit.as_float() / request.as_float()
    allowed = bound.as_float() if bound <= _MILLI_BOUND else float(bound.whole())
    return f"{start} provided ratio is {observed:f}" if observed > allowed else ""


PLUGIN = Plugin(
    name="LimitRanger",
    on={("", "pods"): frozenset({CREATE}), ("", "pods/resize"): frozenset({UPDATE})},
    mutate=_default_pod,
    validate=_check_pod,
)
CLAIMS = Plugin(
    name="LimitRanger",
    on={("", "persistentvolumeclaims"): frozenset({CREATE, UPDATE})},
    validate=_check_claim,
)
