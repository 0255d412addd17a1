"""Label selectors (meta/v1 LabelSelector) and node selectors.

Source: apimachinery `pkg/apis/meta/v1/validation` and core's node selector rules.
"""

from __future__ import annotations

from ....apimachinery import field, names
from .common import Errors, Object, invalids
from .metadata import validate_label_name, validate_labels


def validate_label_selector(
    selector: Object | None, path: str, *, allow_invalid_values: bool = False
) -> Errors:
    """`None` is no selector and valid."""
    if not selector:
        return []
    errors: Errors = []
    if selector.get("matchLabels"):
        errors += validate_labels(selector["matchLabels"], f"{path}.matchLabels")
    for i, requirement in enumerate(selector.get("matchExpressions") or ()):
        errors += _requirement(requirement, f"{path}.matchExpressions[{i}]", allow_invalid_values)
    return errors


def _requirement(requirement: Object, path: str, allow_invalid_values: bool) -> Errors:
    errors: Errors = []
    operator, values = requirement.get("operator", ""), requirement.get("values") or []
    if operator in ("In", "NotIn"):
        if not values:
            why = "must be specified when `operator` is 'In' or 'NotIn'"
            errors.append(field.required(f"{path}.values", why))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            errors.append(field.forbidden(f"{path}.values", why))
    else:
        errors.append(field.invalid(f"{path}.operator", operator, "not a valid selector operator"))
    errors += validate_label_name(requirement.get("key", ""), f"{path}.key")
    if not allow_invalid_values:
        errors += _values(values, path)
    return errors


def _values(values: list[str], path: str) -> Errors:
    errors: Errors = []
    for i, value in enumerate(values):
        errors += invalids(f"{path}.values[{i}]", value, names.label_value(value))
    return errors


def validate_node_selector(selector: Object, path: str) -> Errors:
    terms = selector.get("nodeSelectorTerms")
    path = f"{path}.nodeSelectorTerms"
    if not terms:
        return [field.required(path, "must have at least one node selector term")]
    errors: Errors = []
    for i, term in enumerate(terms):
        errors += validate_node_selector_term(term, f"{path}[{i}]")
    return errors


def validate_node_selector_term(term: Object, path: str, *, allow_invalid_values: bool = False) -> Errors:
    errors: Errors = []
    for i, requirement in enumerate(term.get("matchExpressions") or ()):
        errors += _node_expression(requirement, f"{path}.matchExpressions[{i}]", allow_invalid_values)
    for i, requirement in enumerate(term.get("matchFields") or ()):
        errors += _node_field(requirement, f"{path}.matchFields[{i}]")
    return errors


def _node_expression(requirement: Object, path: str, allow_invalid_values: bool) -> Errors:
    operator, values = requirement.get("operator", ""), requirement.get("values") or []
    if operator not in ("Gt", "Lt"):
        return _requirement(requirement, path, allow_invalid_values)
    errors: Errors = []
    if len(values) != 1:
        why = "must be specified single value when `operator` is 'Lt' or 'Gt'"
        errors.append(field.required(f"{path}.values", why))
    errors += validate_label_name(requirement.get("key", ""), f"{path}.key")
    if not allow_invalid_values:
        errors += _values(values, path)
    return errors


def _node_field(requirement: Object, path: str) -> Errors:
    errors: Errors = []
    operator, values = requirement.get("operator", ""), requirement.get("values") or []
    if operator not in ("In", "NotIn"):
        errors.append(field.invalid(f"{path}.operator", operator, "not a valid selector operator"))
    elif len(values) != 1:
        why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        errors.append(field.required(f"{path}.values", why))
    key = requirement.get("key", "")
    if key != "metadata.name":
        errors.append(field.invalid(f"{path}.key", key, "not a valid field selector key"))
        return errors
    for i, value in enumerate(values):
        errors += invalids(f"{path}.values[{i}]", value, names.dns1123_subdomain(value))
    return errors
