"""Field selectors: the grammar, escapes, and what they match."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wherry.apimachinery import fields
from wherry.apimachinery.fields import FieldRequirement, FieldSelector

POD = {"metadata.name": "web", "status.phase": "Running"}


def matches(text: str) -> bool:
    return fields.parse(text).matches(lambda name: POD.get(name, ""))


def test_matching() -> None:
    assert matches("metadata.name=web,status.phase!=Failed")
    assert matches("metadata.name==web") and matches("spec.x=") and matches("")
    assert not matches("metadata.name!=web") and not matches("metadata.name=db")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("metadata.name", "invalid selector: 'metadata.name'; can't understand 'metadata.name'"),
        ("a=b\\x", "invalid field selector: invalid escape sequence: \\x"),
        ("a=b\\", "invalid field selector: invalid escape sequence: \\"),
        ("a=b=c", "invalid field selector: unescaped character in value: 61"),
    ],
)
def test_messages(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        fields.parse(text)
    assert str(caught.value) == message


def test_requirements_are_in_order_of_terms() -> None:
    assert fields.parse("b=1,,a!=2").requirements == [
        FieldRequirement("a", "!=", "2"),
        FieldRequirement("b", "=", "1"),
    ]


def test_exact_and_empty() -> None:
    assert fields.parse("a=1,b!=2").exact("a") == "1"
    assert fields.parse("a=1,b!=2").exact("b") is None
    assert fields.parse("").empty and not fields.parse("a=").empty


@given(st.text(max_size=8))
def test_any_value_can_be_escaped(value: Any) -> None:
    selector = FieldSelector([FieldRequirement("f", "=", value)])
    assert fields.parse(str(selector)).requirements == selector.requirements
