"""YAML bodies: YAML 1.1 scalars, JSON's data model, bounded work."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wherry.apimachinery.serializer import yaml_io


def load(text: str) -> Any:
    return yaml_io.loads(text.encode())[0]


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("yes", True),
        ("Off", False),
        ("n", False),
        ("~", None),
        ("", None),
        ("012", 10),
        ("0x1F", 31),
        ("0b11", 3),
        ("1_000", 1000),
        ("-5", -5),
        ("08", 8),
        ("1e3", 1000),
        (".5", 0.5),
        ("1.0", 1),
        ("2001-01-01", "2001-01-01"),
        ("12:30", "12:30"),
        ("1.2.3", "1.2.3"),
        ("'1'", "1"),
        ("!!str 1", "1"),
        ("!custom 1", "1"),
        ("|\n  two\n  lines", "two\nlines\n"),
    ],
)
def test_scalars(scalar: Any, value: Any) -> None:
    loaded = load(f"a: {scalar}\n")["a"]
    assert loaded == value and type(loaded) is type(value)


def test_keys_become_strings() -> None:
    assert load("1: a\ntrue: b\nn: c") == {"1": "a", "true": "b", "false": "c"}


def test_only_the_first_document_counts() -> None:
    assert load("a: 1\n---\nb: 2\n") == {"a": 1}
    assert load("# nothing\n") is None


def test_anchors_and_merge_keys() -> None:
    assert load("x: &x {p: 1, q: 2}\nz:\n  <<: *x\n  q: 3\n")["z"] == {"p": 1, "q": 3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [b", "yaml: line 1: did not find expected ',' or ']'"),
        ("v: 1\n\tkind: x", "yaml: line 2: found a tab character that violates indentation"),
        ("x: 1\nm:\n\tname: o\n", "yaml: line 3: found character that cannot start any token"),
        ("a: *b", "yaml: unknown anchor 'b' referenced"),
        ("a: .inf", "json: unsupported value: +Inf"),
        (r'{"a": "\ud83d\udc0e"}', "yaml: found invalid Unicode character escape code"),
        ('{"a": "b",\n"c": "\\\\\\/"}', "yaml: line 2: found unknown escape character"),
        ("a: " + "[" * 5000, "yaml: exceeded max depth of 10000"),
    ],
)
def test_errors(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        load(text)
    assert str(caught.value) == message


def test_a_backslash_is_no_escape_of_what_follows() -> None:
    assert load(r'{"a": "\\/\\ud83d"}') == {"a": "\\/\\ud83d"}


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    with pytest.raises(ValueError, match="excessive aliasing"):
        load("\n".join(lines))


def test_repeated_keys_are_reported_with_their_line() -> None:
    assert yaml_io.loads(b"d:\n  k: |\n    x\n  k: z\n") == (
        {"d": {"k": "z"}},
        ['line 4: key "k" already set in map'],
    )
    assert yaml_io.loads(b'{"a":1,"a":2}')[1] == ['line 1: key "a" already set in map']


def test_printing() -> None:
    value = {"b": "1", "a": ["yes", {"z": None, "c": {}}], "t": "2001-01-01", "m": "x\ny\n"}
    assert yaml_io.dumps(value) == (
        'a:\n- "yes"\n- c: {}\n  z: null\nb: "1"\nm: |\n  x\n  y\nt: "2001-01-01"\n'
    )


def test_only_whole_words_are_quoted() -> None:
    assert yaml_io.dumps({"name": "none", "n": "no"}) == '"n": "no"\nname: none\n'


TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["Cc"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 40), 1 << 40) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_is_printed_reads_the_same(value: Any) -> None:
    assert load(yaml_io.dumps(value)) == value


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a: \xff", "invalid leading UTF-8 octet"),
        (b'{"a": "\xff"}', "invalid leading UTF-8 octet"),
        (b"a: \xc3(", "invalid trailing UTF-8 octet"),
        (b"a: \xe2\x82", "incomplete UTF-8 octet sequence"),
        (b"a: \xc0\x80", "invalid length of a UTF-8 sequence"),
        (b"a: \xed\xa0\x80", "invalid Unicode character"),
        (b"a: \xf5\x80\x80\x80", "invalid Unicode character"),
    ],
)
def test_what_is_no_utf_8(data: bytes, why: str) -> None:
    with pytest.raises(yaml_io.YamlError, match=f"^yaml: {why}$"):
        yaml_io.loads(data)


def test_repeated_keys_are_one_problem_of_a_strict_decoder() -> None:
    problems = ['line 1: key "a" already set in map', 'line 2: key "b" already set in map', "unknown field"]
    assert yaml_io.together(problems) == [
        'yaml: unmarshal errors:\n  line 1: key "a" already set in map\n  line 2: key "b" already set in map',
        "unknown field",
    ]
    assert yaml_io.together(["unknown field"]) == ["unknown field"]
