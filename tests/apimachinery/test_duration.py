"""Ages as kubectl shows them, and Go's text form of durations."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wherry.apimachinery import duration, intstr


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (599, "9m59s"),
        (600, "10m"),
        (10799, "179m"),
        (10800, "3h"),
        (11400, "3h10m"),
        (28800, "8h"),
        (172799, "47h"),
        (172800, "2d"),
        (180000, "2d2h"),
        (691200, "8d"),
        (63071999, "729d"),
        (63072000, "2y"),
        (66000000, "2y33d"),
        (252288000, "8y"),
    ],
)
def test_ages(seconds: Any, shown: str) -> None:
    assert duration.human(seconds) == shown


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1h30m", "1h30m0s"),
        ("90m", "1h30m0s"),
        ("1.5s", "1.5s"),
        ("300ms", "300ms"),
        ("0", "0s"),
        ("-1m", "-1m0s"),
    ],
)
def test_canonical(text: str, canonical: str) -> None:
    assert duration.canonical(text) == canonical


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'time: invalid duration ""'),
        ("5", 'time: missing unit in duration "5"'),
        ("5d", 'time: unknown unit "d" in duration "5d"'),
        ("x", 'time: invalid duration "x"'),
        ("999999999h", 'time: invalid duration "999999999h"'),
    ],
)
def test_wrong_durations(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        duration.parse(text)
    assert str(caught.value) == message


@given(st.integers(-(1 << 62), 1 << 62))
def test_a_printed_duration_reads_the_same(nanoseconds: Any) -> None:
    assert duration.parse_nanoseconds(duration.format_nanoseconds(nanoseconds)) == nanoseconds


def test_shares_of_a_total() -> None:
    assert intstr.scaled(3, 10, round_up=False) == 3
    assert (intstr.scaled("25%", 10, round_up=True), intstr.scaled("25%", 10, round_up=False)) == (3, 2)


@pytest.mark.parametrize("text", ["5", "x%", "%"])
def test_no_share(text: str) -> None:
    with pytest.raises(ValueError, match="invalid value for IntOrString"):
        intstr.scaled(text, 10, round_up=True)
