"""Validation of a LimitRange's limits: names, and amounts that fit together."""

from __future__ import annotations

from ....apimachinery import field, names, quantity
from ....apimachinery.quantity import Quantity
from ..strategy import Object
from ..validation.common import Errors, invalids
from ..validation.resources import (
    overcommit_allowed,
    validate_container_resource_name,
    validate_resource_name,
)

AMOUNTS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
TYPES = ("Pod", "Container", "PersistentVolumeClaim")

Amounts = dict[str, dict[str, Quantity]]


def validate_limits(limits: list[Object]) -> Errors:
    errors: Errors = []
    seen: set[str] = set()
    for i, limit in enumerate(limits):
        path, kind = f"spec.limits[{i}]", limit.get("type", "")
        errors += _type(kind, f"{path}.type")
        if kind in seen:
            errors.append(field.duplicate(f"{path}.type", kind))
        seen.add(kind)
        errors += _limit(limit, kind, path)
    return errors


def _type(kind: str, path: str) -> Errors:
    messages = names.qualified_name(kind)
    if messages:
        return invalids(path, kind, messages)
    if "/" not in kind and kind not in TYPES:
        return [field.invalid(path, kind, "must be a standard limit type or fully qualified")]
    return []


def _limit(limit: Object, kind: str, path: str) -> Errors:
    errors: Errors = []
    amounts: Amounts = {}
    of_pods = kind in ("Pod", "Container")
    check = validate_container_resource_name if of_pods else validate_resource_name
    for name in AMOUNTS:
        given = limit.get(name) or {}
        if kind == "Pod" and name in ("default", "defaultRequest"):
            if given:
                errors.append(field.forbidden(f"{path}.{name}", "may not be specified when `type` is 'Pod'"))
            continue
        if name == "maxLimitRequestRatio":
            errors += _claim(kind, amounts, path)
        errors += [error for key in given for error in check(key, f"{path}.{name}[{key}]")]
        amounts[name] = {key: quantity.parse(text) for key, text in given.items()}
    keys = sorted({key for given in amounts.values() for key in given})
    return errors + [error for key in keys for error in _fits(key, amounts, path)]


def _claim(kind: str, amounts: Amounts, path: str) -> Errors:
    if kind != "PersistentVolumeClaim" or any("storage" in amounts[name] for name in ("min", "max")):
        return []
    why = "either minimum or maximum storage value is required, but neither was provided"
    return [field.required(f"{path}.limits", why)]


RULES: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("min", "max", "min", "min", "min value", "max value"),
    ("min", "defaultRequest", "defaultRequest", "defaultRequest", "min value", "default request value"),
    ("defaultRequest", "max", "defaultRequest", "defaultRequest", "default request value", "max value"),
    (
        "defaultRequest",
        "default",
        "defaultRequest",
        "defaultRequest",
        "default request value",
        "default limit value",
    ),
    ("min", "default", "default", "min", "min value", "default value"),
    ("default", "max", "default", "max", "default value", "max value"),
)
"""(what must not be more, than what, the field blamed, the value shown, and the names of both)."""


def _fits(key: str, amounts: Amounts, path: str) -> Errors:
    errors: Errors = []
    given = {name: values[key] for name, values in amounts.items() if key in values}
    for low, high, blamed, shown, low_name, high_name in RULES:
        if low in given and high in given and given[low] > given[high]:
            why = f"{low_name} {given[low]} is greater than {high_name} {given[high]}"
            errors.append(field.invalid(f"{path}.{blamed}[{key}]", given[shown].format(), why))
    errors += _ratio(given, f"{path}.maxLimitRequestRatio[{key}]")
    both = given.get("default"), given.get("defaultRequest")
    if not overcommit_allowed(key) and None not in both and both[0] != both[1]:
        why = f"default value {both[0]} must equal to defaultRequest value {both[1]} in {key}"
        errors.append(field.invalid(f"{path}.defaultRequest[{key}]", str(both[1]), why))
    return errors


def _ratio(given: dict[str, Quantity], path: str) -> Errors:
    ratio = given.get("maxLimitRequestRatio")
    if ratio is None:
        return []
    errors: Errors = []
    if ratio.nano < 10**9:
        errors.append(field.invalid(path, ratio.format(), f"ratio {ratio} is less than 1"))
    low, high = given.get("min"), given.get("max")
    if low and high and ratio.milli() / 1000 > high.milli() / low.milli():
        bound = high.milli() / low.milli()
        why = f"ratio {ratio} is greater than max/min = {bound:f}"
        errors.append(field.invalid(path, ratio.format(), why))
    return errors
