"""The language itself: operators, literals, logic, macros."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.apimachinery.cel.expressions import evaluate, failure, issues

VALUES: list[tuple[str, Any]] = [
    ("1 + 2 * 3 - 4 / 2 % 3", 5),
    ("(1 + 2) * 3", 9),
    ("-7 / 2", -3),
    ("-7 % 2", -1),
    ("- -x", 5),
    ("!!true", True),
    ("7.0 / 0.0", math.inf),
    ("0x1F + -0x1F", 0),
    ("1e3 + .5", 1000.5),
    ("5u - 3u == 2u", True),
    ("-9223372036854775808", -(1 << 63)),
    ("'a' + \"b\" + '''c''' + r'\\d'", "abc\\d"),
    (r"'\x41\u00e9\101\n\''", "AéA\n'"),
    (r"b'\xff' + b'a'", b"\xffa"),
    ("[1, 2] + [3]", [1, 2, 3]),
    ("[1, 2,][1]", 2),
    ("{'a': {'b': 3}}.a.b", 3),
    ("{1: 'x'}[1]", "x"),
    ("{1: 'x'}[dyn(1u)]", "x"),
    ("x > 4 ? 'y' : 'n'", "y"),
    ("true ? 1 : 2 + 3", 1),
    ("1 < 1.5 && 1u < 2 && 2.5 > 2u", True),
    ("'a' < 'b' && b'a' <= b'a' && false < true", True),
    ("dyn(1) == dyn(1.0) && dyn(1) == dyn(1u)", True),
    ("dyn(true) == dyn(1)", False),
    ("dyn('1') == dyn(1)", False),
    ("[dyn(1), dyn(2.0)] == [dyn(1.0), dyn(2)]", True),
    ("{'a': dyn(1)} == {'a': dyn(1.0)}", True),
    ("1 != 2 && 'a' != 'b'", True),
    ("null == null", True),
    ("2 in [1, 2] && !(3 in [1, 2])", True),
    ("'a' in {'a': 1}", True),
    ("size({1.5: 1, double('Infinity'): 2})", 2),
    ("{'a': 1, 'a': 2, 'b': 3, ?'b': optional.none()}", {"a": 2}),
    ("type(1) == int && type('') == string && type([]) == list", True),
    ("type(int) == type", True),
    ("size('aéb') + 'ab'.size() + size([1]) + {'a': 1}.size()", 7),
    ("has({'a': 1}.a) && !has({'a': 1}.b)", True),
    ("object.`a.b`", 7),
    ("object // the rest is a comment", {"a.b": 7}),
]


@pytest.mark.parametrize(("expression", "value"), VALUES)
def test_values(expression: str, value: Any) -> None:
    found = evaluate(expression, x=5, object={"a.b": 7})
    assert found == value
    assert type(found) is type(value)


LOGIC = [
    ("false && 1 / 0 == 1", False),
    ("1 / 0 == 1 && false", False),
    ("true || 1 / 0 == 1", True),
    ("1 / 0 == 1 || true", True),
    ("[0, 2].exists(i, 4 / i == 2)", True),
    ("[0, 2].all(i, 4 / i == 3)", False),
]


@pytest.mark.parametrize(("expression", "value"), LOGIC)
def test_a_term_that_decides_makes_errors_void(expression: str, value: bool) -> None:
    assert evaluate(expression) is value


MACROS: list[tuple[str, Any]] = [
    ("[1, 2, 3].all(i, i > 0)", True),
    ("[].all(i, i > 0) && ![].exists(i, i > 0)", True),
    ("[1, 2, 3].exists(i, i > 2)", True),
    ("[1, 2, 3].exists_one(i, i > 2) && ![1, 2].existsOne(i, i > 0)", True),
    ("[1, 2, 3].map(i, i * 2)", [2, 4, 6]),
    ("[1, 2, 3].map(i, i > 1, i * 2)", [4, 6]),
    ("[1, 2, 3].filter(i, i != 2)", [1, 3]),
    ("{'a': 1, 'b': 2}.map(k, k)", ["a", "b"]),
    ("{'a': 1, 'b': 2}.filter(k, k == 'a')", ["a"]),
    ("[1, 2].map(i, [3].map(j, i + j))", [[4], [5]]),
    ("[[1], [2]].map(i, i.map(i, i + 1))", [[2], [3]]),
    ("[5, 6].all(i, v, v == i + 5)", True),
    ("[5, 6].exists(i, v, i == 1 && v == 6)", True),
    ("{'a': 1}.existsOne(k, v, v == 1)", True),
    ("[5, 6].transformList(i, v, i + v)", [5, 7]),
    ("[5, 6].transformList(i, v, v > 5, i + v)", [7]),
    ("{'a': 1}.transformMap(k, v, v + 1)", {"a": 2}),
    ("{'a': 1, 'b': 2}.transformMap(k, v, v > 1, v)", {"b": 2}),
    ("[1].transformMapEntry(i, v, {string(v): i})", {"1": 0}),
    ("['b', 'a'].sortBy(e, e)", ["a", "b"]),
    ("[1, 2, 3].sortBy(e, -e)", [3, 2, 1]),
    ("optional.of(2).optMap(v, v + 1).value()", 3),
    ("optional.of(2).optFlatMap(v, optional.of(v * 2)).value()", 4),
    ("optional.none().optMap(v, v + 1).hasValue()", False),
    ("{}[?'a'][1 / 0].hasValue() || [[]][?1][?1 / 0].hasValue()", False),
]


@pytest.mark.parametrize(("expression", "value"), MACROS)
def test_macros(expression: str, value: Any) -> None:
    assert evaluate(expression) == value


FAILURES = [
    ("1 / 0", "division by zero"),
    ("1 % 0", "modulus by zero"),
    ("9223372036854775807 + 1", "integer overflow"),
    ("-(-9223372036854775808)", "integer overflow"),
    ("1u - 2u", "unsigned integer overflow"),
    ("[1][1]", "index out of bounds: 1"),
    ("[1][-1]", "index out of bounds: -1"),
    ("{'a': 1}['b']", "no such key: b"),
    ("{'a': 1}.b", "no such key: b"),
    ("object.a.b.c", "no such key: b"),
    ("object.n.b", "no such key: b"),
    ("y", "no such attribute(s): y"),
    ("x + 'a'", "no such overload"),
    ("x.startsWith('a')", "no such overload"),
    ("x ? 1 : 2", "no such overload"),
    ("[1, 0].all(i, 1 / i == 1)", "division by zero"),
    ("x.all(i, true)", "got 'types.Int', expected iterable type"),
    ("x.all(i, v, true)", "unsupported comprehension range type: types.Int"),
    ("dyn(optional.of([1])).all(i, v, true)", "unsupported comprehension range type: *types.Optional"),
    ("dyn(url('http://a')).all(i, true)", "got 'cel.URL', expected iterable type"),
    ("object.n.all(i, true)", "got 'types.Null', expected iterable type"),
    ("[1 / (x - 1)].sort() == [] || true",
     "internal error: interface conversion: *types.Err is not traits.Lister: missing method Add"),
    ("x + dyn('a')", "no such overload"),
    ("dyn(null) + x", "no such overload: _+_"),
    ("-dyn([x])", "no such overload: -_"),
    ("dyn([x]) < x", "no such overload: _<_"),
    ("size(x)", "no such overload: size"),
    ("x.find('a')", "no such overload"),
    ("x.getFullYear()", "no such overload: getFullYear(int)"),
    ("x['a']", "no such key: a"),
    ("dyn([x])['a']", "unsupported index type 'string' in list"),
    ("dyn([x])[1.5]", "unsupported index value 1.5 in list"),
    ("[x][dyn(1.0 / 0.0)]", "unsupported index value +Inf in list"),
    ("[x][dyn(0.0 / 0.0)]", "unsupported index value NaN in list"),
    ("[x][dyn(1e30)]", "unsupported index value 1e+30 in list"),
    ("[x][dyn(18446744073709551615u)]", "unsupported index value 18446744073709551615 in list"),
    ("{}[[x]]", "invalid qualifier type: *types.baseList"),
    ("{}[?optional.of(x)]", "invalid qualifier type: *types.Optional"),
    ("{b'a': x}.size()", "internal error: runtime error: hash of unhashable type types.Bytes"),
    ("{optional.of(1): 1}.size()", "unsupported key type"),
    ("[1 / (x - 1)].sortBy(i, 2)",
     "internal error: interface conversion: *types.Err is not traits.Lister: missing method Add"),
    ("dyn(1 / (x - 1)).sort()", "division by zero"),
    ("dyn(x).sort()", "no such overload: sort"),
    ("[x].sortBy(i, dyn([i]))", "list elements must be comparable"),
    ("dyn([dyn(x), dyn([x])]).sort()", "list elements must have the same type"),
    ("{semver('1.2.3'): x}.size()", "internal error: runtime error: hash of unhashable type cel.Semver"),
    ("[1, 2].sortBy(i, 1 / (i - 1))",
     "internal error: interface conversion: *types.Err is not traits.Lister: missing method Add"),
    ("{'a': 1}.transformMapEntry(k, v, {'b': v}).size() + [1, 2].transformMapEntry(i, v, {'k': v}).size()",
     "insert failed: key k already exists"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "says"), FAILURES)
def test_what_gives_no_value(expression: str, says: str) -> None:
    assert failure(expression, x=1, object={"a": {}, "n": None}) == says


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("int(x + x)", "type conversion error from 'string' to 'int'"),
        ("uint(x + x)", "type conversion error from 'string' to 'uint'"),
        ("semver('1.0.' + x)", "value out of range"),
        ("semver('1.0.0-' + x)", "value out of range"),
        ("timestamp('2026-01-01T00:00:00Z').getHours(x + ':00')", "value out of range"),
        ("('%.' + x + 'f').format([1.0])", "value out of range"),
        ("('%.2000000000f' + x.substring(0, 0)).format([1.0])", "exceeds maximum allowed precision 1000000"),
    ],
)
def test_numbers_longer_than_python_reads(expression: str, says: str) -> None:
    assert failure(expression, x="9" * 5000).endswith(says)


OPERAND = (
    "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, "
    "IDENTIFIER}"
)
SYNTAX = [
    ("x >", f"1:4: Syntax error: mismatched input '<EOF>' expecting {OPERAND}"),
    ("x + * y", f"1:5: Syntax error: extraneous input '*' expecting {OPERAND}"),
    ("x y", "1:3: Syntax error: extraneous input 'y' expecting <EOF>"),
    ("x y z", "1:3: Syntax error: mismatched input 'y' expecting <EOF>"),
    ("(x", "1:3: Syntax error: missing ')' at '<EOF>'"),
    ("(x y)", "1:4: Syntax error: extraneous input 'y' expecting ')'"),
    ("[x, y", "1:6: Syntax error: mismatched input '<EOF>' expecting {']', ','}"),
    ("{x: y", "1:6: Syntax error: mismatched input '<EOF>' expecting {'}', ','}"),
    ("{x}", "1:3: Syntax error: mismatched input '}' expecting ':'"),
    ("x ? y", "1:6: Syntax error: mismatched input '<EOF>' expecting ':'"),
    ("x().", "1:5: Syntax error: no viable alternative at input '.'"),
    ("x[0]..y", "1:6: Syntax error: no viable alternative at input '..'"),
    ("x.y.true", "1:5: Syntax error: mismatched input 'true' expecting IDENTIFIER"),
    ("size(x,)", f"1:8: Syntax error: mismatched input ')' expecting {OPERAND}"),
    ("x = 1", "1:3: Syntax error: token recognition error at: '= '\n"
              "ERROR: <input>:1:5: Syntax error: extraneous input '1' expecting <EOF>"),
    ("if", "1:1: reserved identifier: if"),
    ("99999999999999999999", "1:1: invalid int literal"),
    (f"a{' ' * 100_000}", "-1:0: expression code point size exceeds limit: size: 100001, limit 100000"),
    ("Foo{",
     "1:5: Syntax error: mismatched input '<EOF>' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "says"), SYNTAX)
def test_what_does_not_parse(expression: str, says: str) -> None:
    assert issues(expression) == f"ERROR: <input>:{says}"


@pytest.mark.parametrize(("digits", "kind"), [("9" * 20_000, "int"), ("9" * 20_000 + "u", "uint")])
def test_a_number_of_any_length_is_refused_without_its_line(digits: str, kind: str) -> None:
    assert issues(digits) == f"ERROR: <input>:1:1: invalid {kind} literal"


TYPES = [
    ("zork", "1:1: undeclared reference to 'zork' (in container '')"),
    ("zork(1)", "1:5: undeclared reference to 'zork' (in container '')"),
    ("'a'.zork()", "1:9: undeclared reference to 'zork' (in container '')"),
    ("1 + 'a'", "1:3: found no matching overload for '_+_' applied to '(int, string)'"),
    ("1 == 'a'", "1:3: found no matching overload for '_==_' applied to '(int, string)'"),
    ("'a'.size(1)", "1:9: found no matching overload for 'size' applied to 'string.(int)'"),
    ("'a'.b", "1:4: type 'string' does not support field selection"),
    ("true ? 1 : 'a'", "1:6: found no matching overload for '_?_:_' applied to '(bool, int, string)'"),
    ("1 && true", "1:1: expected type 'bool' but found 'int'"),
    ("[1, 'a']", "1:5: expected type 'int' but found 'string'"),
    ("{'a': 1, 2: 2}", "1:10: expected type 'string' but found 'int'"),
    ("1.all(i, true)", "1:1: expression of type 'int' cannot be range of a comprehension "
                       "(must be list, map, or dynamic)"),
    ("has(x)", "1:5: invalid argument to has() macro"),
    ("[1].all(2, true)", "1:9: argument must be a simple name"),
    ("[1].all(i, i, true)", "1:12: duplicate variable name: i"),
    ("duration('x')", "1:10: invalid duration argument"),
    ("timestamp('x')", "1:11: invalid timestamp argument"),
    ("x.matches('a(b')", "1:11: invalid matches argument"),
    ("int('x')", "type conversion error from 'string' to 'int'"),
    ("math.greatest(1, 2)", "1:1: undeclared reference to 'math' (in container '')\n"
                            "ERROR: <input>:1:14: undeclared reference to 'greatest' (in container '')"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "says"), TYPES)
def test_what_does_not_check(expression: str, says: str) -> None:
    assert issues(expression).removeprefix("ERROR: <input>:") == says


def test_the_place_is_shown_under_its_line() -> None:
    from wherry.apimachinery.cel import program
    from wherry.apimachinery.cel.errors import CompileError

    with pytest.raises(CompileError) as caught:
        program.compile("true &&\n  'é' == zork", {})
    assert str(caught.value) == (
        "ERROR: <input>:2:10: undeclared reference to 'zork' (in container '')\n"
        " |   'é' == zork\n | ...．.....^"
    )


def test_nesting_without_end_is_refused() -> None:
    assert "recursion limit exceeded" in issues("(" * 5000 + "1" + ")" * 5000)
    assert "recursion limit exceeded" in issues("!" + "[" * 300 + "]" * 300)
