"""Node and pod affinity."""

from __future__ import annotations

from ....apimachinery import field, names
from .common import Errors, Object, invalids
from .metadata import validate_label_name
from .selectors import validate_label_selector, validate_node_selector, validate_node_selector_term

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
WEIGHT = "must be in the range 1-100"
UNSELECTED = "must not be specified when labelSelector is not set"
IN_SELECTOR = "exists in both matchLabelKeys and labelSelector"


def validate_affinity(affinity: Object, path: str) -> Errors:
    errors: Errors = []
    if "nodeAffinity" in affinity:
        errors += _node(affinity["nodeAffinity"], f"{path}.nodeAffinity")
    for name in ("podAffinity", "podAntiAffinity"):
        if name in affinity:
            errors += _pod(affinity[name], f"{path}.{name}")
    return errors


def _node(affinity: Object, path: str) -> Errors:
    errors: Errors = []
    if REQUIRED in affinity:
        errors += validate_node_selector(affinity[REQUIRED], f"{path}.{REQUIRED}")
    for i, term in enumerate(affinity.get(PREFERRED) or ()):
        here = f"{path}.{PREFERRED}[{i}]"
        errors += _weight(term, here)
        preference = term.get("preference") or {}
        errors += validate_node_selector_term(preference, f"{here}.preference", allow_invalid_values=True)
    return errors


def _weight(term: Object, path: str) -> Errors:
    weight = term.get("weight", 0)
    return [] if 0 < weight <= 100 else [field.invalid(f"{path}.weight", weight, WEIGHT)]


def _pod(affinity: Object, path: str) -> Errors:
    errors: Errors = []
    for i, term in enumerate(affinity.get(REQUIRED) or ()):
        errors += _term(term, f"{path}.{REQUIRED}[{i}]")
    for i, weighted in enumerate(affinity.get(PREFERRED) or ()):
        here = f"{path}.{PREFERRED}[{i}]"
        errors += _weight(weighted, here)
        errors += _term(weighted.get("podAffinityTerm") or {}, f"{here}.podAffinityTerm")
    return errors


def _term(term: Object, path: str) -> Errors:
    errors = validate_label_selector(term.get("labelSelector"), f"{path}.labelSelector")
    errors += validate_label_selector(term.get("namespaceSelector"), f"{path}.namespaceSelector")
    for name in term.get("namespaces") or ():
        errors += invalids(f"{path}.namespace", name, names.dns1123_label(name))
    errors += _label_keys(term, path)
    key = term.get("topologyKey", "")
    if not key:
        errors.append(field.required(f"{path}.topologyKey", "can not be empty"))
    return errors + validate_label_name(key, f"{path}.topologyKey")


def _label_keys(term: Object, path: str) -> Errors:
    selector = term.get("labelSelector")
    match, mismatch = term.get("matchLabelKeys") or [], term.get("mismatchLabelKeys") or []
    errors = _keys(match, selector, f"{path}.matchLabelKeys")
    errors += _keys(mismatch, selector, f"{path}.mismatchLabelKeys")
    errors += repeated_keys(match, selector, path)
    both = "exists in both matchLabelKeys and mismatchLabelKeys"
    return errors + [
        field.invalid(f"{path}.matchLabelKeys[{i}]", key, both)
        for i, key in enumerate(match)
        if key in mismatch
    ]


def _keys(keys: list[str], selector: Object | None, path: str) -> Errors:
    if keys and selector is None:
        return [field.forbidden(path, UNSELECTED)]
    errors: Errors = []
    for i, key in enumerate(keys):
        errors += validate_label_name(key, f"{path}[{i}]")
    return errors


def repeated_keys(keys: list[str], selector: Object | None, path: str) -> Errors:
    """Keys that the selector names, too. When a pod is created its selectors get an expression for each of
    the keys, so only a second mention is the user's."""
    errors: Errors = []
    if selector is None or not keys:
        return errors
    seen = set(selector.get("matchLabels") or ())
    for expression in selector.get("matchExpressions") or ():
        key = expression.get("key", "")
        if key in keys and key in seen:
            errors.append(field.invalid(f"{path}[{keys.index(key)}]", key, IN_SELECTOR))
        seen.add(key)
    return errors
