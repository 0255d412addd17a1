"""`'%s has %d'.format([x, n])`, and the check of literal formats when an expression is compiled.

Source: cel-go ext/formatting.go (version 1).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ... import field, strconv
from ..ast import Call, Expr, ListLiteral, Literal, MapLiteral
from ..errors import EvaluationError
from ..types import CelType
from ..values import Duration, Timestamp, TypeValue, type_name
from .convert import to_string

_PRECISION = 6
_MOST = 1_000_000
"""Digits after the point: more than these Go's printer does not write."""
_CLAUSE = re.compile(r"%(?:(%)|(\.\d*)?(.?))", re.DOTALL | re.ASCII)
_SPECIAL = ("NaN", "Infinity", "-Infinity")

_INTEGERS = ("int", "uint")
_WRONG = {
    "s": "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, "
    "durations, and timestamps",
    "d": "decimal clause can only be used on integers",
    "f": "fixed-point clause can only be used on doubles",
    "e": "scientific clause can only be used on doubles",
    "b": "only integers and bools can be formatted as binary",
    "x": "only integers, byte buffers, and strings can be formatted as hex",
    "o": "octal clause can only be used on integers",
}
_ALLOWED = {
    "s": (
        *("list", "map", "int", "uint", "double", "bool", "string", "timestamp", "bytes", "duration"),
        *("type", "null"),
    ),
    "d": _INTEGERS,
    "f": ("double", "string"),
    "e": ("double", "string"),
    "b": (*_INTEGERS, "bool"),
    "x": (*_INTEGERS, "string", "bytes"),
    "o": _INTEGERS,
}


class _Clause(NamedTuple):
    """A piece of a format: plain text before, then a clause of `kind` (empty at the end)."""

    text: str
    kind: str
    precision: int


def _clauses(layout: str) -> Iterator[_Clause]:
    text, last = "", 0
    for match in _CLAUSE.finditer(layout):
        text += layout[last : match.start()]
        last = match.end()
        if match[1]:
            text += "%"
            continue
        yield _Clause(text, *_read(match[2], match[3]))
        text = ""
    yield _Clause(text + layout[last:], "", 0)


def _read(precision: str | None, kind: str) -> tuple[str, int]:
    parsing = "could not parse formatting clause: "
    if precision is not None and not kind:
        raise EvaluationError(
            f"{parsing}error while parsing precision: could not find end of precision specifier"
        )
    if not kind:
        raise EvaluationError("unexpected end of string")
    if kind.lower() not in _WRONG or (kind != "X" and kind.isupper()):
        raise EvaluationError(f'{parsing}unrecognized formatting clause "{kind}"')
    return kind, _digits(precision[1:]) if precision else _PRECISION


def _digits(text: str) -> int:
    start = "could not parse formatting clause: error while parsing precision"
    try:
        digits = strconv.parse_int(text, function="Atoi")
    except ValueError as error:
        raise EvaluationError(f"{start}: error while converting precision to integer: {error}") from None
    if digits > _MOST:
        raise EvaluationError(f"{start}: precision {digits} exceeds maximum allowed precision {_MOST}")
    return digits


def format_text(layout: str, args: list[Any]) -> str:
    parts: list[str] = []
    for i, clause in enumerate(_clauses(layout)):
        parts.append(clause.text)
        if not clause.kind:
            break
        if i >= len(args):
            raise EvaluationError(f"index {i} out of range")
        parts.append(_CLAUSES[clause.kind.lower()](args[i], clause))
    return "".join(parts)


def _refuse(kind: str, shown: str) -> EvaluationError:
    return EvaluationError(f"error during formatting: {_WRONG[kind]}, was given {shown}")


def _string(value: Any, _: _Clause) -> str:
    if value is None:
        return "null"
    if isinstance(value, list):
        return "[" + ", ".join(map(_quoted, value)) + "]"
    if isinstance(value, dict):
        pairs = sorted((_quoted_key(key), _quoted(inner)) for key, inner in value.items())
        return "{" + ", ".join(f"{key}:{inner}" for key, inner in pairs) + "}"
    if isinstance(value, bytes):
        return _decoded(value)
    try:
        return to_string(value)
    except EvaluationError:
        raise _refuse("s", type_name(value)) from None


def _decoded(value: bytes) -> str:
    try:
        return to_string(value)
    except EvaluationError as wrong:
        shown = field.quote(str(wrong))
        raise EvaluationError(
            f"error during formatting: could not convert argument {shown} to string"
        ) from None


def _quoted_key(key: Any) -> str:
    return field.quote(key) if isinstance(key, str) else to_string(key)


def _quoted(value: Any) -> str:
    """A value inside a list or map: as it would be written in an expression."""
    if isinstance(value, str):
        return field.quote(value)
    if isinstance(value, bytes):
        return "b" + field.quote(_decoded(value))
    if isinstance(value, float):
        shown = f"{value:.{_PRECISION}f}"
        return shown if math.isfinite(value) else field.quote(to_string(value))
    if isinstance(value, Timestamp | Duration):
        return (
            f"{'timestamp' if isinstance(value, Timestamp) else 'duration'}({field.quote(to_string(value))})"
        )
    if isinstance(value, bool | int | list | dict | TypeValue | None):
        return _string(value, _PLAIN)
    raise EvaluationError(f"error during formatting: no formatting function for {type_name(value)}")


_PLAIN = _Clause("", "s", 0)


def _decimal(value: Any, _: _Clause) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refuse("d", type_name(value))
    return str(int(value))


def _fixed(value: Any, clause: _Clause) -> str:
    return f"{_number('f', value):.{clause.precision}f}".replace("inf", "∞").replace("nan", "NaN")


def _scientific(value: Any, clause: _Clause) -> str:
    shown = f"{_number('e', value):.{clause.precision}e}"
    if "inf" in shown or "nan" in shown:
        return shown.replace("inf", "∞").replace("nan", "NaN")
    head, _, exponent = shown.partition("e")
    # Go's printer for a locale writes the power of ten out.
    power = f"{int(exponent):+03d}".translate(_SUPERSCRIPT).replace("⁺", "")
    return f"{head}×10{power}"


_SUPERSCRIPT = str.maketrans("+-0123456789", "⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _number(kind: str, value: Any) -> float:
    if isinstance(value, float):
        return value
    if value in _SPECIAL:
        return float(value)
    raise _refuse(kind, type_name(value))


def _binary(value: Any, _: _Clause) -> str:
    if not isinstance(value, int):
        raise _refuse("b", type_name(value))
    return f"{int(value):b}"


def _octal(value: Any, _: _Clause) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refuse("o", type_name(value))
    return f"{int(value):o}"


def _hex(value: Any, clause: _Clause) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str | bytes):
        raise _refuse("x", type_name(value))
    if isinstance(value, int):
        shown = f"{int(value):x}"
    else:
        shown = (value.encode() if isinstance(value, str) else value).hex()
    return shown.upper() if clause.kind == "X" else shown


_CLAUSES: dict[str, Callable[[Any, _Clause], str]] = {
    "s": _string,
    "d": _decimal,
    "f": _fixed,
    "e": _scientific,
    "b": _binary,
    "x": _hex,
    "o": _octal,
}


def check_call(call: Call) -> tuple[int, str] | None:
    """What is wrong with a literal format and its literal list of arguments: (offset, message)."""
    if not isinstance(call.target, Literal) or not isinstance(call.args[0], ListLiteral):
        return None
    args = call.args[0].elements
    used = 0
    try:
        for clause in _clauses(str(call.target.value)):
            if not clause.kind:
                break
            if used >= len(args):
                raise EvaluationError(f"index {used} out of range")
            wrong = _misfit(args[used], clause.kind.lower())
            if wrong is not None:
                return wrong.at, str(_refuse(clause.kind.lower(), _named(wrong.type)))
            used += 1
    except EvaluationError as wrong_text:
        return call.at, str(wrong_text)
    if len(args) > used:
        return (
            call.at,
            f"too many arguments supplied to string.format (expected {used}, got {len(args)})",
        )
    return None


def _named(declared: CelType) -> str:
    return declared.name


def _misfit(arg: Expr, kind: str) -> Expr | None:
    """The (inner) argument whose type the clause does not take."""
    if arg.type.kind != "dyn" and arg.type.kind not in _ALLOWED[kind]:
        return arg
    if kind != "s":
        return None
    inner: list[Expr] = []
    if isinstance(arg, ListLiteral):
        inner = list(arg.elements)
    elif isinstance(arg, MapLiteral):
        inner = [part for entry in arg.entries for part in (entry.key, entry.value)]
    return next((wrong for part in inner if (wrong := _misfit(part, kind)) is not None), None)
