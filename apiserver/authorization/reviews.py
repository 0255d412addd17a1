"""Access reviews: SubjectAccessReview in its three forms, and the list of what somebody may.

Validation messages are upstream's (authorization/v1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import orjson

from ...apimachinery import errors, field
from ...apimachinery.field import FieldError
from ..registry.strategy import Object, User
from .attributes import Attributes, Authorizer
from .node import node_name
from .rbac import RbacAuthorizer

GROUP = "authorization.k8s.io"
_META_ORDER = ("name", "generateName", "namespace", "uid", "resourceVersion", "labels", "annotations")
_PARSE_ERROR = "spec.resourceAttributes.{name} ignored due to parse error"
_PARTLY = "spec.resourceAttributes.{name} partially ignored due to parse error"


def review_access(review: Object, caller: User, authorizer: Authorizer) -> Object:
    """The review with its status filled in. 422 when it does not ask one question."""
    spec = review.get("spec") or {}
    problems = [*_spec_problems(review["kind"], spec), *_metadata_problems(review)]
    if review["kind"] == "LocalSubjectAccessReview":
        problems += _local_problems(review, spec)
    if problems:
        raise errors.invalid(GROUP, "", "", problems)
    user = caller if review["kind"] == "SelfSubjectAccessReview" else _subject(spec)
    attrs, trouble = _attributes(user, spec)
    decision = authorizer.authorize(attrs)
    status: Object = {"allowed": decision.allowed}
    if decision.reason:
        status["reason"] = decision.reason
    if trouble:
        status["evaluationError"] = ", ".join(trouble)
    return {**review, "status": status}


def _subject(spec: Object) -> User:
    extra = {key: tuple(values or ()) for key, values in (spec.get("extra") or {}).items()}
    return User(spec.get("user", ""), spec.get("uid", ""), tuple(spec.get("groups") or ()), extra)


def _attributes(user: User, spec: Object) -> tuple[Attributes, list[str]]:
    url = spec.get("nonResourceAttributes")
    if url is not None:
        # A URL without a path is still no resource: the blank matches no rule but `*`.
        return Attributes(user, url.get("verb", ""), path=url.get("path") or " "), []
    asked = spec["resourceAttributes"]
    trouble: list[str] = []
    fields = _selector(asked.get("fieldSelector"), "fieldSelector", _field_requirement, trouble)
    labels = _selector(asked.get("labelSelector"), "labelSelector", _label_requirement, trouble)
    attrs = Attributes(
        user,
        asked.get("verb", ""),
        asked.get("group", ""),
        asked.get("version", ""),
        asked.get("resource", ""),
        asked.get("subresource", ""),
        asked.get("namespace", ""),
        asked.get("name", ""),
        "",
        fields,
        labels,
    )
    return attrs, trouble


def _selector(
    given: Object | None, name: str, requirement: Callable[[Object], str], trouble: list[str]
) -> str:
    """The selector as text; what cannot be expressed is left out and said so."""
    if given is None:
        return ""
    if given.get("rawSelector"):
        return str(given["rawSelector"])
    parts = [requirement(r) for r in given.get("requirements") or ()]
    known = [p for p in parts if p]
    if len(known) < len(parts):
        trouble.append((_PARTLY if known else _PARSE_ERROR).format(name=name))
    return ",".join(known)


def _field_requirement(requirement: Object) -> str:
    values: list[str] = requirement.get("values") or []
    sign = {"In": "=", "NotIn": "!="}.get(requirement.get("operator", ""))
    return f"{requirement.get('key', '')}{sign}{values[0]}" if sign and len(values) == 1 else ""


def _label_requirement(requirement: Object) -> str:
    key, operator = requirement.get("key", ""), requirement.get("operator", "")
    values = ",".join(requirement.get("values") or ())
    forms: dict[str, str] = {
        "In": f"{key} in ({values})",
        "NotIn": f"{key} notin ({values})",
        "Exists": key,
        "DoesNotExist": f"!{key}",
    }
    return forms.get(operator, "")


def _metadata_problems(review: Object) -> Iterator[FieldError]:
    meta = {k: v for k, v in review.get("metadata", {}).items() if v not in (None, "", {}, [])}
    local = review["kind"] == "LocalSubjectAccessReview"
    allowed = {"managedFields", "namespace"} if local else {"managedFields"}
    if meta.keys() <= allowed:
        return
    ordered = {k: meta[k] for k in (*_META_ORDER, *meta) if k in meta}
    why = "must be empty except for namespace" if local else "must be empty"
    text = f"Invalid value: {orjson.dumps(ordered).decode()}: {why}"
    yield FieldError("FieldValueInvalid", "metadata", text)


def _spec_problems(kind: str, spec: Object) -> Iterator[FieldError]:
    resource, url = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and url is not None:
        shown = {"Path": url.get("path", ""), "Verb": url.get("verb", "")}
        why = "cannot be specified in combination with resourceAttributes"
        yield field.invalid("spec.nonResourceAttributes", shown, why)
    if resource is None and url is None:
        why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        yield field.invalid("spec.resourceAttributes", None, why)
    if kind != "SelfSubjectAccessReview" and not spec.get("user") and not spec.get("groups"):
        yield field.invalid("spec.user", "", "at least one of user or group must be specified")
    for name in ("fieldSelector", "labelSelector"):
        selector = (resource or {}).get(name)
        if selector is not None:
            yield from _selector_problems(selector, f"spec.resourceAttributes.{name}")


def _selector_problems(selector: Object, path: str) -> Iterator[FieldError]:
    raw, requirements = selector.get("rawSelector", ""), selector.get("requirements") or []
    if raw and requirements:
        yield field.invalid(f"{path}.rawSelector", raw, "may not specified at the same time as requirements")
    if not raw and not requirements:
        why = f"when {path} is specified, requirements or rawSelector is required"
        yield field.required(f"{path}.requirements", why)
    for i, requirement in enumerate(requirements):
        yield from _requirement_problems(requirement, f"{path}.requirements[{i}]")


def _requirement_problems(requirement: Object, path: str) -> Iterator[FieldError]:
    """An operator that is not known may come from a newer client."""
    if not requirement.get("key"):
        yield field.required(f"{path}.key", "must be specified")
    operator, values = requirement.get("operator", ""), requirement.get("values") or []
    if operator in ("In", "NotIn"):
        if not values:
            yield field.required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in ("Exists", "DoesNotExist") and values:
        why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
        yield field.forbidden(f"{path}.values", why)


def _local_problems(review: Object, spec: Object) -> Iterator[FieldError]:
    resource, url = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and resource.get("namespace", "") != review["metadata"].get("namespace", ""):
        given = resource.get("namespace", "")
        yield field.invalid("spec.resourceAttributes.namespace", given, "must match metadata.namespace")
    if url is not None:
        value = {"Path": url.get("path", ""), "Verb": url.get("verb", "")}
        yield field.invalid("spec.nonResourceAttributes", value, "disallowed on this kind of request")


def review_rules(review: Object, caller: User, rbac: RbacAuthorizer) -> Object:
    """SelfSubjectRulesReview: what the caller may in a namespace. 400 without a namespace."""
    namespace = (review.get("spec") or {}).get("namespace", "")
    if not namespace:
        raise errors.bad_request("no namespace on request")
    resource_rules: list[Object] = []
    url_rules: list[Object] = []
    for rule in rbac.rules_for(caller, namespace):
        if rule.get("resources"):
            names = ("verbs", "apiGroups", "resources", "resourceNames")
            resource_rules.append({n: rule[n] for n in names if rule.get(n)})
        if rule.get("nonResourceURLs"):
            url_rules.append({n: rule[n] for n in ("verbs", "nonResourceURLs") if rule.get(n)})
    trouble = rbac.troubles(caller, namespace)
    is_node = node_name(caller) is not None
    if is_node:
        trouble = ["node authorizer does not support user rule resolution", *trouble]
    status: Object = {"resourceRules": resource_rules, "nonResourceRules": url_rules, "incomplete": is_node}
    if trouble:
        status["evaluationError"] = ", ".join(trouble)
    return {
        "kind": review["kind"],
        "apiVersion": review["apiVersion"],
        "metadata": {},
        "spec": {},
        "status": status,
    }
