"""Durations: how kubectl shows ages, and Go's text form (`1h30m0s`)."""

from __future__ import annotations

import re
from fractions import Fraction

_DAY = 24
_YEAR = 365 * _DAY


def _pair(large: int, unit: str, small: int, small_unit: str) -> str:
    return f"{large}{unit}{small}{small_unit}" if small else f"{large}{unit}"


def human(seconds: float) -> str:
    """Two or three significant figures of an age: `5m30s`, `3h10m`, `2d4h`, `400d`."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    if whole < 120:
        return f"{max(whole, 0)}s"
    minutes, hours = whole // 60, whole // 3600
    if minutes < 10:
        return _pair(minutes, "m", whole % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 48:
        return _pair(hours, "h", minutes % 60, "m") if hours < 8 else f"{hours}h"
    return _human_days(hours)


def _human_days(hours: int) -> str:
    if hours < 8 * _DAY:
        return _pair(hours // _DAY, "d", hours % _DAY, "h")
    if hours < 2 * _YEAR:
        return f"{hours // _DAY}d"
    if hours < 8 * _YEAR:
        return _pair(hours // _YEAR, "y", hours // _DAY % 365, "d")
    return f"{hours // _YEAR}y"


_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3600_000_000_000,
}
_TERM = re.compile(r"([0-9]*)(\.[0-9]*)?([^0-9.]*)")
_MAX = 1 << 63


def parse_nanoseconds(text: str) -> int:
    """Go's `time.ParseDuration`; ValueError carries its message."""
    sign = -1 if text.startswith("-") else 1
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    if not rest:
        raise ValueError(f'time: invalid duration "{text}"')
    total = Fraction(0)
    while rest:
        match = _TERM.match(rest)
        if match is None or not (match[1] or len(match[2] or "") > 1):
            raise ValueError(f'time: invalid duration "{text}"')
        unit = match[3]
        if not unit:
            raise ValueError(f'time: missing unit in duration "{text}"')
        if unit not in _UNITS:
            raise ValueError(f'time: unknown unit "{unit}" in duration "{text}"')
        total += Fraction(int(match[1] or 0)) * _UNITS[unit]
        if match[2] and len(match[2]) > 1:
            total += Fraction(int(match[2][1:]) * _UNITS[unit], 10 ** (len(match[2]) - 1))
        rest = rest[match.end() :]
    if int(total) > _MAX - (sign > 0):
        raise ValueError(f'time: invalid duration "{text}"')
    return sign * int(total)


def parse(text: str) -> float:
    """The duration in seconds."""
    return parse_nanoseconds(text) / 1e9


def format_nanoseconds(nanoseconds: int) -> str:
    """Go's `Duration.String`: `1h0m0s`, `1.5s`, `300ms`, `0s`."""
    if nanoseconds == 0:
        return "0s"
    sign, rest = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    for unit, size in (("ns", 1), ("µs", 1_000), ("ms", 1_000_000)):
        if rest < size * 1000:
            return f"{sign}{_decimal(rest, size)}{unit}"
    minutes, nanos = divmod(rest, _UNITS["m"])
    text = f"{_decimal(nanos, _UNITS['s'])}s"
    if minutes:
        hours, minutes = divmod(minutes, 60)
        text = f"{minutes}m{text}"
        if hours:
            text = f"{hours}h{text}"
    return sign + text


def _decimal(value: int, size: int) -> str:
    whole, part = divmod(value, size)
    if not part:
        return str(whole)
    return f"{whole}.{part:0{len(str(size)) - 1}d}".rstrip("0")


def canonical(text: str) -> str:
    """A meta/v1 Duration as it is stored."""
    return format_nanoseconds(parse_nanoseconds(text))
