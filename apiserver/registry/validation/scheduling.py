"""Tolerations, taints, topology spread, gates."""

from __future__ import annotations

from collections.abc import Iterable

from ....apimachinery import field, names
from .affinity import UNSELECTED, repeated_keys
from .common import NOT_POSITIVE, Errors, Object, duplicate_struct, invalids, struct, supported
from .metadata import validate_label_name
from .selectors import validate_label_selector

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
ACTIONS = ("DoNotSchedule", "ScheduleAnyway")


COMPARISONS = ("Lt", "Gt")
"""Operators whose feature gate is off in 1.36, but which messages about them name."""


def validate_tolerations(tolerations: Iterable[Object], path: str) -> Errors:
    errors: Errors = []
    for i, toleration in enumerate(tolerations):
        errors += _toleration(toleration, f"{path}[{i}]")
    return errors


def _toleration(toleration: Object, path: str) -> Errors:
    errors: Errors = []
    key, operator = toleration.get("key", ""), toleration.get("operator", "")
    value, effect = toleration.get("value", ""), toleration.get("effect", "")
    if key:
        errors += validate_label_name(key, f"{path}.key")
    elif operator != "Exists":
        why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        errors.append(field.invalid(f"{path}.operator", operator, why))
    if "tolerationSeconds" in toleration and effect != "NoExecute":
        why = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        errors.append(field.invalid(f"{path}.effect", effect, why))
    if operator in ("Equal", ""):
        messages = names.label_value(value)
        if messages:
            errors.append(field.invalid(f"{path}.operator", value, ";".join(messages)))
    elif operator == "Exists":
        if value:
            why = "value must be empty when `operator` is 'Exists'"
            errors.append(field.invalid(f"{path}.operator", value, why))
    else:
        known = ("Equal", "Exists", *(COMPARISONS if operator in COMPARISONS else ()))
        errors.append(field.not_supported(f"{path}.operator", operator, known))
    if effect:
        errors += supported(effect, EFFECTS, f"{path}.effect")
    return errors


def validate_taints(taints: Iterable[Object], path: str) -> Errors:
    errors: Errors = []
    seen: set[tuple[str, str]] = set()
    for i, taint in enumerate(taints):
        here = f"{path}[{i}]"
        key, effect, value = taint.get("key", ""), taint.get("effect", ""), taint.get("value", "")
        errors += validate_label_name(key, f"{here}.key")
        messages = names.label_value(value)
        if messages:
            errors.append(field.invalid(f"{here}.value", value, ";".join(messages)))
        if effect:
            errors += supported(effect, EFFECTS, f"{here}.effect")
        else:
            errors.append(field.required(f"{here}.effect"))
        if (effect, key) in seen:
            shown = {"Key": key, "Value": value, "Effect": effect, "TimeAdded": taint.get("timeAdded")}
            why = "taints must be unique by key and effect pair"
            errors.append(duplicate_struct(here, struct(shown, *shown), why))
        seen.add((effect, key))
    return errors


def validate_scheduling_gates(gates: Iterable[Object], path: str) -> Errors:
    errors: Errors = []
    seen: set[str] = set()
    for i, gate in enumerate(gates):
        name = gate.get("name", "")
        errors += invalids(f"{path}[{i}]", name, names.qualified_name(name))
        if name in seen:
            errors.append(field.duplicate(f"{path}[{i}]", name))
        seen.add(name)
    return errors


def validate_topology_spread(constraints: list[Object], path: str) -> Errors:
    errors: Errors = []
    last = {_pair(constraint): i for i, constraint in enumerate(constraints)}
    for i, constraint in enumerate(constraints):
        here = f"{path}[{i}]"
        errors += _spread(constraint, last[_pair(constraint)] > i, here)
        errors += _spread_keys(constraint, f"{here}.matchLabelKeys")
        errors += validate_label_selector(constraint.get("labelSelector"), f"{here}.labelSelector")
    return errors


def _pair(constraint: Object) -> tuple[str, str]:
    return constraint.get("topologyKey", ""), constraint.get("whenUnsatisfiable", "")


def _spread(constraint: Object, comes_again: bool, path: str) -> Errors:
    errors: Errors = []
    skew, (key, action) = constraint.get("maxSkew", 0), _pair(constraint)
    if skew <= 0:
        errors.append(field.invalid(f"{path}.maxSkew", skew, NOT_POSITIVE))
    if not key:
        errors.append(field.required(f"{path}.topologyKey", "can not be empty"))
    errors += supported(action, ACTIONS, f"{path}.whenUnsatisfiable")
    if comes_again:
        pair = f"{{{key}, {action}}}"
        errors.append(field.duplicate(f"{path}.{{topologyKey, whenUnsatisfiable}}", pair))
    if "minDomains" in constraint:
        errors += _min_domains(constraint["minDomains"], action, f"{path}.minDomains")
    for name in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
        if name in constraint:
            errors += supported(constraint[name], ("Honor", "Ignore"), f"{path}.{name}")
    return errors


def _min_domains(domains: int, action: str, path: str) -> Errors:
    errors = [field.invalid(path, domains, NOT_POSITIVE)] if domains <= 0 else []
    if action != "DoNotSchedule":
        why = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
        errors.append(field.invalid(path, domains, why))
    return errors


def _spread_keys(constraint: Object, path: str) -> Errors:
    keys = constraint.get("matchLabelKeys")
    if not keys:
        return []
    selector = constraint.get("labelSelector")
    errors: Errors = [field.forbidden(path, UNSELECTED)] if selector is None else []
    for i, key in enumerate(keys):
        errors += validate_label_name(key, f"{path}[{i}]")
    return errors + repeated_keys(keys, selector, path)
