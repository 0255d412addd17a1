"""Merge patch."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wherry.apimachinery.errors import StatusError
from wherry.apimachinery.patch import merge_patch


@pytest.mark.parametrize(
    ("patch", "result"),
    [
        ({"a": None}, {"m": {"x": 1, "y": 2}}),
        ({"m": {"x": None}}, {"a": 1, "m": {"y": 2}}),
        ({"m": [1, None]}, {"a": 1, "m": [1, None]}),
        ({"m": None, "a": {"b": {"c": None, "d": 1}}}, {"a": {"b": {"d": 1}}}),
        ({"a": [{"x": None}, None]}, {"a": [{}, None], "m": {"x": 1, "y": 2}}),
        ({"m": [{"x": None}]}, {"a": 1, "m": [{"x": None}]}),
        ({"n": {"p": None}}, {"a": 1, "m": {"x": 1, "y": 2}, "n": {}}),
    ],
)
def test_patching(patch: Any, result: Any) -> None:
    doc = {"a": 1, "m": {"x": 1, "y": 2}}
    assert merge_patch.apply(doc, patch) == result
    assert doc == {"a": 1, "m": {"x": 1, "y": 2}}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"null", "Invalid JSON Patch"),
        (b"", "error decoding patch: unexpected end of JSON input"),
        (
            b"[]",
            "error decoding patch: json: cannot unmarshal array into Go value of type "
            "map[string]interface {}",
        ),
    ],
)
def test_bodies_that_are_no_patch(body: Any, message: str) -> None:
    with pytest.raises(StatusError) as caught:
        merge_patch.decode(body)
    assert (caught.value.code, caught.value.message) == (400, message)


def test_repeated_keys_are_reported() -> None:
    assert merge_patch.decode(b'{"a":1,"a":2}') == ({"a": 2}, ['duplicate field "a"'])


VALUES = st.recursive(
    st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4)


@given(OBJECTS, OBJECTS)
def test_a_difference_applied_gives_the_other_object(old: Any, new: Any) -> None:
    patched = merge_patch.apply(old, merge_patch.diff(old, new))
    assert repr(sorted(patched.items())) == repr(sorted(new.items())) or patched == new


@given(OBJECTS)
def test_nothing_to_change_is_an_empty_patch(doc: Any) -> None:
    assert merge_patch.diff(doc, doc) == {}
