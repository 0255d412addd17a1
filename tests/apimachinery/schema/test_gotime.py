"""Go's time parsing, texts included."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from wherry.apimachinery.schema import gotime

RFC = "2006-01-02T15:04:05Z07:00"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.123456789Z", datetime(2026, 1, 2, 3, 4, 5, 123456, UTC)),
        ("2026-01-02T03:04:05-01:30", datetime(2026, 1, 2, 4, 34, 5, tzinfo=UTC)),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    assert gotime.parse(text) == moment


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", f' as "{RFC}": cannot parse "" as "2006"'),
        ("2026-1-02T03:04:05Z", f' as "{RFC}": cannot parse "1-02T03:04:05Z" as "01"'),
        ("2026-01-02 03:04:05Z", f' as "{RFC}": cannot parse " 03:04:05Z" as "T"'),
        ("2026-01-02T03:04:05", f' as "{RFC}": cannot parse "" as "Z07:00"'),
        ("2026-13-02T03:04:05Z", ": month out of range"),
        ("2026-02-30T03:04:05Z", ": day out of range"),
        ("9999-12-31T23:59:59-01:00", ": year out of range"),
        ("2026-01-02T25:04:05Z", ": hour out of range"),
        ("2026-01-02T03:04:05Z!", ': extra text: "!"'),
    ],
)
def test_faults(text: str, why: str) -> None:
    with pytest.raises(ValueError) as error:
        gotime.parse(text)
    assert str(error.value) == f'parsing time "{text}"{why}'


def test_micro_times_want_six_digits() -> None:
    assert gotime.parse("2026-01-02T03:04:05.000001Z", gotime.RFC3339_MICRO).microsecond == 1
    with pytest.raises(ValueError, match=r'cannot parse "Z" as "\.000000"'):
        gotime.parse("2026-01-02T03:04:05Z", gotime.RFC3339_MICRO)
