"""When a schedule is due: the next time, the last missed one.

The rules for daylight saving are those of `robfig/cron`: a time that a clock skips is not made up for, one
that comes twice is due twice.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ...apimachinery.cron import Schedule

YEARS = 5
"""How far to look for a next time; a schedule like the 31st of February has none."""
MANY = 100


class Missed(NamedTuple):
    """`latest`: the last time not later than now; `some` and `many`: two and more than 100 have passed."""

    latest: datetime | None
    many: bool = False
    some: bool = False


def next_after(schedule: Schedule, moment: datetime, zone: tzinfo) -> datetime | None:
    """The first time later than `moment`, in UTC."""
    whole = moment.replace(microsecond=0).astimezone(UTC)
    if schedule.every:
        return whole + timedelta(seconds=schedule.every)
    if schedule.zone:
        zone = ZoneInfo(schedule.zone)
    at = (whole + timedelta(minutes=1)).replace(second=0)
    last_year = moment.astimezone(zone).year + YEARS
    while (local := at.astimezone(zone)).year <= last_year:
        if local.month not in schedule.months:
            at = _midnight(local.replace(day=1) + timedelta(days=32), zone, first_of_month=True)
        elif not _day_matches(schedule, local):
            at = _midnight(local + timedelta(days=1), zone)
        elif local.hour not in schedule.hours:
            at += timedelta(minutes=60 - local.minute)
        elif local.minute not in schedule.minutes:
            later = [minute for minute in schedule.minutes if minute > local.minute]
            at += timedelta(minutes=min(later, default=60) - local.minute)
        else:
            return at
    return None


def _midnight(local: datetime, zone: tzinfo, *, first_of_month: bool = False) -> datetime:
    day = 1 if first_of_month else local.day
    return datetime(local.year, local.month, day, tzinfo=zone).astimezone(UTC)


def _day_matches(schedule: Schedule, local: datetime) -> bool:
    day = local.day in schedule.days
    weekday = local.isoweekday() % 7 in schedule.weekdays
    if schedule.any_day or schedule.any_weekday:
        return day and weekday
    return day or weekday


def missed(schedule: Schedule, since: datetime, now: datetime, zone: tzinfo) -> Missed:
    """What was due after `since`. ValueError for a schedule that has no times."""
    first = next_after(schedule, since, zone)
    second = next_after(schedule, first, zone) if first is not None else None
    if first is None or second is None:
        raise ValueError("time difference between two schedules is less than 1 second")
    if now < first:
        return Missed(None)
    if now < second:
        return Missed(first)
    # The distance of the first two stands for all: near enough to skip a long gap without walking through it.
    period = round((second - first).total_seconds())
    count = int((now - first).total_seconds()) // period + 1
    latest = None
    due = next_after(schedule, first + timedelta(seconds=(count - 2) * period), zone)
    while due is not None and due <= now:
        latest = due
        due = next_after(schedule, due, zone)
    return Missed(latest, count > MANY, True)
