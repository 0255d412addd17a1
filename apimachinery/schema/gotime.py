"""Go's `time.Parse` for the two layouts of the API, with its error texts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

RFC3339 = "2006-01-02T15:04:05Z07:00"
RFC3339_MICRO = "2006-01-02T15:04:05.000000Z07:00"


class _Part(NamedTuple):
    layout: str
    """The element of the layout, as an error names it."""
    pattern: re.Pattern[str]
    low: int
    high: int
    name: str


def _number(layout: str, digits: str, low: int, high: int, name: str) -> _Part:
    return _Part(layout, re.compile(digits), low, high, name)


_FIELDS = (
    _number("2006", r"\d{4}", 0, 9999, "year"),
    _number("01", r"\d\d", 1, 12, "month"),
    _number("02", r"\d\d", 1, 31, "day"),
    _number("15", r"\d\d?", 0, 23, "hour"),
    _number("04", r"\d\d", 0, 59, "minute"),
    _number("05", r"\d\d", 0, 59, "second"),
)
_SEPARATORS = ("", "-", "-", "T", ":", ":")
_FRACTION = re.compile(r"[.,]\d+")
_MICROS = re.compile(r"[.,]\d{6}")
_ZONE = re.compile(r"Z|[+-]\d\d:\d\d")


def parse(text: str, layout: str = RFC3339) -> datetime:
    """The moment in UTC; ValueError with Go's message. Beyond microseconds is cut off."""
    values, rest = [], text
    for separator, part in zip(_SEPARATORS, _FIELDS, strict=True):
        value, rest = _take(text, rest, layout, separator, part)
        values.append(value)
    micros, rest = _fraction(text, rest, layout)
    zone = _ZONE.match(rest)
    if zone is None:
        raise _cannot(text, layout, rest, "Z07:00")
    if rest[zone.end() :]:
        raise ValueError(f"parsing time {_quote(text)}: extra text: {_quote(rest[zone.end() :])}")
    return _moment(text, values, micros, zone.group())


def _quote(text: str) -> str:
    escaped = "".join(c if " " <= c <= "~" and c not in '"\\' else _escape(c) for c in text)
    return f'"{escaped}"'


def _escape(char: str) -> str:
    return "\\" + char if char in '"\\' else "".join(f"\\x{byte:02x}" for byte in char.encode())


def _cannot(text: str, layout: str, rest: str, element: str) -> ValueError:
    return ValueError(
        f"parsing time {_quote(text)} as {_quote(layout)}: cannot parse {_quote(rest)} as {_quote(element)}"
    )


def _take(text: str, rest: str, layout: str, separator: str, part: _Part) -> tuple[int, str]:
    if not rest.startswith(separator):
        raise _cannot(text, layout, rest, separator)
    rest = rest[len(separator) :]
    found = part.pattern.match(rest)
    if found is None:
        raise _cannot(text, layout, rest, part.layout)
    value = int(found.group())
    if not part.low <= value <= part.high and part.name != "day":
        raise ValueError(f"parsing time {_quote(text)}: {part.name} out of range")
    return value, rest[found.end() :]


def _fraction(text: str, rest: str, layout: str) -> tuple[int, str]:
    """Microseconds after the seconds: exactly six digits in the micro layout, any number otherwise."""
    if layout == RFC3339_MICRO:
        found = _MICROS.match(rest)
        if found is None:
            raise _cannot(text, layout, rest, ".000000")
    else:
        found = _FRACTION.match(rest)
    if found is None:
        return 0, rest
    return int(found.group()[1:7].ljust(6, "0")), rest[found.end() :]


def _moment(text: str, values: list[int], micros: int, zone: str) -> datetime:
    offset = timedelta()
    if zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 24 or minutes > 60:
            unit = "hour" if hours > 24 else "minute"
            raise ValueError(f"parsing time {_quote(text)}: time zone offset {unit} out of range")
        offset = timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    year, month, day, hour, minute, second = values
    try:
        local = datetime(max(year, 1), month, day, hour, minute, second, micros, UTC)
    except ValueError:
        raise ValueError(f"parsing time {_quote(text)}: day out of range") from None
    try:
        return local - offset
    except OverflowError:  # Go's years go on
        raise ValueError(f"parsing time {_quote(text)}: year out of range") from None
