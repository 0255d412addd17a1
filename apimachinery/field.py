"""Field paths and field errors, as `k8s.io/apimachinery/pkg/util/validation/field` words them.

A path is a plain string (`spec.ports[0].port`); `child`, `index` and `key` extend it. An error is a
`FieldError`; validators return lists of them and never raise.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple

import orjson

from . import jsonio

REASONS = {
    "FieldValueRequired": "Required value",
    "FieldValueNotFound": "Not found",
    "FieldValueDuplicate": "Duplicate value",
    "FieldValueInvalid": "Invalid value",
    "FieldValueNotSupported": "Unsupported value",
    "FieldValueForbidden": "Forbidden",
    "FieldValueTooLong": "Too long",
    "FieldValueTooMany": "Too many",
    "FieldValueTypeInvalid": "Invalid value",
    "InternalError": "Internal error",
}


class FieldError(NamedTuple):
    """One rejected field: `reason` is the cause's reason token, `text` what follows the field's name."""

    reason: str
    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.field}: {self.text}" if self.field else self.text

    def cause(self) -> dict[str, str]:
        """The entry of `details.causes`."""
        return {"reason": self.reason, "message": self.text, "field": self.field}


def child(path: str, *names: str) -> str:
    for name in names:
        path = f"{path}.{name}" if path else name
    return path


def index(path: str, i: int) -> str:
    return f"{path}[{i}]"


def key(path: str, name: str) -> str:
    return f"{path}[{name}]"


def quote(value: str) -> str:
    """A Go `%q` string: what upstream's messages show around values."""
    if value.isprintable():
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return '"' + "".join(map(_escape, value)) + '"'


_ESCAPES = {'"': '\\"', "\\": "\\\\"} | dict(
    zip("\a\b\t\n\v\f\r", (f"\\{name}" for name in "abtnvfr"), strict=True)
)


def _escape(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    code = ord(letter)
    if letter.isprintable():
        return letter
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def show(value: Any) -> str:
    """The value as a field error prints it: quoted strings, bare numbers and booleans, JSON for the rest."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return quote(value)
    return jsonio.as_go(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).decode()


def _error(reason: str, path: str, value: str, detail: str) -> FieldError:
    text = REASONS[reason] + (f": {value}" if value else "")
    return FieldError(reason, path, f"{text}: {detail}" if detail else text)


def required(path: str, detail: str = "") -> FieldError:
    return _error("FieldValueRequired", path, "", detail)


def invalid(path: str, value: Any, detail: str) -> FieldError:
    return _error("FieldValueInvalid", path, show(value), detail)


def type_invalid(path: str, value: Any, detail: str) -> FieldError:
    return _error("FieldValueTypeInvalid", path, show(value), detail)


def not_found(path: str, value: Any) -> FieldError:
    return _error("FieldValueNotFound", path, show(value), "")


def repeats(values: Iterable[Hashable]) -> set[int]:
    """The positions of values that came before."""
    seen: set[Hashable] = set()
    found: set[int] = set()
    for i, value in enumerate(values):
        if value in seen:
            found.add(i)
        seen.add(value)
    return found


def duplicate(path: str, value: Any) -> FieldError:
    return _error("FieldValueDuplicate", path, show(value), "")


def not_supported(path: str, value: Any, allowed: Iterable[str]) -> FieldError:
    """`allowed` is shown in the order given (upstream sorts where its set type sorts). A text is shown as
    JSON: these are of string types of their own in Go."""
    options = ", ".join(quote(a) for a in allowed)
    shown = jsonio.as_go(orjson.dumps(value)).decode() if isinstance(value, str) else show(value)
    return _error("FieldValueNotSupported", path, shown, f"supported values: {options}" if options else "")


def forbidden(path: str, detail: str) -> FieldError:
    return _error("FieldValueForbidden", path, "", detail)


def too_long(path: str, max_bytes: int) -> FieldError:
    """Upstream never prints the value; `max_bytes` below zero leaves out the limit."""
    detail = f"may not be more than {max_bytes} bytes" if max_bytes >= 0 else "value is too long"
    return _error("FieldValueTooLong", path, "", detail)


def too_many(path: str, actual: int, maximum: int) -> FieldError:
    detail = (
        f"must have at most {maximum} item{'' if maximum == 1 else 's'}"
        if maximum >= 0
        else "has too many items"
    )
    return _error("FieldValueTooMany", path, str(actual) if actual >= 0 else "", detail)


def internal(path: str, detail: str) -> FieldError:
    return _error("InternalError", path, "", detail)
