"""Small checks that every validator uses, and values printed as upstream prints its structs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import orjson

from ....apimachinery import field, quantity
from ....apimachinery.field import FieldError

Errors = list[FieldError]
Object = dict[str, Any]

NEGATIVE = "must be greater than or equal to 0"
NOT_POSITIVE = "must be greater than zero"
NOT_INTEGER = "must be an integer"
IMMUTABLE = "field is immutable"
MAX_INT32 = 2147483647


def invalids(path: str, value: Any, messages: Iterable[str]) -> Errors:
    """One "Invalid value" per message of a name check."""
    return [field.invalid(path, value, message) for message in messages]


def nonnegative(value: int, path: str) -> Errors:
    return [field.invalid(path, value, NEGATIVE)] if value < 0 else []


def immutable(new: Any, old: Any, path: str) -> Errors:
    return [] if new == old else [field.invalid(path, new, IMMUTABLE)]


def supported(value: str, allowed: Collection[str], path: str) -> Errors:
    """`allowed` in the order upstream lists it."""
    return [] if value in allowed else [field.not_supported(path, value, allowed)]


def required_or_supported(value: str, allowed: Collection[str], path: str) -> Errors:
    if not value:
        return [field.required(path)]
    return supported(value, allowed, path)


def struct(value: Any, *order: str) -> str:
    """A JSON object with the keys in `order` first: Go prints struct fields as declared, not sorted."""
    if not isinstance(value, dict):
        return orjson.dumps(value).decode()
    ordered = {name: value[name] for name in order if name in value}
    ordered.update((name, value[name]) for name in sorted(value) if name not in ordered)
    return orjson.dumps(ordered).decode()


def invalid_struct(path: str, shown: str, detail: str) -> FieldError:
    """An "Invalid value" whose value is already printed."""
    return FieldError("FieldValueInvalid", path, f"Invalid value: {shown}: {detail}")


def duplicate_struct(path: str, shown: str, detail: str = "") -> FieldError:
    text = f"Duplicate value: {shown}"
    return FieldError("FieldValueDuplicate", path, f"{text}: {detail}" if detail else text)


def not_found_because(path: str, value: str, detail: str) -> FieldError:
    return FieldError("FieldValueNotFound", path, f"Not found: {field.quote(value)}: {detail}")


def nonnegative_quantity(value: str, path: str) -> Errors:
    parsed = quantity.parse(value)
    return [field.invalid(path, parsed.format(), NEGATIVE)] if parsed.sign < 0 else []


def positive_quantity(value: str, path: str) -> Errors:
    parsed = quantity.parse(value)
    return [field.invalid(path, parsed.format(), NOT_POSITIVE)] if parsed.sign <= 0 else []
