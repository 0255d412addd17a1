"""Whether a custom resource's values fit their schema: types, bounds, patterns, enums, presence, logic.

Errors have go-openapi's words and order. Formats beyond the integer ones and CEL rules have no place here.

Source: kube-openapi pkg/validation/validate; apiextensions-apiserver's mapping of its errors to fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from .. import field
from ..field import FieldError
from .structural import EMBEDDED, INT_OR_STRING, TYPE_META

Raw = dict[str, Any]
Errors = Iterator[FieldError]

NO_FIELD = "<nil>"
"""What errors of a schema's logic give as their field."""
_JSON_TYPES = ((bool, "boolean"), (str, "string"), (int, "integer"), (list, "array"), (dict, "object"))
_RANGES = {"int32": (-(1 << 31), (1 << 31) - 1), "int64": (-(1 << 63), (1 << 63) - 1)}
_GO_FORMATS = {"int32", "int64"}


def validate(raw: Raw, value: Any, path: str = "") -> list[FieldError]:
    """Everything wrong with `value` at `path` (empty: the whole object)."""
    return [error for check in CHECKS for error in check(raw, value, path)]


def json_type(value: Any) -> str:
    """The type of a JSON value as go-openapi names it; a whole float is an integer."""
    if value is None:
        return "null"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    return next(name for kind, name in _JSON_TYPES if isinstance(value, kind))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _child(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _body(path: str, what: str) -> str:
    return f"{path} in body {what}"


def _types(raw: Raw, value: Any, path: str) -> Errors:
    if value is None and raw.get("nullable"):
        return
    wanted = "integer,string" if raw.get(INT_OR_STRING) else raw.get("type", "")
    given = json_type(value)
    if not wanted or given in wanted.split(",") or (given == "integer" and wanted == "number"):
        return
    form = raw.get("format", "")
    if wanted == "integer" and form in _GO_FORMATS and given == "number":
        given, wanted = "float64", form
    yield field.type_invalid(path, given, _body(path, f'must be of type {wanted}: "{given}"'))


def _logic(raw: Raw, value: Any, path: str) -> Errors:
    name = f'"{path}"'
    if branches := raw.get("anyOf"):
        failures = [validate(branch, value, path) for branch in branches]
        if all(failures):
            yield field.invalid(NO_FIELD, "", f"{name} must validate at least one schema (anyOf)")
            yield from failures[0]
    if branches := raw.get("oneOf"):
        yield from _one_of(branches, value, path)
    if branches := raw.get("allOf"):
        failures = [found for branch in branches if (found := validate(branch, value, path))]
        for found in failures:
            yield from found
        if failures:
            none = ". None validated" if len(failures) == len(branches) else ""
            yield field.invalid(NO_FIELD, "", f"{name} must validate all the schemas (allOf){none}")
    if "not" in raw and not validate(raw["not"], value, path):
        yield field.invalid(NO_FIELD, "", f"{name} must not validate the schema (not)")


def _one_of(branches: list[Raw], value: Any, path: str) -> Errors:
    failures = [validate(branch, value, path) for branch in branches]
    valid = sum(not found for found in failures)
    if valid == 1:
        return
    found = f"Found {valid} valid alternatives" if valid else "Found none valid"
    yield field.invalid(NO_FIELD, "", f'"{path}" must validate one and only one schema (oneOf). {found}')
    if not valid:
        yield from failures[0]


@lru_cache(1024)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _strings(raw: Raw, value: Any, path: str) -> Errors:
    """The first fault only."""
    if not isinstance(value, str):
        return
    if len(value) > raw.get("maxLength", len(value)):
        yield field.too_long(path, raw["maxLength"])
    elif len(value) < raw.get("minLength", 0):
        yield field.invalid(path, value, _body(path, f"should be at least {raw['minLength']} chars long"))
    elif raw.get("pattern") and not _pattern(raw["pattern"]).search(value):
        yield field.invalid(path, value, _body(path, f"should match '{raw['pattern']}'"))


def _numbers(raw: Raw, value: Any, path: str) -> Errors:
    if not _is_number(value):
        return
    if raw.get("multipleOf") and value % raw["multipleOf"]:
        yield field.invalid(path, value, _body(path, f"should be a multiple of {_plain(raw['multipleOf'])}"))
    high, low = raw.get("maximum"), raw.get("minimum")
    if high is not None and (value > high or (value == high and raw.get("exclusiveMaximum"))):
        relation = "less than" if raw.get("exclusiveMaximum") else "less than or equal to"
        yield field.invalid(path, value, _body(path, f"should be {relation} {_plain(high)}"))
    if low is not None and (value < low or (value == low and raw.get("exclusiveMinimum"))):
        relation = "greater than" if raw.get("exclusiveMinimum") else "greater than or equal to"
        yield field.invalid(path, value, _body(path, f"should be {relation} {_plain(low)}"))
    if raw.get("type") == "integer":
        yield from _integer_format(raw.get("format", ""), value, path)


def _integer_format(form: str, value: Any, path: str) -> Errors:
    low, high = _RANGES.get(form, _RANGES["int64"])
    if json_type(value) != "integer" or not low <= value <= high:
        shown = f"with format {form}" if form in _RANGES else "(default format)"
        yield field.invalid(NO_FIELD, "", f"Checked value must be of type integer {shown} in {path}")


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else str(number)


def _arrays(raw: Raw, value: Any, path: str) -> Errors:
    if not isinstance(value, list):
        return
    items = raw.get("items")
    if isinstance(items, dict):
        for i, item in enumerate(value):
            yield from validate(items, item, f"{path}[{i}]")
    if len(value) < raw.get("minItems", 0):
        yield field.invalid(path, len(value), _body(path, f"should have at least {raw['minItems']} items"))
    if len(value) > raw.get("maxItems", len(value)):
        yield field.too_many(path, len(value), raw["maxItems"])


def _enums(raw: Raw, value: Any, path: str) -> Errors:
    """A null is in no enum, as upstream has it."""
    options = raw.get("enum")
    if options is not None and (value is None or value not in options):
        shown = ["null" if option is None else _enum_text(option) for option in options]
        yield field.not_supported(path, value, shown)


def _enum_text(option: Any) -> str:
    return option if isinstance(option, str) else field.show(option)


def _objects(raw: Raw, value: Any, path: str) -> Errors:
    if not isinstance(value, dict):
        return
    if len(value) < raw.get("minProperties", 0):
        what = f"should have at least {raw['minProperties']} properties"
        yield field.invalid(path, len(value), _body(path, what))
    if len(value) > raw.get("maxProperties", len(value)):
        yield field.too_many(path, len(value), raw["maxProperties"])
    required = raw.get("required", ())
    missing = [*required, *(name for name in TYPE_META if raw.get(EMBEDDED) and name not in required)]
    for name in missing:
        if name not in value:
            yield field.required(_child(path, name))
    properties, rest = raw.get("properties", {}), raw.get("additionalProperties")
    for name, item in value.items():
        schema = properties.get(name, rest)
        if isinstance(schema, dict):
            yield from validate(schema, item, _child(path, name))


CHECKS: tuple[Callable[[Raw, Any, str], Errors], ...] = (
    _types,
    _logic,
    _strings,
    _numbers,
    _arrays,
    _enums,
    _objects,
)
"""In go-openapi's order."""
