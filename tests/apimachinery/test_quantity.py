"""Quantities: exact values, canonical texts, upstream's refusals."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wherry.apimachinery import quantity
from wherry.apimachinery.quantity import parse


@pytest.mark.parametrize(
    ("given_text", "canonical"),
    [
        ("100m", "100m"),
        ("1000m", "1"),
        ("1000", "1k"),
        ("1500", "1500"),
        ("0.5", "500m"),
        ("1.5Gi", "1536Mi"),
        ("1024Mi", "1Gi"),
        ("1000Ki", "1000Ki"),
        ("0.5Mi", "512Ki"),
        ("1.1Mi", "1153433600m"),
        ("0Mi", "0"),
        ("0.1n", "1n"),
        ("-1.5", "-1500m"),
        ("1e3", "1e3"),
        ("12E", "12E"),
        ("9Ei", "9223372036854775807"),
        (1, "1"),
        (0.25, "250m"),
        (" 5 ", "5"),
    ],
)
def test_canonical_text(given_text: Any, canonical: str) -> None:
    assert quantity.canonical(given_text) == canonical


@pytest.mark.parametrize("text", ["+1", "1.500", "1E3", "5."])
def test_some_texts_stay_as_they_were_given(text: str) -> None:
    assert quantity.canonical(text) == text


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "1 Gi", "0x1", "1Ki5x"])
def test_no_quantity(text: str) -> None:
    with pytest.raises(ValueError, match="quantities must match the regular expression"):
        parse(text)


@pytest.mark.parametrize("text", ["1Kii", "1K", "--1", "1mm", "1e", "1e99999999999"])
def test_no_suffix(text: str) -> None:
    with pytest.raises(ValueError, match="unable to parse quantity's suffix"):
        parse(text)


def test_values_round_up_away_from_zero() -> None:
    assert (quantity.milli("0.1m"), quantity.whole("100m")) == (1, 1)
    assert (parse("-0.1m").milli(), parse("-1500m").whole()) == (-1, -2)
    assert parse("1u").round_up_milli().format() == "1m"


def test_comparison_is_by_value() -> None:
    assert parse("1000m") == parse("1") and hash(parse("1000m")) == hash(parse("1"))
    assert parse("1Ki") > parse("1k") and max(parse("2"), parse("1500m")) == parse("2")
    assert bool(parse("0")) is False and parse("-1").sign == -1


def test_sums_keep_the_style_of_the_first_that_is_not_zero() -> None:
    assert str(parse("1Gi") + parse("1G")) == "2073741824"
    assert str(parse("0") + parse("1Gi")) == "1Gi"
    assert str(parse("1Gi") - parse("512Mi")) == "512Mi"
    assert str(-parse("2k")) == "-2k"


SUFFIXES = ["", "n", "u", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e2", "E-3"]


@given(st.integers(-(10**9), 10**9), st.sampled_from(SUFFIXES))
def test_the_canonical_text_means_the_same(number: Any, suffix: Any) -> None:
    value = parse(f"{number}{suffix}")
    again = parse(value.format())
    assert again == value and again.format() == value.format()
