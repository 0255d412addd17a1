"""Label selectors: the grammar, the messages, and what they match."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wherry.apimachinery import labels


@pytest.mark.parametrize(
    ("text", "matching", "other"),
    [
        ("a=1", {"a": "1"}, {"a": "2"}),
        ("a==1", {"a": "1"}, {}),
        ("a!=1", {}, {"a": "1"}),
        ("a in (1,2)", {"a": "2"}, {"a": "3"}),
        ("a notin (1,2)", {"a": "3"}, {"a": "1"}),
        ("a", {"a": ""}, {"b": "1"}),
        ("!a", {"b": "1"}, {"a": "1"}),
        ("a>5", {"a": "6"}, {"a": "x"}),
        ("a<5", {"a": "-1"}, {"a": "5"}),
        ("a=1,b=2", {"a": "1", "b": "2", "c": "3"}, {"a": "1"}),
        ("a=", {"a": ""}, {"a": "1"}),
        ("a in ()", {"a": ""}, {}),
        (" a = 1 , !b ", {"a": "1"}, {"a": "1", "b": "2"}),
        ("in in (in,notin)", {"in": "notin"}, {}),
        ("", {}, None),
    ],
)
def test_matching(text: str, matching: Any, other: Any) -> None:
    selector = labels.parse(text)
    assert selector.matches(matching)
    assert other is None or not selector.matches(other)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a in (b,", "unable to parse requirement: found '', expected: ',', or identifier"),
        ("a in (", "unable to parse requirement: found '', expected: ',', ')' or identifier"),
        ("a=(", "unable to parse requirement: found '(', expected: identifier"),
        ("!=a", "found '!=', expected: !, identifier, or 'end of string'"),
        ("a=1,", "found '', expected: identifier after ','"),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("/x", 'unable to parse requirement: <nil>: Invalid value: "/x": prefix part must be non-empty'),
        (
            "a>b",
            "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the "
            "value must be an integer",
        ),
    ],
)
def test_messages(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        labels.parse(text)
    assert str(caught.value) == message


def test_a_bad_value_names_its_key() -> None:
    with pytest.raises(ValueError, match=r'values\[0\]\[a\]: Invalid value: "v;": a valid label must be'):
        labels.parse("a=v;")


def test_text_is_in_order_of_keys() -> None:
    assert str(labels.parse("b notin (y,x),!a,c>1,d")) == "!a,b notin (x,y),c>1,d"


def test_label_selector_objects() -> None:
    assert not labels.from_label_selector(None).matches({"a": "1"})
    assert labels.from_label_selector({}).empty
    selector = labels.from_label_selector(
        {"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "DoesNotExist"}]}
    )
    assert str(selector) == "a=1,!b"
    assert selector.matches({"a": "1"}) and not selector.matches({"a": "1", "b": "2"})


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ({"key": "a", "operator": "Near"}, '"Near" is not a valid label selector operator'),
        ({"key": "a", "operator": "In"}, "for 'in', 'notin' operators, values set can't be empty"),
        ({"key": "a", "operator": "Exists", "values": ["x"]}, "values set must be empty for exists"),
    ],
)
def test_wrong_label_selector_objects(expression: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        labels.from_label_selector({"matchExpressions": [expression]})


def test_exact_requirements_serve_indexes() -> None:
    assert labels.parse("a=1,b in (2),c in (3,4),!d").exact == {"a": "1", "b": "2"}
    assert labels.from_map({"a": "1"}).exact == {"a": "1"}


WORDS = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)
SETS = st.dictionaries(WORDS, WORDS, max_size=4)


@given(SETS, SETS)
def test_a_printed_selector_reads_the_same(wanted: Any, present: Any) -> None:
    selector = labels.from_map(wanted)
    again = labels.parse(str(selector))
    assert again.matches(present) == selector.matches(present) == (wanted.items() <= present.items())
    assert sorted(str(selector).split(",")) == labels.format_set(wanted).split(",")
