"""Rules of a device's parts, shares, taints and late binding. Source: resource.k8s.io validation."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from ....apimachinery import field, names, quantity
from ....apimachinery.quantity import Quantity
from ..strategy import Object
from ..validation.common import Errors, invalids, required_or_supported
from ..validation.selectors import validate_node_selector
from .requests import EFFECTS

MAX_SETS = 8
MAX_COUNTERS = 32
MAX_USES = 2
MAX_TAINTS = 16
MAX_CONDITIONS = 4
MAX_VALUES = 10
MAX_ENTRIES = 32
PLACES = ("nodeName", "nodeSelector", "allNodes")
ONE_PLACE = (
    "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is "
    "set to true in the ResourceSlice spec"
)
NO_PLACE = (
    "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in "
    "the ResourceSlice spec"
)


def validate_counter_sets(sets: list[Object], path: str) -> Errors:
    errors = _limited(sets, MAX_SETS, path)
    for i, one in enumerate(sets):
        errors += _counters(one, "name", f"{path}[{i}]")
    return errors + _distinct([one.get("name", "") for one in sets], path)


def validate_device(device: Object, old: Object | None, path: str, *, placed: bool) -> Errors:
    """What goes beyond a device's name and attributes. `placed`: each device of the slice has its nodes."""
    before: Object = old or {}
    errors: Errors = []
    entries = len(device.get("attributes") or {}) + len(device.get("capacity") or {})
    if entries > MAX_ENTRIES:
        why = f"the total number of attributes and capacities must not exceed {MAX_ENTRIES}"
        errors.append(field.invalid(path, entries, why))
    if old is None or before.get("capacity") != device.get("capacity"):
        errors += _capacity(device, f"{path}.capacity")
    taints = device.get("taints") or []
    if old is None or before.get("taints") != device.get("taints"):
        errors += _limited(taints, MAX_TAINTS, f"{path}.taints")
        for i, taint in enumerate(taints):
            errors += _taint(taint, f"{path}.taints[{i}]")
    uses, at = device.get("consumesCounters") or [], f"{path}.consumesCounters"
    errors += _limited(uses, MAX_USES, at)
    for i, use in enumerate(uses):
        errors += _counters(use, "counterSet", f"{at}[{i}]")
    errors += _distinct([use.get("counterSet", "") for use in uses], at)
    return errors + _place(device, path, placed) + validate_conditions(device, path)


def validate_conditions(entry: Object, path: str) -> Errors:
    """Conditions that must, and must not, be met before pods are bound."""
    errors: Errors = []
    for name in ("bindingConditions", "bindingFailureConditions"):
        conditions, at = entry.get(name) or [], f"{path}.{name}"
        errors += _limited(conditions, MAX_CONDITIONS, at)
        for i, condition in enumerate(conditions):
            errors += invalids(f"{at}[{i}]", condition, names.qualified_name(condition))
    return errors + _bindings(entry.get("bindingConditions"), entry.get("bindingFailureConditions"), path)


def _bindings(wanted: list[str] | None, unwanted: list[str] | None, path: str) -> Errors:
    """Both or none, and nothing named twice."""
    met, unmet = f"{path}.bindingConditions", f"{path}.bindingFailureConditions"
    errors = _distinct(wanted or [], met)
    again = field.repeats(unwanted or [])
    for i, condition in enumerate(unwanted or ()):
        if i in again:
            errors.append(field.duplicate(f"{unmet}[{i}]", condition))
        if condition in (wanted or ()):
            why = "bindingFailureConditions must not overlap with bindingConditions"
            errors.append(field.invalid(f"{unmet}[{i}]", condition, why))
    if unwanted and not wanted:
        why = "bindingConditions are required to use bindingFailureConditions"
        errors.append(field.invalid(met, wanted, why))
    if wanted and not unwanted:
        why = "bindingFailureConditions are required to use bindingConditions"
        errors.append(field.invalid(unmet, unwanted, why))
    return errors


def _limited(items: list[Any], limit: int, path: str) -> Errors:
    return [field.too_many(path, len(items), limit)] if len(items) > limit else []


def _distinct(items: list[str], path: str) -> Errors:
    return [field.duplicate(f"{path}[{i}]", items[i]) for i in sorted(field.repeats(items))]


def _counters(one: Object, name: str, path: str) -> Errors:
    errors: Errors = []
    if not one.get(name):
        errors.append(field.required(f"{path}.{name}"))
    else:
        errors += invalids(f"{path}.{name}", one[name], names.dns1123_label(one[name]))
    counters = one.get("counters") or {}
    if not counters:
        errors.append(field.required(f"{path}.counters"))
    if len(counters) > MAX_COUNTERS:
        errors.append(field.too_many(f"{path}.counters", len(counters), MAX_COUNTERS))
    for key in counters:
        errors += invalids(f"{path}.counters", key, names.dns1123_label(key))
    return errors


def _taint(taint: Object, path: str) -> Errors:
    key, value, effect = taint.get("key", ""), taint.get("value", ""), taint.get("effect", "")
    errors = invalids(f"{path}.key", key, names.qualified_name(key))
    if value:
        errors += invalids(f"{path}.value", value, names.label_value(value))
    return errors + required_or_supported(effect, EFFECTS, f"{path}.effect")


def _place(device: Object, path: str, placed: bool) -> Errors:
    given = [name for name in PLACES if device.get(name) is not None]
    if not placed:
        return [field.invalid(path, None, NO_PLACE)] if given else []
    errors: Errors = []
    if device.get("nodeName") == "":
        errors.append(field.invalid(f"{path}.nodeName", "", "must not be empty"))
    elif device.get("nodeName"):
        errors += invalids(
            f"{path}.nodeName", device["nodeName"], names.dns1123_subdomain(device["nodeName"])
        )
    if device.get("nodeSelector") is not None:
        errors += validate_node_selector(device["nodeSelector"], f"{path}.nodeSelector")
    if device.get("allNodes") is False:
        why = "must be either unset or set to true"
        errors.append(field.invalid(f"{path}.allNodes", False, why))
    chosen = [name for name in given if device[name] not in ("", False)]
    if not chosen:
        errors.append(field.required(path, ONE_PLACE))
    elif len(chosen) > 1:
        several = "{" + ", ".join(f"`{name}`" for name in chosen) + "}"
        errors.append(field.invalid(path, several, ONE_PLACE))
    return errors


def _capacity(device: Object, path: str) -> Errors:
    errors: Errors = []
    for name, entry in (device.get("capacity") or {}).items():
        policy, at = entry.get("requestPolicy"), f"{path}[{name}].requestPolicy"
        if policy is None:
            continue
        if not device.get("allowMultipleAllocations"):
            errors.append(field.forbidden(at, "allowMultipleAllocations must be true"))
        elif policy.get("validValues") and policy.get("validRange") is not None:
            why = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the '
            errors.append(field.forbidden(at, f"{why}same time"))
        else:
            errors += _policy(policy, quantity.parse(entry["value"]), at)
    return errors


def _policy(policy: Object, most: Quantity, path: str) -> Errors:
    for name, check in (("validValues", _values), ("validRange", _range)):
        if not policy.get(name) and not (name == "validRange" and policy.get(name) is not None):
            continue
        if policy.get("default") is None:
            return [field.required(f"{path}.default", f"required when {name} is defined")]
        return check(policy[name], quantity.parse(policy["default"]), most, f"{path}.{name}")
    return []


def _values(texts: Any, default: Quantity, most: Quantity, path: str) -> Errors:
    values = [quantity.parse(text) for text in texts]
    errors: Errors = []
    for i, (before, value) in enumerate(pairwise(values), 1):
        if before > value:
            errors.append(
                field.invalid(f"{path}[{i}]", str(value), "values must be sorted in ascending order")
            )
    errors += _limited(values, MAX_VALUES, path)
    for i, value in enumerate(values):
        if value > most:
            why = f"option is larger than capacity value: {most}"
            errors.append(field.invalid(f"{path}[{i}]", str(value), why))
    errors += [field.duplicate(f"{path}[{i}]", values[i].whole()) for i in sorted(field.repeats(values))]
    if default not in values:
        why = "default value is not valid according to the requestPolicy"
        errors.append(field.invalid(path, str(default), why))
    return errors


def _range(span: Any, default: Quantity, most: Quantity, path: str) -> Errors:
    if span.get("min") is None:
        return [field.required(f"{path}.min", "required when validRange is defined")]
    least = quantity.parse(span["min"])
    largest = quantity.parse(span["max"]) if span.get("max") is not None else None
    problems = [
        (least > most, "min", least, f"min is larger than capacity value: {most}"),
        (default < least, "default", default, f"default is less than min: {least}"),
    ]
    if largest is not None:
        problems += [
            (least > largest, "max", least, f"min is larger than max: {largest}"),
            (largest > most, "max", largest, f"max is larger than capacity value: {most}"),
            (default > largest, "default", default, f"default is more than max: {largest}"),
        ]
    errors = [field.invalid(f"{path}.{name}", str(value), why) for bad, name, value, why in problems if bad]
    if span.get("step") is not None:
        stepped = [value for value in (default, largest) if value is not None]
        errors += _steps(quantity.parse(span["step"]), least, stepped, most, f"{path}.step")
    return errors


def _steps(step: Quantity, least: Quantity, values: list[Quantity], most: Quantity, path: str) -> Errors:
    if step.sign <= 0:
        return [field.invalid(path, str(step), "must be greater than zero")]
    errors: Errors = []
    if least + step > most:
        why = f"one step {least + step} is larger than capacity value: {most}"
        errors.append(field.invalid(path, str(step), why))
    for value in values:
        if (value.whole() - least.whole()) % max(step.whole(), 1):
            why = f"value is not a multiple of a given step ({step}) from ({least})"
            errors.append(field.invalid(path, str(value), why))
    return errors
