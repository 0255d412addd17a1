"""Validation of a ResourceQuota: resource names, amounts, and the scopes that go with them."""

from __future__ import annotations

import orjson

from ....apimachinery import field, quantity
from ..strategy import Object
from ..validation.common import Errors, invalid_struct
from ..validation.resources import is_quota_name, validate_quantity, validate_quota_resource_name

EXISTENCE = (
    "BestEffort",
    "NotBestEffort",
    "Terminating",
    "NotTerminating",
    "CrossNamespacePodAffinity",
)
SCOPES = (*EXISTENCE, "PriorityClass", "VolumeAttributesClass")
CONFLICTS = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))
ONLY_EXISTS = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or "
    "ResourceQuotaScopeCrossNamespacePodAffinity"
)
COMPUTE = frozenset(
    {"pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"}
)
CLAIMS = frozenset({"persistentvolumeclaims", "requests.storage"})


def validate_quota_spec(spec: Object) -> Errors:
    errors = validate_amounts(spec.get("hard") or {}, "spec.hard")
    if spec.get("scopes"):
        errors += _scopes(spec, "spec.scopes")
    if "scopeSelector" in spec:
        errors += _selector(spec, "spec.scopeSelector.matchExpressions")
    return errors


def validate_amounts(amounts: dict[str, str], path: str) -> Errors:
    errors: Errors = []
    for name, text in amounts.items():
        here = f"{path}[{name}]"
        errors += validate_quota_resource_name(name, here)
        errors += validate_quantity(name, quantity.parse(text), here)
    return errors


def _fits(scope: str, resource: str) -> bool:
    """Whether a quota of the resource can be narrowed by the scope. Nothing is said of an unknown one."""
    if scope not in SCOPES:
        return True
    if scope == "BestEffort":
        return resource == "pods"
    if scope == "VolumeAttributesClass":
        return resource in CLAIMS
    return resource in COMPUTE or resource.startswith(("hugepages-", "requests.hugepages-"))


def _applied(spec: Object, scope: str) -> int:
    """How many of the quota's standard resources the scope does not go with."""
    names = [name for name in sorted(spec.get("hard") or ()) if is_quota_name(name)]
    return sum(not _fits(scope, name) for name in names)


def _conflicts(scopes: set[str], shown: list[str] | None, path: str) -> Errors:
    return [field.invalid(path, shown, "conflicting scopes") for pair in CONFLICTS if scopes.issuperset(pair)]


def _scopes(spec: Object, path: str) -> Errors:
    errors: Errors = []
    scopes = spec["scopes"]
    for scope in scopes:
        if scope not in SCOPES:
            errors.append(field.invalid(path, scopes, "unsupported scope"))
        why = "unsupported scope applied to resource"
        errors += [field.invalid(path, scopes, why)] * _applied(spec, scope)
    return errors + _conflicts(set(scopes), scopes, path)


def _selector(spec: Object, path: str) -> Errors:
    errors: Errors = []
    expressions = spec["scopeSelector"].get("matchExpressions") or []
    for expression in expressions:
        errors += _expression(expression, spec, path)
    scopes = {expression.get("scopeName", "") for expression in expressions}
    return errors + _conflicts(scopes, spec.get("scopes"), path)


def _expression(expression: Object, spec: Object, path: str) -> Errors:
    errors: Errors = []
    scope, operator = expression.get("scopeName", ""), expression.get("operator", "")
    values = expression.get("values") or []
    if scope not in SCOPES:
        errors.append(field.invalid(f"{path}.scopeName", scope, "unsupported scope"))
    why = "unsupported scope applied to resource"
    errors += [invalid_struct(path, _shown(spec["scopeSelector"]), why)] * _applied(spec, scope)
    if scope in EXISTENCE and operator != "Exists":
        errors.append(field.invalid(f"{path}.operator", operator, ONLY_EXISTS))
    if operator in ("In", "NotIn"):
        if not values:
            why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
            errors.append(field.required(f"{path}.values", why))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
            errors.append(field.invalid(f"{path}.values", values, why))
    else:
        errors.append(field.invalid(f"{path}.operator", operator, "not a valid selector operator"))
    return errors


def _shown(selector: Object) -> str:
    """As upstream's internal struct prints."""
    expressions = [
        {"ScopeName": e.get("scopeName", ""), "Operator": e.get("operator", ""), "Values": e.get("values")}
        for e in selector.get("matchExpressions") or ()
    ]
    return orjson.dumps({"MatchExpressions": expressions}).decode()
