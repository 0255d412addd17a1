"""Rules: which requests a webhook or policy is asked about. Source: admissionregistration validation."""

from __future__ import annotations

from collections.abc import Sequence

from ....apimachinery import field, names
from ..strategy import Object
from ..validation.common import Errors, invalids
from ..validation.selectors import validate_label_selector
from .expressions import condition_errors

OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
SCOPES = ("*", "Cluster", "Namespaced")
FAILURE_POLICIES = ("Fail", "Ignore")
MATCH_POLICIES = ("Equivalent", "Exact")
MAX_CONDITIONS = 64


def default_rules(rules: list[Object] | None) -> None:
    for rule in rules or ():
        rule.setdefault("scope", "*")


def default_match(match: Object | None) -> None:
    """MatchResources of a policy or binding."""
    if match is None:
        return
    match.setdefault("matchPolicy", "Equivalent")
    for name in ("namespaceSelector", "objectSelector"):
        if match.get(name) is None:
            match[name] = {}
    default_rules(match.get("resourceRules"))
    default_rules(match.get("excludeResourceRules"))


def validate_rules(rules: list[Object] | None, path: str) -> Errors:
    errors: Errors = []
    for i, rule in enumerate(rules or ()):
        errors += _rule(rule, f"{path}[{i}]")
    return errors


def _rule(rule: Object, path: str) -> Errors:
    operations = rule.get("operations") or []
    errors = _listed(operations, "operations", f"{path}.operations")
    for i, operation in enumerate(operations):
        if operation not in OPERATIONS:
            errors.append(field.not_supported(f"{path}.operations[{i}]", operation, OPERATIONS))
    errors += _listed(rule.get("apiGroups") or [], "API groups", f"{path}.apiGroups")
    versions = rule.get("apiVersions") or []
    errors += _listed(versions, "API versions", f"{path}.apiVersions")
    errors += [field.required(f"{path}.apiVersions[{i}]") for i, each in enumerate(versions) if not each]
    errors += _resources(rule.get("resources") or [], f"{path}.resources")
    scope = rule.get("scope")
    if scope is not None and scope not in SCOPES:
        errors.append(field.not_supported(f"{path}.scope", scope, SCOPES))
    return errors


def _listed(values: list[str], what: str, path: str) -> Errors:
    if not values:
        return [field.required(path)]
    if "*" in values and len(values) > 1:
        return [field.invalid(path, values, f"if '*' is present, must not specify other {what}")]
    return []


def _resources(resources: list[str], path: str) -> Errors:
    if not resources:
        return [field.required(path)]
    errors: Errors = []
    all_of: set[str] = set()
    everywhere: set[str] = set()
    for i, name in enumerate(resources):
        at = f"{path}[{i}]"
        if not name:
            errors.append(field.required(at))
            continue
        resource, slash, part = name.partition("/")
        if not slash or name == "*/*":
            continue
        if resource in all_of:
            why = f"if '{resource}/*' is present, must not specify {name}"
            errors.append(field.invalid(at, name, why))
        if part in everywhere:
            why = f"if '*/{part}' is present, must not specify {name}"
            errors.append(field.invalid(at, name, why))
        if part == "*":
            all_of.add(resource)
        if resource == "*":
            everywhere.add(part)
    return errors + _wildcards(resources, path)


def _wildcards(resources: list[str], path: str) -> Errors:
    errors: Errors = []
    if len(resources) > 1 and "*/*" in resources:
        why = "if '*/*' is present, must not specify other resources"
        errors.append(field.invalid(path, resources, why))
    if "*" in resources and any("/" not in name and name != "*" for name in resources):
        why = "if '*' is present, must not specify other resources without subresources"
        errors.append(field.invalid(path, resources, why))
    return errors


def validate_choice(value: str | None, allowed: tuple[str, ...], path: str) -> Errors:
    if value is None or value in allowed:
        return []
    return [field.not_supported(path, value, allowed)]


def validate_match(match: Object, path: str) -> Errors:
    """MatchResources."""
    errors = validate_choice(match.get("matchPolicy"), MATCH_POLICIES, f"{path}.matchPolicy")
    for name in ("namespaceSelector", "objectSelector"):
        errors += validate_label_selector(match.get(name), f"{path}.{name}")
    for name in ("resourceRules", "excludeResourceRules"):
        for i, rule in enumerate(match.get(name) or ()):
            at = f"{path}.{name}[{i}]"
            errors += _resource_names(rule.get("resourceNames") or (), f"{at}.resourceNames") + _rule(
                rule, at
            )
    return errors


def _resource_names(given: Sequence[str], path: str) -> Errors:
    errors: Errors = []
    again = field.repeats(given)
    for i, name in enumerate(given):
        errors += invalids(f"{path}[{i}]", name, names.path_segment_name(name))
        if i in again:
            errors.append(field.duplicate(f"{path}[{i}]", name))
    return errors


def validate_conditions(conditions: list[Object] | None, path: str, *, params: bool = False) -> Errors:
    """Match conditions: names and expressions, which see `params` where there are any."""
    errors: Errors = []
    found = conditions or []
    if len(found) > MAX_CONDITIONS:
        errors.append(field.too_many(path, len(found), MAX_CONDITIONS))
    seen: set[str] = set()
    for i, condition in enumerate(found):
        at = f"{path}[{i}]"
        name = condition.get("name", "")
        errors += condition_errors(condition.get("expression", ""), f"{at}.expression", params=params)
        if not name:
            errors.append(field.required(f"{at}.name"))
            continue
        errors += invalids(f"{at}.name", name, names.qualified_name(name))
        if name in seen:
            errors.append(field.duplicate(f"{at}.name", name))
        seen.add(name)
    return errors
