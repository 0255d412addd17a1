"""Paths in a definition: printer columns, selectable fields and the scale subresource.

Source: apiextensions-apiserver pkg/apis/apiextensions/validation.
"""

from __future__ import annotations

from ....apimachinery import field
from ....apimachinery.schema.field_path import FieldPathError, follow
from ..strategy import Object
from ..validation.common import Errors
from .structural_rules import unconvertible

COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
COLUMN_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
SELECTABLE = ("string", "boolean", "integer")
MAX_SELECTABLE = 8
NOT_SELECTABLE = (
    "must point to a field of type string, boolean or integer. Enum string fields and strings with formats "
    "are allowed."
)


def columns(given: list[Object] | None, path: str) -> Errors:
    return [error for i, column in enumerate(given or ()) for error in _column(column, f"{path}[{i}]")]


def _column(column: Object, path: str) -> Errors:
    errors: Errors = []
    kind, form = column.get("type", ""), column.get("format", "")
    if not column.get("name"):
        errors.append(field.required(f"{path}.name"))
    if not kind:
        errors.append(field.required(f"{path}.type", f"must be one of {','.join(COLUMN_TYPES)}"))
    elif kind not in COLUMN_TYPES:
        errors.append(field.invalid(f"{path}.type", kind, f"must be one of {','.join(COLUMN_TYPES)}"))
    if form and form not in COLUMN_FORMATS:
        errors.append(field.invalid(f"{path}.format", form, f"must be one of {','.join(COLUMN_FORMATS)}"))
    return errors + _simple(column.get("jsonPath", ""), f"{path}.JSONPath")


def _simple(given: str, path: str, roots: tuple[str, ...] = (), under: str = "") -> Errors:
    """A path must be there, begin with a dot, and stand below one of `roots` if there are any."""
    if not given:
        return [field.required(path)]
    if not given.startswith("."):
        return [field.invalid(path, given, "must be a simple json path starting with .")]
    if roots and not given.startswith(roots):
        return [field.invalid(path, given, f"should be a json path under {under}")]
    return []


def scale(subresources: Object | None, path: str) -> Errors:
    given = (subresources or {}).get("scale")
    if given is None:
        return []
    errors = _simple(
        given.get("specReplicasPath", ""), f"{path}.scale.specReplicasPath", (".spec.",), ".spec"
    )
    status = given.get("statusReplicasPath", "")
    errors += _simple(status, f"{path}.scale.statusReplicasPath", (".status.",), ".status")
    selector = given.get("labelSelectorPath")
    if selector:
        either = "either .spec or .status"
        errors += _simple(selector, f"{path}.scale.labelSelectorPath", (".spec.", ".status."), either)
    return errors


def selectable(given: list[Object], schema: Object, path: str, *, any_number: bool = False) -> Errors:
    """`any_number`: whether an old definition had too many of them already."""
    if unconvertible(schema):
        return []
    errors: Errors = []
    seen: set[str] = set()
    for i, one in enumerate(given):
        text, at = one.get("jsonPath", ""), f"{path}[{i}].jsonPath"
        if not text:
            errors.append(field.required(at))
            continue
        try:
            place = follow(text, schema, brackets=False)
        except FieldPathError as fault:
            errors.append(field.invalid(at, text, f"is an invalid path: {fault}"))
            continue
        if place.names[:1] == ("metadata",):
            errors.append(field.invalid(at, text, "must not point to fields in metadata"))
        if place.schema.get("type") not in SELECTABLE:
            errors.append(field.invalid(at, text, NOT_SELECTABLE))
        if place.text in seen:
            errors.append(field.duplicate(at, text))
        seen.add(place.text)
    if len(seen) > MAX_SELECTABLE and not any_number:
        errors.append(field.too_many(path, len(seen), MAX_SELECTABLE))
    return errors
