"""Values as Go's `%v` prints them: `map[a:1 b:[x y]]`. Some API messages contain them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def show(value: Any) -> str:
    """JSON values only; keys of maps are sorted, strings are bare."""
    return _walked(value, _bare)


_GO_TYPES = {bool: "bool", int: "int64", float: "float64"}


def text(value: Any) -> str:
    """A JSON value as `%s` prints it, which marks what is no string: `%!s(int64=1)`."""
    return "%!s(<nil>)" if value is None else _walked(value, _marked)


def _walked(value: Any, scalar: Callable[[Any], str]) -> str:
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{_walked(value[key], scalar)}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(_walked(item, scalar) for item in value) + "]"
    return scalar(value)


def _bare(value: Any) -> str:
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _number(value) if isinstance(value, float) else str(value)


def _marked(value: Any) -> str:
    kind = _GO_TYPES.get(type(value))
    return f"%!s({kind}={_bare(value)})" if kind else _bare(value)


def _number(value: float) -> str:
    """Go's shortest form: an exponent below -4 or from 21 on, without trailing zeros."""
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    mantissa, e, exponent = repr(value).partition("e")
    return f"{mantissa}e{int(exponent):+03d}" if e else mantissa
