"""JSON bodies: values, repeated keys, and Go's words for what is no JSON."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wherry.apimachinery.jsonio import dumps
from wherry.apimachinery.serializer import go_format, go_json, json_strict


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "unexpected end of JSON input"),
        (b'{"a":', "unexpected end of JSON input"),
        (b'"a', "unexpected end of JSON input"),
        (b"hello", "invalid character 'h' looking for beginning of value"),
        (b"{} {}", "invalid character '{' after top-level value"),
        (b'{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        (b"{'a':1}", "invalid character '\\'' looking for beginning of object key string"),
        (b'{"a" 1}', "invalid character '1' after object key"),
        (b'{"a":1 "b":2}', "invalid character '\"' after object key:value pair"),
        (b"[1 2]", "invalid character '2' after array element"),
        (b"[1,]", "invalid character ']' looking for beginning of value"),
        (b"- a", "invalid character ' ' in numeric literal"),
        (b"1.x", "invalid character 'x' after decimal point in numeric literal"),
        (b"1ex", "invalid character 'x' in exponent of numeric literal"),
        (b"trux", "invalid character 'x' in literal true (expecting 'e')"),
        (b'"\n"', "invalid character '\\n' in string literal"),
        (b'"\\q"', "invalid character 'q' in string escape code"),
        (b'"\\u12x"', "invalid character 'x' in \\u hexadecimal character escape"),
        (b"\xef\xbb\xbf{}", "invalid character 'ï' looking for beginning of value"),
        (b"\x00", "invalid character '\\x00' looking for beginning of value"),
        (b"[" * 20_000, "exceeded max depth"),
    ],
)
def test_syntax_errors(text: bytes, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        json_strict.loads(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        (b'{"a":1,"b":{"a":2}}', []),
        (b'{"a":1,"a":2}', ["a"]),
        (b'{"m":{"l":{"x":"1","x":"2"}}}', ["m.l.x"]),
        (b'{"a":[{"b":1},{"b":1,"b":2}]}', ["a[1].b"]),
        (b'{"d":{"k":1},"d":{"k":2,"k":3}}', ["d", "d.k"]),
        (b'{"a":{"b":1},"a":{"b":2}}', ["a"]),
        (b'{"a" : 1, "\\u0061": 2}', ["a"]),
        (b'{"a":"\\":","b":"x\\":y"}', []),
    ],
)
def test_repeated_keys(text: bytes, paths: list[str]) -> None:
    assert json_strict.loads(text)[1] == [f'duplicate field "{path}"' for path in paths]


def test_the_last_of_repeated_keys_wins() -> None:
    assert json_strict.loads(b'{"a":1,"a":2}')[0] == {"a": 2}


def test_bytes_that_are_no_text_become_replacement_characters() -> None:
    assert json_strict.loads(b'{"a":"\xff"}')[0] == {"a": "\ufffd"}
    assert json_strict.loads(b'{"a":"\\ud800"}')[0] == {"a": "\ufffd"}


def test_problems_come_in_the_order_of_the_document() -> None:
    body = b'{"m":{"zz":1},"data":{"a":1,"a":2},"spec":{"x":1,"x":2}}'
    unknown = ['unknown field "m.zz"', 'unknown field "spec"']
    assert json_strict.in_order(body, json_strict.loads(body)[1], unknown) == [
        'unknown field "m.zz"',
        'duplicate field "data.a"',
        'unknown field "spec"',
    ]


def test_an_object_is_required() -> None:
    assert json_strict.require_object(None) == {}
    with pytest.raises(ValueError, match="cannot unmarshal array into Go value of type map"):
        json_strict.require_object([])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 53), 1 << 53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(JSON)
def test_what_is_json_has_no_problems(value: Any) -> None:
    data = dumps(value)
    assert json_strict.loads(data) == (value, [])
    assert go_json.syntax_problem(data) == ""


@given(st.binary(max_size=12))
def test_any_bytes_give_a_value_or_a_message(data: Any) -> None:
    try:
        json_strict.loads(data)
    except ValueError as error:
        assert str(error) == go_json.syntax_problem(data) != ""


def test_values_as_go_prints_them() -> None:
    value = {"b": [1, "x", None], "a": {"t": True}, "f": 1.5, "w": 2.0}
    assert go_format.show(value) == "map[a:map[t:true] b:[1 x <nil>] f:1.5 w:2]"


def test_hostile_repetitions_cost_little() -> None:
    """These kept a server busy for minutes."""
    many = b",".join(b'"k%d":1,"k%d":2' % (i, i) for i in range(5000))
    assert len(json_strict.loads(b"{%b}" % many)[1]) == json_strict.MAX_PROBLEMS
    behind = b'{"%b":{%b}}' % (b"a" * 1_000_000, b",".join([b'"b":1'] * 5000))
    assert json_strict.loads(behind)[1] == ['duplicate field "' + "a" * 1_000_000 + '.b"']


def test_an_object_given_again_has_its_own_keys() -> None:
    _, problems = json_strict.loads(b'{"a":{"x":1},"a":{"x":2,"y":3,"y":4},"l":[{"q":1},{"q":1,"q":2}]}')
    assert problems == [f'duplicate field "{path}"' for path in ("a", "a.y", "l[1].q")]
