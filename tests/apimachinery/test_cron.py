"""Cron expressions: what they mean and how they are refused."""

from __future__ import annotations

import pytest
from wherry.apimachinery import cron


def test_fields_name_sets() -> None:
    schedule = cron.parse("0,30 8-18/2 1,15 JAN mon-FRI")
    assert schedule.minutes == {0, 30}
    assert schedule.hours == {8, 10, 12, 14, 16, 18}
    assert schedule.days == {1, 15}
    assert schedule.months == {1}
    assert schedule.weekdays == {1, 2, 3, 4, 5}


def test_a_step_without_an_end_runs_to_the_end() -> None:
    assert cron.parse("50/5 * * * *").minutes == {50, 55}


def test_stars_are_remembered_for_the_day_fields() -> None:
    schedule = cron.parse("* * ? * */2")
    assert (schedule.any_day, schedule.any_weekday) == (True, False)


def test_macros() -> None:
    assert cron.parse("@daily") == cron.parse("0 0 * * *")
    assert cron.parse("@every 1h30m").every == 5400.0
    assert cron.parse("@every 0s").every == 1.0


def test_a_zone_before_the_expression() -> None:
    assert cron.parse("TZ=Europe/Prague 0 0 * * *").zone == "Europe/Prague"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty spec string"),
        ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
        ("0 0 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("0 0 * * 7", "end of range (7) above maximum (6): 7"),
        ("30-10 * * * *", "beginning of range (30) beyond end of range (10): 30-10"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("1/2/3 * * * *", "too many slashes: 1/2/3"),
        ("0 0 * FOO *", 'failed to parse int from FOO: strconv.Atoi: parsing "FOO": invalid syntax'),
        ("@fortnightly", "unrecognized descriptor: @fortnightly"),
        ("@every soon", 'failed to parse duration @every soon: time: invalid duration "soon"'),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError) as refused:
        cron.parse(text)
    assert str(refused.value) == message
