"""Cron expressions as Kubernetes reads them: five fields, `@daily` and its like, `@every 1h`.

The rules and messages are those of the Go library `robfig/cron` (v3, standard parser), which clients see.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from . import duration

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


class _Bounds(NamedTuple):
    low: int
    high: int
    names: dict[str, int]


_FIELDS: Final = (
    _Bounds(0, 59, {}),
    _Bounds(0, 23, {}),
    _Bounds(1, 31, {}),
    _Bounds(1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    _Bounds(0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
_MACROS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_STARS: Final = ("*", "?")


class Schedule(NamedTuple):
    """When something is due. `every` is a period in seconds; with it the sets are empty."""

    minutes: frozenset[int] = frozenset()
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    any_day: bool = False
    """The day field began with `*` or `?`. When neither day field did, one match is enough."""
    any_weekday: bool = False
    every: float = 0.0
    zone: str = ""
    """From a `TZ=` or `CRON_TZ=` prefix."""


def parse(text: str) -> Schedule:
    """The schedule of an expression. ValueError with the library's message."""
    if not text:
        raise ValueError("empty spec string")
    zone = ""
    if text.startswith(("TZ=", "CRON_TZ=")):
        prefix, _, text = text.partition(" ")
        zone, text = prefix.partition("=")[2], text.strip()
    if text.startswith("@"):
        return _macro(text)._replace(zone=zone)
    return _expression(text)._replace(zone=zone)


def _macro(text: str) -> Schedule:
    if text in _MACROS:
        return _expression(_MACROS[text])
    if text.startswith("@every "):
        try:
            seconds = duration.parse(text.removeprefix("@every "))
        except ValueError as error:
            raise ValueError(f"failed to parse duration {text}: {error}") from None
        return Schedule(every=max(1.0, float(int(seconds))))
    raise ValueError(f"unrecognized descriptor: {text}")


def _expression(text: str) -> Schedule:
    parts = text.split()
    if len(parts) != len(_FIELDS):
        raise ValueError(f"expected exactly 5 fields, found {len(parts)}: [{' '.join(parts)}]")
    fields = [_field(part, bounds) for part, bounds in zip(parts, _FIELDS, strict=True)]
    (minutes, _), (hours, _), (days, any_day), (months, _), (weekdays, any_weekday) = fields
    return Schedule(minutes, hours, days, months, weekdays, any_day, any_weekday)


def _field(text: str, bounds: _Bounds) -> tuple[frozenset[int], bool]:
    values: set[int] = set()
    star = False
    for part in filter(None, text.split(",")):
        found, is_star = _range(part, bounds)
        values |= found
        star |= is_star
    return frozenset(values), star


def _range(text: str, bounds: _Bounds) -> tuple[set[int], bool]:
    """`a`, `a-b`, `*`, each perhaps with `/step`; `a/step` runs to the end."""
    span, *steps = text.split("/")
    ends = span.split("-")
    star = ends[0] in _STARS
    if star:
        start, end = bounds.low, bounds.high
    else:
        start = end = _number_or_name(ends[0], bounds)
        if len(ends) == 2:
            end = _number_or_name(ends[1], bounds)
        elif len(ends) > 2:
            raise ValueError(f"too many hyphens: {text}")
    step = 1
    if len(steps) == 1:
        step = _number(steps[0])
        end = bounds.high if len(ends) == 1 else end
        star = star and step <= 1
    elif len(steps) > 1:
        raise ValueError(f"too many slashes: {text}")
    _check_range(start, end, step, bounds, text)
    return set(range(start, end + 1, step)), star


def _check_range(start: int, end: int, step: int, bounds: _Bounds, text: str) -> None:
    if start < bounds.low:
        raise ValueError(f"beginning of range ({start}) below minimum ({bounds.low}): {text}")
    if end > bounds.high:
        raise ValueError(f"end of range ({end}) above maximum ({bounds.high}): {text}")
    if start > end:
        raise ValueError(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise ValueError(f"step of range should be a positive number: {text}")


def _number_or_name(text: str, bounds: _Bounds) -> int:
    return bounds.names[text.lower()] if text.lower() in bounds.names else _number(text)


def _number(text: str) -> int:
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not digits.isascii() or not digits.isdigit():
        raise ValueError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    value = int(text)
    if abs(value) >= 2**63:
        raise ValueError(
            f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": value out of range'
        )
    if value < 0:
        raise ValueError(f"negative number ({value}) not allowed: {text}")
    return value
