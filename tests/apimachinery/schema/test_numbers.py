"""Numbers against bounds, with Go's conversions between floats and whole numbers."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.schema.json_types import go_float, is_json_integer
from wherry.apimachinery.schema.numbers import faults


def said(raw: dict[str, Any], value: float, kind: str = "", form: str = "") -> list[str]:
    return [fault.text for fault in faults(raw, kind, form, value, "f")]


@pytest.mark.parametrize(
    ("raw", "value", "texts"),
    [
        ({"minimum": 2.0}, 1, ["should be greater than or equal to 2"]),
        ({"minimum": 0.5}, 0, []),
        ({"minimum": 0.5}, 0.0, ["should be greater than or equal to 0.5"]),
        ({"maximum": 2.5}, 3, ["should be less than or equal to 2"]),
        ({"maximum": 5, "exclusiveMaximum": True}, 5, ["should be less than 5"]),
        ({"multipleOf": 0.1}, 0.3, []),
        ({"multipleOf": 0.1}, 0.35, ["should be a multiple of 0.1"]),
        ({"multipleOf": 3}, 10, ["should be a multiple of 3"]),
        ({"multipleOf": -1}, 1, ["factor MultipleOf declared for f must be positive: -1"]),
        ({"multipleOf": 0.5}, 1, ["factor MultipleOf declared for f must be positive: 0"]),
    ],
)
def test_bounds(raw: dict[str, Any], value: float, texts: list[str]) -> None:
    assert said(raw, value) == texts


def test_a_bound_that_the_type_cannot_hold_is_told_too() -> None:
    assert said({"maximum": 2.5}, 3, "integer") == [
        "Maximum boundary value must be of type integer (default format) in f",
        "should be less than or equal to 2.5",
    ]


@pytest.mark.parametrize(
    ("kind", "form", "value", "fits"),
    [
        ("integer", "int32", 2147483647, True),
        ("integer", "int32", -2147483649, False),
        ("integer", "", 1.0, True),
        ("integer", "", 1.5, False),
        ("number", "float", 3.4e38, True),
        ("number", "float", 1e39, False),
        ("number", "double", 1e300, True),
    ],
)
def test_formats(kind: str, form: str, value: float, fits: bool) -> None:
    assert (said({}, value, kind, form) == []) is fits


@pytest.mark.parametrize(
    ("number", "text"), [(1.0, "1"), (0.5, "0.5"), (1e-05, "1e-05"), (1e21, "1e+21"), (1e20, "1" + "0" * 20)]
)
def test_floats_as_go_writes_them(number: float, text: str) -> None:
    assert go_float(number) == text


def test_what_go_takes_for_a_whole_number() -> None:
    assert [is_json_integer(n) for n in (1.0, 3.0000000001, 1.5, 2.0**53, 1e300)] == [
        True,
        True,
        False,
        False,
        False,
    ]
