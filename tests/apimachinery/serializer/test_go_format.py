"""Values as Go's `%v` and `%s` print them."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.serializer import go_format


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": {"c": [1, "x", None]}, "a": True}, "map[a:true b:map[c:[1 x <nil>]]]"),
        ({"f": 1.5, "g": 1e21, "h": 2.0, "i": 1e-7}, "map[f:1.5 g:1e+21 h:2 i:1e-07]"),
        ({}, "map[]"),
    ],
)
def test_values_are_shown_as_go_prints_them(value: Any, text: str) -> None:
    assert go_format.show(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("merge", "merge"),
        (1, "%!s(int64=1)"),
        (None, "%!s(<nil>)"),
        ({"a": [1, None, True, 1.5, "x"]}, "map[a:[%!s(int64=1) <nil> %!s(bool=true) %!s(float64=1.5) x]]"),
    ],
)
def test_what_is_no_text_is_marked_where_go_wants_one(value: Any, text: str) -> None:
    assert go_format.text(value) == text
