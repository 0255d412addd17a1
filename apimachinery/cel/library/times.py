"""Parts of timestamps and durations: `getFullYear`, `getHours` …

Source: cel-go common/stdlib/standard.go, common/types/{timestamp,duration}.go.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from ... import strconv
from ..errors import EvaluationError
from ..functions import Function, member
from ..types import DURATION, INT, STRING, TIMESTAMP
from ..values import NANO, Duration, Timestamp
from .convert import EPOCH


def _number(text: str) -> int:
    """Go's strconv.Atoi."""
    try:
        return strconv.parse_int(text, function="Atoi")
    except ValueError as error:
        raise EvaluationError(str(error)) from None


def _shift(zone: str) -> timedelta:
    """An offset such as `-05:30`, of any size."""
    hours, _, minutes = zone.partition(":")
    found = _number(hours) * 60, _number(minutes)
    return timedelta(minutes=found[0] - found[1] if zone.startswith("-") else found[0] + found[1])


def _zone(name: str) -> tzinfo:
    if name in ("", "UTC", "Local"):
        return UTC
    if ".." in name or name[0] in "/\\":
        raise EvaluationError("time: invalid location name")
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise EvaluationError(f"unknown time zone {name}") from None


def _moment(value: Timestamp, zone: str = "UTC") -> datetime:
    at = EPOCH + timedelta(microseconds=value.nanos // 1000)
    try:
        return at + _shift(zone) if ":" in zone else at.astimezone(_zone(zone))
    except OverflowError:
        raise EvaluationError("timestamp overflow") from None


def _cut(nanos: int, unit: int) -> int:
    """Whole units, rounded towards zero."""
    return nanos // unit if nanos >= 0 else -(-nanos // unit)


_PARTS: tuple[tuple[str, str, Callable[[datetime], int]], ...] = (
    ("getFullYear", "year", lambda at: at.year),
    ("getMonth", "month", lambda at: at.month - 1),
    ("getDayOfYear", "day_of_year", lambda at: at.timetuple().tm_yday - 1),
    ("getDayOfMonth", "day_of_month", lambda at: at.day - 1),
    ("getDate", "day_of_month_1_based", lambda at: at.day),
    ("getDayOfWeek", "day_of_week", lambda at: at.isoweekday() % 7),
    ("getHours", "hours", lambda at: at.hour),
    ("getMinutes", "minutes", lambda at: at.minute),
    ("getSeconds", "seconds", lambda at: at.second),
    ("getMilliseconds", "milliseconds", lambda at: at.microsecond // 1000),
)
_UNITS = {
    "getHours": ("hours", 3600 * NANO),
    "getMinutes": ("minutes", 60 * NANO),
    "getSeconds": ("seconds", NANO),
    "getMilliseconds": ("milliseconds", 1_000_000),
}


def _function(name: str, overload: str, part: Callable[[datetime], int]) -> Function:
    def read(value: Any, zone: str = "UTC") -> int:
        return part(_moment(value, zone))

    overloads = [
        member(f"timestamp_to_{overload}", (TIMESTAMP,), INT, read),
        member(f"timestamp_to_{overload}_with_tz", (TIMESTAMP, STRING), INT, read),
    ]
    if name in _UNITS:
        overloads.append(_duration_part(*_UNITS[name]))
    return Function(name, overloads)


def _duration_part(overload: str, unit: int) -> Any:
    def read(value: Duration) -> int:
        return _cut(value.nanos, unit)

    return member(f"duration_to_{overload}", (DURATION,), INT, read)


FUNCTIONS = tuple(_function(*part) for part in _PARTS)
