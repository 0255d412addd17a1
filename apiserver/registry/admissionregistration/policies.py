"""What validating and mutating admission policies share. Source: admissionregistration validation."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from ....apimachinery import field, names
from ....apimachinery.gvk import parse_group_version
from ..strategy import Object
from ..validation.common import Errors, invalids
from ..validation.selectors import validate_label_selector
from .compositions import problems
from .rules import FAILURE_POLICIES, default_match, validate_choice, validate_conditions, validate_match

if TYPE_CHECKING:
    from ....apimachinery.cel.admission import Composition

MUTATING = ("*", "CONNECT", "CREATE", "UPDATE")
"""Operations that policies may change."""
NOT_FOUND_ACTIONS = ("Deny", "Allow")
IDENTIFIER = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*", re.ASCII).fullmatch
RESERVED = frozenset(
    (
        *("as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in"),
        *("let", "loop", "package", "namespace", "null", "return", "true", "var", "void", "while"),
    )
)
"""Words of CEL that no variable may be called by."""


def default_policy(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("failurePolicy", "Fail")
    default_match(spec.get("matchConstraints"))


def default_binding(obj: Object) -> None:
    default_match((obj.get("spec") or {}).get("matchResources"))


def validate_policy(
    spec: Object,
    path: str,
    composition: Composition,
    old: Object | None = None,
    *,
    mutating: bool = False,
) -> Errors:
    """Everything before the validations or mutations, with the variables those may use; `old` is the spec
    that an update replaces, whose match conditions are not looked at again."""
    errors = validate_choice(spec.get("failurePolicy"), FAILURE_POLICIES, f"{path}.failurePolicy")
    if spec.get("paramKind") is not None:
        errors += _param_kind(spec["paramKind"], f"{path}.paramKind")
    match, at = spec.get("matchConstraints"), f"{path}.matchConstraints"
    if match is None:
        errors.append(field.required(at))
    else:
        errors += validate_match(match, at)
        if not match.get("resourceRules"):
            errors.append(field.required(f"{at}.resourceRules"))
        if mutating:
            errors += mutating_operations(match, at)
    conditions, params = spec.get("matchConditions"), spec.get("paramKind") is not None
    if (
        old is None
        or conditions != old.get("matchConditions")
        or spec.get("paramKind") != old.get("paramKind")
    ):
        errors += validate_conditions(conditions, f"{path}.matchConditions", params=params)
    for i, variable in enumerate(spec.get("variables") or ()):
        errors += _variable(variable, f"{path}.variables[{i}]", composition)
    return errors


def _param_kind(kind: Object, path: str) -> Errors:
    errors: Errors = []
    version, name = kind.get("apiVersion", ""), kind.get("kind", "")
    if not version:
        errors.append(field.required(f"{path}.apiVersion"))
    else:
        errors += _group_version(version, f"{path}.apiVersion")
    if not name:
        errors.append(field.required(f"{path}.kind"))
    else:
        problems = names.dns1035_label(name.lower())
        if problems:
            why = f"may have mixed case, but should otherwise match: {','.join(problems)}"
            errors.append(field.invalid(f"{path}.kind", name, why))
    return errors


def _group_version(text: str, path: str) -> Errors:
    try:
        group, version = parse_group_version(text)
    except ValueError as error:
        return [field.invalid(path, text, str(error))]
    errors: Errors = []
    if group:
        problems = names.dns1123_subdomain(group)
        if problems:
            errors.append(field.invalid(path, group, ",".join(problems)))
    problems = names.dns1035_label(version)
    if problems:
        errors.append(field.invalid(path, version, ",".join(problems)))
    return errors


def _variable(variable: Object, path: str, composition: Composition) -> Errors:
    name, text = variable.get("name", ""), variable.get("expression", "")
    errors: Errors = []
    if not name.strip():
        errors.append(field.required(f"{path}.name", "name is not specified"))
    elif not IDENTIFIER(name) or name in RESERVED:
        errors.append(field.invalid(f"{path}.name", name, "must be a valid CEL identifier"))
    if not text.strip():
        errors.append(field.required(f"{path}.expression", "expression is not specified"))
    else:
        errors += problems(partial(composition.add, name), text, f"{path}.expression")
    return errors


def mutating_operations(match: Object, path: str) -> Errors:
    """What is deleted is not mutated."""
    return [
        field.not_supported(f"{path}.resourceRules.operations", operation, MUTATING)
        for rule in match.get("resourceRules") or ()
        for operation in rule.get("operations") or ()
        if operation not in MUTATING
    ]


def validate_binding(spec: Object, path: str) -> Errors:
    policy = spec.get("policyName", "")
    errors: Errors = []
    if not policy:
        errors.append(field.required(f"{path}.policyName"))
    else:
        errors += invalids(f"{path}.policyName", policy, names.dns1123_subdomain(policy))
    if spec.get("paramRef") is not None:
        errors += _param_ref(spec["paramRef"], f"{path}.paramRef")
    if spec.get("matchResources") is not None:
        errors += validate_match(spec["matchResources"], f"{path}.matchResources")
    return errors


def _param_ref(reference: Object, path: str) -> Errors:
    name, selector = reference.get("name", ""), reference.get("selector")
    errors: Errors = []
    if name:
        errors += invalids(f"{path}.name", name, names.path_segment_name(name))
        if selector is not None:
            errors.append(field.forbidden(f"{path}.name", "name and selector are mutually exclusive"))
    if selector is not None:
        errors += validate_label_selector(selector, f"{path}.selector")
        if name:
            errors.append(field.forbidden(f"{path}.selector", "name and selector are mutually exclusive"))
    if not name and selector is None:
        errors.append(field.required(path, "one of name or selector must be specified"))
    action = reference.get("parameterNotFoundAction")
    at = f"{path}.parameterNotFoundAction"
    if not action:
        errors.append(field.required(at))
    elif action not in NOT_FOUND_ACTIONS:
        errors.append(field.not_supported(at, action, NOT_FOUND_ACTIONS))
    return errors
