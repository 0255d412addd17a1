"""Conversions between kinds: `int('5')`, `string(1.5)`, `timestamp('…')`, `type(x)`.

Source: cel-go common/stdlib (type conversions), common/types ConvertToType; Go's strconv formats.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ... import duration as durations
from ... import strconv
from ..errors import EvaluationError
from ..functions import Function, Overload, over
from ..types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    UINT,
    CelType,
    param,
    type_of,
)
from ..values import (
    NANO,
    Duration,
    Timestamp,
    TypeValue,
    Uint,
    check_int,
    check_uint,
    type_name,
    whole,
)

_TRUE = frozenset(("1", "t", "T", "TRUE", "true", "True"))
_FALSE = frozenset(("0", "f", "F", "FALSE", "false", "False"))
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def mismatch(source: str, target: str) -> EvaluationError:
    return EvaluationError(f"type conversion error from '{source}' to '{target}'")


def _same(value: Any) -> Any:
    return value


def bool_of_string(text: str) -> bool:
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise mismatch("string", "bool")


def int_of_string(text: str) -> int:
    try:
        return strconv.parse_int(text)
    except ValueError:
        raise mismatch("string", "int") from None


def uint_of_string(text: str) -> Uint:
    try:
        return Uint(strconv.parse_uint(text))
    except ValueError:
        raise mismatch("string", "uint") from None


def uint_of_double(value: float) -> Uint:
    if math.isnan(value) or not 0 <= value < 18446744073709551616.0:
        raise EvaluationError("unsigned integer overflow")
    return Uint(int(value))


def double_of_string(text: str) -> float:
    word = text.lower().lstrip("+-")
    if word in ("inf", "infinity", "nan") or _FLOAT.fullmatch(text):
        value = float(text)
        if not math.isinf(value) or word in ("inf", "infinity"):
            return value
    raise mismatch("string", "double")


def string_of_double(value: float) -> str:
    """Go's FormatFloat(value, 'g', -1, 64)."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    mantissa, _, exponent = f"{value!r}".partition("e")
    digits = mantissa.lstrip("-").replace(".", "")
    power = (int(exponent) if exponent else 0) + len(mantissa.lstrip("-").split(".")[0]) - 1
    stripped = digits.lstrip("0")
    power -= len(digits) - len(stripped)
    stripped = stripped.rstrip("0")
    if not stripped:
        return "-0" if math.copysign(1, value) < 0 else "0"
    sign = "-" if value < 0 else ""
    if -4 <= power < 6:
        return sign + _plain(stripped, power)
    head = stripped[0] + ("." + stripped[1:] if len(stripped) > 1 else "")
    return f"{sign}{head}e{'-' if power < 0 else '+'}{abs(power):02d}"


def _plain(digits: str, power: int) -> str:
    if power < 0:
        return "0." + "0" * (-power - 1) + digits
    if len(digits) <= power + 1:
        return digits + "0" * (power + 1 - len(digits))
    return digits[: power + 1] + "." + digits[power + 1 :]


def string_of_bytes(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise EvaluationError("invalid UTF-8 in bytes, cannot convert to string") from None


def duration_of_string(text: str) -> Duration:
    try:
        return Duration(durations.parse_nanoseconds(text))
    except ValueError:
        raise mismatch("string", DURATION.name) from None


def string_of_duration(value: Duration) -> str:
    sign = "-" if value.nanos < 0 else ""
    seconds, rest = divmod(abs(value.nanos), NANO)
    return f"{sign}{seconds}{'.' + f'{rest:09d}'.rstrip('0') if rest else ''}s"


def timestamp_of_string(text: str) -> Timestamp:
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise mismatch("string", TIMESTAMP.name)
    *parts, fraction, zone = match.groups()
    try:
        moment = datetime(*map(int, parts), tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        raise mismatch("string", TIMESTAMP.name) from None
    offset = _offset(zone)
    seconds = (moment - EPOCH) // timedelta(seconds=1) - offset
    return Timestamp(seconds * NANO + int(f"{fraction or '0':0<9.9}"), offset)


def _offset(zone: str) -> int:
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 24 or minutes > 59:
        raise mismatch("string", TIMESTAMP.name)
    seconds = hours * 3600 + minutes * 60
    return -seconds if zone[0] == "-" else seconds


def string_of_timestamp(value: Timestamp) -> str:
    seconds, rest = divmod(value.nanos, NANO)
    moment = EPOCH + timedelta(seconds=seconds + value.offset)
    fraction = "." + f"{rest:09d}".rstrip("0") if rest else ""
    return f"{moment:%Y}".zfill(4) + f"{moment:-%m-%dT%H:%M:%S}{fraction}{_zone(value.offset)}"


def _zone(offset: int) -> str:
    if not offset:
        return "Z"
    hours, minutes = divmod(abs(offset) // 60, 60)
    return f"{'-' if offset < 0 else '+'}{hours:02d}:{minutes:02d}"


def _timestamp_of_int(seconds: int) -> Timestamp:
    return Timestamp(seconds * NANO)


def to_string(value: Any) -> str:
    """string(value), whatever the kind."""
    for kind, convert in _TO_STRING.items():
        if type(value) is kind:
            return convert(value)
    raise mismatch(type_name(value), "string")


_TO_STRING: dict[type, Callable[[Any], str]] = {
    str: _same,
    bool: lambda value: "true" if value else "false",
    int: str,
    Uint: lambda value: str(int(value)),
    float: string_of_double,
    bytes: string_of_bytes,
    Duration: string_of_duration,
    Timestamp: string_of_timestamp,
    TypeValue: lambda value: value.name,
}


def _conversion(target: CelType, name: str, *sources: tuple[CelType, Callable[[Any], Any]]) -> Function:
    overloads: list[Overload] = []
    for source, convert in sources:
        overloads.append(over(f"{_short(source)}_to_{_short(target)}", (source,), target, convert))
    return Function(name, overloads)


def _short(declared: CelType) -> str:
    return {"int": "int64", "uint": "uint64"}.get(declared.kind, declared.kind)


_A = param("A")

FUNCTIONS = (
    Function("type", (over("type", (_A,), type_of(_A), lambda value: TypeValue(type_name(value))),)),
    Function("dyn", (over("to_dyn", (_A,), DYN, _same),)),
    _conversion(BOOL, "bool", (BOOL, _same), (STRING, bool_of_string)),
    _conversion(BYTES, "bytes", (BYTES, _same), (STRING, str.encode)),
    _conversion(DOUBLE, "double", (DOUBLE, _same), (INT, float), (STRING, double_of_string), (UINT, float)),
    _conversion(DURATION, "duration", (DURATION, _same), (STRING, duration_of_string)),
    _conversion(
        INT,
        "int",
        (INT, _same),
        (DOUBLE, whole),
        (DURATION, lambda value: value.nanos),
        (STRING, int_of_string),
        (TIMESTAMP, lambda value: value.nanos // NANO),
        (UINT, lambda value: check_int(int(value))),
    ),
    _conversion(
        STRING,
        "string",
        (STRING, _same),
        (BOOL, to_string),
        (BYTES, string_of_bytes),
        (DOUBLE, string_of_double),
        (DURATION, string_of_duration),
        (INT, str),
        (TIMESTAMP, string_of_timestamp),
        (UINT, to_string),
    ),
    _conversion(
        TIMESTAMP, "timestamp", (TIMESTAMP, _same), (INT, _timestamp_of_int), (STRING, timestamp_of_string)
    ),
    _conversion(
        UINT, "uint", (UINT, _same), (DOUBLE, uint_of_double), (INT, check_uint), (STRING, uint_of_string)
    ),
)
NAMES = frozenset(
    ("bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type", "uint")
)
"""Conversions of constants are done when a program is made, and fail there."""
