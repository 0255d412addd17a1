"""A Job's pod failure policy and success policy."""

from __future__ import annotations

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..strategy import Object
from ..validation.common import Errors, invalid_struct, invalids, nonnegative
from ..validation.values import shown
from .indexes import count_indexes

ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
OPERATORS = ("In", "NotIn")
STATUSES = ("False", "True", "Unknown")
MAX_RULES = 20
MAX_CONDITIONS = 20
MAX_EXIT_CODES = 255
MAX_INDEXES_SIZE = 64 * 1024


def _one_of(allowed: tuple[str, ...]) -> str:
    return "valid values: [" + " ".join(map(field.quote, allowed)) + "]"


def _choice(value: str, allowed: tuple[str, ...], path: str) -> Errors:
    if not value:
        return [field.required(path, _one_of(allowed))]
    return [] if value in allowed else [field.not_supported(path, value, allowed)]


def without_value(path: str, detail: str) -> FieldError:
    return FieldError("FieldValueInvalid", path, f"Invalid value: {detail}")


def validate_pod_failure_policy(spec: Object, path: str) -> Errors:
    rules = spec["podFailurePolicy"].get("rules") or []
    errors: Errors = []
    if len(rules) > MAX_RULES:
        errors.append(field.too_many(f"{path}.rules", len(rules), MAX_RULES))
    pod = (spec.get("template") or {}).get("spec") or {}
    known = {c.get("name") for key in ("initContainers", "containers") for c in pod.get(key) or ()}
    per_index = spec.get("backoffLimitPerIndex") is not None
    for i, rule in enumerate(rules):
        errors += _rule(rule, f"{path}.rules[{i}]", known, per_index)
    return errors


def _rule(rule: Object, path: str, known: set[str], per_index: bool) -> Errors:
    action, codes, conditions = rule.get("action", ""), rule.get("onExitCodes"), rule.get("onPodConditions")
    errors: Errors = []
    if action == "FailIndex" and not per_index:
        why = "requires the backoffLimitPerIndex to be set"
        errors.append(field.invalid(f"{path}.action", action, why))
    else:
        errors += _choice(action, ACTIONS, f"{path}.action")
    if codes is not None:
        errors += _exit_codes(codes, f"{path}.onExitCodes", known)
    if conditions:
        errors += _conditions(conditions, f"{path}.onPodConditions")
    if codes is not None and conditions:
        why = "specifying both OnExitCodes and OnPodConditions is not supported"
        errors.append(without_value(path, why))
    if codes is None and not conditions:
        why = "specifying one of OnExitCodes and OnPodConditions is required"
        errors.append(without_value(path, why))
    return errors


def _conditions(conditions: list[Object], path: str) -> Errors:
    errors: Errors = []
    if len(conditions) > MAX_CONDITIONS:
        errors.append(field.too_many(path, len(conditions), MAX_CONDITIONS))
    for i, condition in enumerate(conditions):
        kind = condition.get("type", "")
        errors += invalids(f"{path}[{i}].type", kind, names.qualified_name(kind))
        errors += _choice(condition.get("status", ""), STATUSES, f"{path}[{i}].status")
    return errors


def _exit_codes(codes: Object, path: str, known: set[str]) -> Errors:
    operator, container = codes.get("operator", ""), codes.get("containerName")
    values = codes.get("values") or []
    errors = _choice(operator, OPERATORS, f"{path}.operator")
    if container is not None and container not in known:
        why = "must be one of the container or initContainer names in the pod template"
        errors.append(field.invalid(f"{path}.containerName", container, why))
    at = f"{path}.values"
    if not values:
        errors.append(field.invalid(at, values, "at least one value is required"))
    elif len(values) > MAX_EXIT_CODES:
        errors.append(field.too_many(at, len(values), MAX_EXIT_CODES))
    again = field.repeats(values)
    for i, value in enumerate(values):
        if operator == "In" and value == 0:
            errors.append(field.invalid(f"{at}[{i}]", value, "must not be 0 for the In operator"))
        if i in again:
            errors.append(field.duplicate(f"{at}[{i}]", value))
    if values != sorted(values):
        errors.append(field.invalid(at, values, "must be ordered"))
    return errors


def validate_success_policy(spec: Object, path: str, *, indexed: bool) -> Errors:
    rules = spec["successPolicy"].get("rules") or []
    if not indexed:
        fields = {"SucceededIndexes": "succeededIndexes", "SucceededCount": "succeededCount"}
        value = {"Rules": [{label: rule.get(key) for label, key in fields.items()} for rule in rules]}
        return [invalid_struct(path, shown(value), "requires indexed completion mode")]
    if not rules:
        why = "at least one rules must be specified when the successPolicy is specified"
        return [field.required(f"{path}.rules", why)]
    errors: Errors = []
    if len(rules) > MAX_RULES:
        errors.append(field.too_many(f"{path}.rules", len(rules), MAX_RULES))
    for i, rule in enumerate(rules):
        errors += _success_rule(rule, spec.get("completions") or 0, f"{path}.rules[{i}]")
    return errors


def _success_rule(rule: Object, completions: int, path: str) -> Errors:
    indexes, count = rule.get("succeededIndexes"), rule.get("succeededCount")
    if indexes is None and count is None:
        why = "at least one of succeededCount or succeededIndexes must be specified"
        return [field.required(path, why)]
    errors: Errors = []
    total = 0
    if indexes is not None:
        at = f"{path}.succeededIndexes"
        if len(indexes) > MAX_INDEXES_SIZE:
            errors.append(field.too_long(at, MAX_INDEXES_SIZE))
        else:
            try:
                total = count_indexes(indexes, completions)
            except ValueError as error:
                errors.append(field.invalid(at, indexes, f"error parsing succeededIndexes: {error}"))
    if count is not None:
        at = f"{path}.succeededCount"
        errors += nonnegative(count, at)
        if count > completions:
            why = f"must be less than or equal to {completions} (the number of specified completions)"
            errors.append(field.invalid(at, count, why))
        if indexes is not None and count > total:
            where = "the number of indexes in the specified succeededIndexes field"
            errors.append(field.invalid(at, count, f"must be less than or equal to {total} ({where})"))
    return errors
