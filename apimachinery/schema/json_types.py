"""JSON values as Go's decoder would have typed them: whole numbers of 64 bits, floats, and the rest."""

from __future__ import annotations

from typing import Any

INT64 = (-(1 << 63), (1 << 63) - 1)
SAFE = (1 << 53) - 1
_NAMES = ((bool, "boolean"), (str, "string"), (list, "array"), (dict, "object"))
_EPSILON = 1e-9


def wide(value: int | float) -> int | float:
    """A whole number beyond 64 bits is a float in Go."""
    return value if isinstance(value, float) or INT64[0] <= value <= INT64[1] else float(value)


def json_type(value: Any) -> str:
    """The type of a value in a schema's words."""
    if value is None:
        return "null"
    for kind, name in _NAMES:
        if isinstance(value, kind):
            return name
    return "number" if isinstance(wide(value), float) else "integer"


def format_of(value: Any) -> str:
    """The format go-openapi sees in a value."""
    return {"integer": "int64", "number": "float64"}.get(json_type(value), "")


def is_json_integer(value: int | float) -> bool:
    """Whether go-openapi takes a float for a whole number: within 2^53, to nine digits."""
    value = float(value)
    if not -SAFE - 2 <= value <= SAFE:
        return False
    if value.is_integer():
        return True
    below = float(int(value)) if value > 0 else 0.0
    return below != 0 and abs(value - below) / (value + below) < _EPSILON


def declared(raw: dict[str, Any]) -> tuple[str, ...]:
    """The types a schema allows; empty: any."""
    if raw.get("x-kubernetes-int-or-string"):
        return ("integer", "string")
    kind = raw.get("type")
    return (kind,) if kind else ()


def go_float(number: float) -> str:
    """A float as Go's `%v` writes it."""
    if float(number).is_integer() and abs(number) < 1e21:
        return str(int(number))
    return repr(float(number))
