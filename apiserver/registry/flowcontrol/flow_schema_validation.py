"""What makes a FlowSchema invalid. Source: flowcontrol validation."""

from __future__ import annotations

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..strategy import Object
from ..validation.common import Errors, invalids
from ..validation.values import shown

MAX_PRECEDENCE = 10000
METHODS = ("ByNamespace", "ByUser")
VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch")
URL_VERBS = ("delete", "get", "head", "options", "patch", "post", "put")
KINDS = ("Group", "ServiceAccount", "User")
FIELD_OF_KIND = {"Group": "group", "ServiceAccount": "serviceAccount", "User": "user"}


def validate_spec(spec: Object, name: str, path: str) -> Errors:
    precedence = spec.get("matchingPrecedence", 0)
    at = f"{path}.matchingPrecedence"
    errors: Errors = []
    if precedence <= 0:
        errors.append(field.invalid(at, precedence, "must be a positive value"))
    if precedence > MAX_PRECEDENCE:
        errors.append(field.invalid(at, precedence, f"must not be greater than {MAX_PRECEDENCE}"))
    if precedence == 1 and name != "exempt":
        why = "only the schema named 'exempt' may have matchingPrecedence 1"
        errors.append(field.invalid(at, precedence, why))
    method = spec.get("distinguisherMethod")
    if method is not None and method.get("type") not in METHODS:
        options = ", ".join(map(field.quote, METHODS))
        value = shown({"Type": method.get("type", "")})
        text = f"Unsupported value: {value}: supported values: {options}"
        errors.append(FieldError("FieldValueNotSupported", f"{path}.distinguisherMethod.type", text))
    level = (spec.get("priorityLevelConfiguration") or {}).get("name", "")
    at = f"{path}.priorityLevelConfiguration.name"
    if level:
        errors += invalids(at, level, names.dns1123_subdomain(level))
    else:
        errors.append(field.required(at, "must reference a priority level"))
    for i, rule in enumerate(spec.get("rules") or ()):
        errors += _rule(rule, f"{path}.rules[{i}]")
    return errors


def _rule(rule: Object, path: str) -> Errors:
    errors: Errors = []
    subjects = rule.get("subjects") or []
    if not subjects:
        errors.append(field.required(f"{path}.subjects", "subjects must contain at least one value"))
    for i, subject in enumerate(subjects):
        errors += _subject(subject, f"{path}.subjects[{i}]")
    resources, urls = rule.get("resourceRules") or [], rule.get("nonResourceRules") or []
    if not resources and not urls:
        why = "at least one of resourceRules and nonResourceRules has to be non-empty"
        errors.append(field.required(path, why))
    for i, each in enumerate(resources):
        errors += _resource_rule(each, f"{path}.resourceRules[{i}]")
    for i, each in enumerate(urls):
        errors += _url_rule(each, f"{path}.nonResourceRules[{i}]")
    return errors


def _subject(subject: Object, path: str) -> Errors:
    kind = subject.get("kind", "")
    if kind not in KINDS:
        return [field.not_supported(f"{path}.kind", kind, KINDS)]
    own = FIELD_OF_KIND[kind]
    errors: Errors = []
    if subject.get(own) is None:
        why = f"{own} is required when subject kind is '{kind}'"
        errors.append(field.required(f"{path}.{own}", why))
    elif kind == "ServiceAccount":
        errors += _account(subject[own], f"{path}.{own}")
    elif not subject[own].get("name"):
        errors.append(field.required(f"{path}.{own}.name"))
    for other, name in FIELD_OF_KIND.items():
        if name != own and subject.get(name) is not None:
            why = f"{name} is forbidden when subject kind is not '{other}'"
            errors.append(field.forbidden(f"{path}.{name}", why))
    return errors


def _account(account: Object, path: str) -> Errors:
    name, namespace = account.get("name", ""), account.get("namespace", "")
    errors: Errors = []
    if not name:
        errors.append(field.required(f"{path}.name"))
    elif name != "*":
        errors += invalids(f"{path}.name", name, names.dns1123_subdomain(name))
    if not namespace:
        errors.append(field.required(f"{path}.namespace", "must specify namespace for service account"))
    else:
        errors += invalids(f"{path}.namespace", namespace, names.dns1123_label(namespace))
    return errors


def _verbs(verbs: list[str], allowed: tuple[str, ...], path: str) -> Errors:
    if not verbs:
        return [field.required(path, "verbs must contain at least one value")]
    if "*" in verbs:
        return _alone(verbs, "verbs", path)
    return [] if set(verbs) <= set(allowed) else [field.not_supported(path, verbs, allowed)]


def _alone(values: list[str], what: str, path: str) -> Errors:
    if "*" in values and len(values) > 1:
        return [field.invalid(path, values, f"if '*' is present, must not specify other {what}")]
    return []


def _resource_rule(rule: Object, path: str) -> Errors:
    errors = _verbs(rule.get("verbs") or [], VERBS, f"{path}.verbs")
    for key, one, many in (("apiGroups", "api group", "api groups"), ("resources", "resource", "resources")):
        values = rule.get(key) or []
        if not values:
            errors.append(field.required(f"{path}.{key}", f"resource rules must supply at least one {one}"))
        errors += _alone(values, many, f"{path}.{key}")
    namespaces, at = rule.get("namespaces") or [], f"{path}.namespaces"
    if not namespaces and not rule.get("clusterScope"):
        why = "resource rules that are not cluster scoped must supply at least one namespace"
        return [*errors, field.required(at, why)]
    if "*" in namespaces:
        return errors + _alone(namespaces, "namespaces", at)
    for i, name in enumerate(namespaces):
        errors += invalids(f"{at}[{i}]", name, names.dns1123_label(name))
    return errors


def _url_rule(rule: Object, path: str) -> Errors:
    errors = _verbs(rule.get("verbs") or [], URL_VERBS, f"{path}.verbs")
    urls, at = rule.get("nonResourceURLs") or [], f"{path}.nonResourceURLs"
    if not urls:
        return [*errors, field.required(at, "nonResourceURLs must contain at least one value")]
    if "*" in urls:
        return errors + _alone(urls, "non-resource URLs", at)
    for i, url in enumerate(urls):
        errors += _url(url, f"{at}[{i}]")
    return errors


def _url(url: str, path: str) -> Errors:
    problem = ""
    if not url:
        problem = "must not be empty"
    elif not url.startswith("/"):
        problem = "must start with slash"
    elif " " in url:
        problem = "must not contain white-space"
    elif "//" in url:
        problem = "must not contain double slash"
    elif "*" in url.removesuffix("/*"):
        problem = "wildcard can only do suffix matching"
    return [field.invalid(path, url, problem)] if problem else []
