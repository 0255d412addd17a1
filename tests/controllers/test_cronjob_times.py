"""When a schedule is due."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest
from wherry.apimachinery import cron
from wherry.controllers.cronjob import times
from wherry.controllers.cronjob.times import Missed

BERLIN = ZoneInfo("Europe/Berlin")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def following(schedule: str, after: str, count: int = 1, zone: tzinfo = UTC) -> list[str]:
    found: list[str] = []
    at = moment(after)
    for _ in range(count):
        due = times.next_after(cron.parse(schedule), at, zone)
        if due is None:
            return [*found, "never"]
        found.append(due.strftime("%Y-%m-%d %H:%M:%S"))
        at = due
    return found


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        ("* * * * *", "2026-01-01 00:00:00", "2026-01-01 00:01:00"),
        ("* * * * *", "2026-01-01 00:00:30", "2026-01-01 00:01:00"),
        ("*/15 * * * *", "2026-01-01 00:46:00", "2026-01-01 01:00:00"),
        ("30 6-16/4 * * 1-5", "2026-01-02 14:30:00", "2026-01-05 06:30:00"),
        ("0 0 1 * *", "2026-01-01 00:00:00", "2026-02-01 00:00:00"),
        ("0 0 31 * *", "2026-01-31 00:00:00", "2026-03-31 00:00:00"),
        ("0 0 29 2 *", "2026-01-01 00:00:00", "2028-02-29 00:00:00"),
        ("@yearly", "2026-12-31 23:59:59", "2027-01-01 00:00:00"),
        ("0 0 * * SUN", "2026-01-01 00:00:00", "2026-01-04 00:00:00"),
        ("@every 90s", "2026-01-01 00:00:10", "2026-01-01 00:01:40"),
    ],
)
def test_the_next_time(schedule: str, after: str, due: str) -> None:
    assert following(schedule, after) == [due]


def test_a_day_that_never_comes() -> None:
    assert following("59 23 31 2 *", "2026-01-01 00:00:00") == ["never"]


def test_day_of_month_or_day_of_week() -> None:
    assert following("0 0 13 * FRI", "2026-01-01 00:00:00", 3) == [
        "2026-01-02 00:00:00",
        "2026-01-09 00:00:00",
        "2026-01-13 00:00:00",
    ]


def test_a_star_leaves_the_other_day_to_decide() -> None:
    assert following("0 0 13 * *", "2026-01-01 00:00:00") == ["2026-01-13 00:00:00"]


def test_a_zone_shifts_the_hours() -> None:
    assert following("0 9 * * *", "2026-01-01 00:00:00", 1, BERLIN) == ["2026-01-01 08:00:00"]
    assert following("0 9 * * *", "2026-07-01 00:00:00", 1, BERLIN) == ["2026-07-01 07:00:00"]


def test_a_zone_in_the_schedule_wins() -> None:
    assert following("CRON_TZ=Asia/Tokyo 0 9 * * *", "2026-01-01 00:00:00", 1, BERLIN) == [
        "2026-01-02 00:00:00"
    ]


def test_an_hour_that_a_clock_skips_is_not_made_up_for() -> None:
    assert following("30 2 * * *", "2026-03-28 12:00:00", 2, BERLIN) == [
        "2026-03-30 00:30:00",
        "2026-03-31 00:30:00",
    ]


def test_an_hour_that_comes_twice_is_due_twice() -> None:
    assert following("30 2 * * *", "2026-10-24 12:00:00", 3, BERLIN) == [
        "2026-10-25 00:30:00",
        "2026-10-25 01:30:00",
        "2026-10-26 01:30:00",
    ]


def missed(schedule: str, since: str, now: str) -> Missed:
    return times.missed(cron.parse(schedule), moment(since), moment(now), UTC)


def test_nothing_is_due_yet() -> None:
    assert missed("0 * * * *", "2026-01-01 00:10:00", "2026-01-01 00:50:00") == Missed(None)


def test_one_time_has_come() -> None:
    found = missed("0 * * * *", "2026-01-01 00:10:00", "2026-01-01 01:00:00")
    assert found == Missed(moment("2026-01-01 01:00:00"))


def test_of_several_the_last_counts() -> None:
    found = missed("0 * * * *", "2026-01-01 00:10:00", "2026-01-01 05:30:00")
    assert found == Missed(moment("2026-01-01 05:00:00"), many=False, some=True)


def test_irregular_times() -> None:
    found = missed("30 6-16/4 * * 1-5", "2026-01-02 05:00:00", "2026-01-05 11:00:00")
    assert found.latest == moment("2026-01-05 10:30:00")


def test_periods_keep_their_phase() -> None:
    found = missed("@every 7m", "2026-01-01 00:00:00", "2026-01-01 01:00:00")
    assert found.latest == moment("2026-01-01 00:56:00")


@pytest.mark.parametrize(("minutes", "many"), [(100, False), (101, True), (100_000, True)])
def test_more_than_a_hundred_are_many(minutes: int, many: bool) -> None:
    start = moment("2026-01-01 00:00:00")
    now = datetime.fromtimestamp(start.timestamp() + minutes * 60, UTC)
    found = times.missed(cron.parse("* * * * *"), start, now, UTC)
    assert found == Missed(now, many, True)


def test_a_schedule_without_times_is_invalid() -> None:
    with pytest.raises(ValueError, match="time difference between two schedules is less than 1 second"):
        missed("59 23 31 2 *", "2026-01-01 00:00:00", "2026-01-02 00:00:00")
