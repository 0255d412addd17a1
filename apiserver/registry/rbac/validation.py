"""What makes roles and bindings invalid. Source: rbac validation."""

from __future__ import annotations

from ....apimachinery import field, names
from ..strategy import Object
from ..validation.common import Errors, invalid_struct, invalids
from ..validation.selectors import validate_label_selector
from ..validation.values import shown

GROUP = "rbac.authorization.k8s.io"
SUBJECT_KINDS = ("ServiceAccount", "User", "Group")


def default_binding(obj: Object) -> None:
    """`apiGroup` of the role and of users and groups."""
    role = obj.setdefault("roleRef", {})
    if not role.get("apiGroup"):
        role["apiGroup"] = GROUP
    for subject in obj.get("subjects") or ():
        if not subject.get("apiGroup") and subject.get("kind") in ("User", "Group"):
            subject["apiGroup"] = GROUP


def validate_rules(rules: list[Object] | None, *, namespaced: bool) -> Errors:
    errors: Errors = []
    for i, rule in enumerate(rules or ()):
        errors += _rule(rule, f"rules[{i}]", namespaced)
    return errors


def _rule(rule: Object, path: str, namespaced: bool) -> Errors:
    errors: Errors = []
    urls = rule.get("nonResourceURLs") or []
    if not rule.get("verbs"):
        errors.append(field.required(f"{path}.verbs", "verbs must contain at least one value"))
    if urls:
        if namespaced:
            why = "namespaced rules cannot apply to non-resource URLs"
            errors.append(field.invalid(f"{path}.nonResourceURLs", urls, why))
        if any(rule.get(key) for key in ("apiGroups", "resources", "resourceNames")):
            why = "rules cannot apply to both regular resources and non-resource URLs"
            errors.append(field.invalid(f"{path}.nonResourceURLs", urls, why))
        return errors
    for key, why in (
        ("apiGroups", "resource rules must supply at least one api group"),
        ("resources", "resource rules must supply at least one resource"),
    ):
        if not rule.get(key):
            errors.append(field.required(f"{path}.{key}", why))
    return errors


def validate_aggregation(aggregation: Object | None) -> Errors:
    if aggregation is None:
        return []
    path = "aggregationRule.clusterRoleSelectors"
    selectors = aggregation.get("clusterRoleSelectors") or []
    if not selectors:
        why = "at least one clusterRoleSelector required if aggregationRule is non-nil"
        return [field.required(path, why)]
    errors: Errors = []
    for i, selector in enumerate(selectors):
        found = validate_label_selector(selector, f"{path}[{i}]")
        errors += found
        if found:
            errors.append(field.invalid(f"{path}[{i}]", None, "invalid label selector."))
    return errors


def validate_binding(obj: Object, role_kinds: tuple[str, ...], *, namespaced: bool) -> Errors:
    role = obj.get("roleRef") or {}
    errors: Errors = []
    if role.get("apiGroup") != GROUP:
        errors.append(field.not_supported("roleRef.apiGroup", role.get("apiGroup", ""), [GROUP]))
    if role.get("kind") not in role_kinds:
        errors.append(field.not_supported("roleRef.kind", role.get("kind", ""), role_kinds))
    name = role.get("name", "")
    if not name:
        errors.append(field.required("roleRef.name"))
    else:
        errors += invalids("roleRef.name", name, names.path_segment_name(name))
    for i, subject in enumerate(obj.get("subjects") or ()):
        errors += _subject(subject, f"subjects[{i}]", namespaced)
    return errors


def _subject(subject: Object, path: str, namespaced: bool) -> Errors:
    errors: Errors = []
    name, kind, group = subject.get("name", ""), subject.get("kind", ""), subject.get("apiGroup", "")
    if not name:
        errors.append(field.required(f"{path}.name"))
    if kind not in SUBJECT_KINDS:
        errors.append(field.not_supported(f"{path}.kind", kind, SUBJECT_KINDS))
        return errors
    expected = "" if kind == "ServiceAccount" else GROUP
    if kind == "ServiceAccount":
        if name:
            errors += invalids(f"{path}.name", name, names.dns1123_subdomain(name))
        if not namespaced and not subject.get("namespace"):
            errors.append(field.required(f"{path}.namespace"))
    if group != expected:
        errors.append(field.not_supported(f"{path}.apiGroup", group, [expected]))
    return errors


def validate_role_ref_kept(new: Object, old: Object) -> Errors:
    role = new.get("roleRef") or {}
    if role == (old.get("roleRef") or {}):
        return []
    parts = {"APIGroup": "apiGroup", "Kind": "kind", "Name": "name"}
    value = {label: role.get(key, "") for label, key in parts.items()}
    return [invalid_struct("roleRef", shown(value), "cannot change roleRef")]
