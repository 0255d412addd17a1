"""What rules may cost at most, and what they do cost: the numbers are upstream's."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.cel import rule_costs
from wherry.apimachinery.cel.rule_text import compile_rules
from wherry.apimachinery.cel.schema_types import declare

from tests.apimachinery.cel.expressions import cost

Raw = dict[str, Any]

TEXT: Raw = {"type": "string"}
NUMBER: Raw = {"type": "number"}
BOOLEAN: Raw = {"type": "boolean"}
ANY_PORT: Raw = {"x-kubernetes-int-or-string": True}
PAIR: Raw = {
    "type": "object",
    "required": ["required"],
    "properties": {"required": TEXT, "optional": TEXT},
}


def text(kind: str = "", **limits: Any) -> Raw:
    return TEXT | ({"format": kind} if kind else {}) | limits


def items(of: Raw, limit: int | None = None) -> Raw:
    return {"type": "array", "items": of} | ({} if limit is None else {"maxItems": limit})


def values(of: Raw, limit: int | None = None) -> Raw:
    return {"type": "object", "additionalProperties": of} | (
        {} if limit is None else {"maxProperties": limit}
    )


def fields(**properties: Raw) -> Raw:
    return {"type": "object", "properties": properties}


ALL = "self.all(x, true)"

# How many items fit into a request decides about the cost of a loop without limit.
UNLIMITED = [
    (items(NUMBER), ALL, 4718591),
    (items(TEXT), ALL, 3145727),
    (items(BOOLEAN), ALL, 1887437),
    (items(items(NUMBER)), ALL, 3145727),
    (items(PAIR), ALL, 555128),
    (items(ANY_PORT), ALL, 4718591),
    (items(text("duration")), ALL, 2359295),
    (items(text("date")), ALL, 725936),
    (items(text("date-time")), ALL, 428963),
    (values(NUMBER), ALL, 1348169),
    (values(TEXT), ALL, 1179647),
    (values(BOOLEAN), ALL, 943718),
    (values(ANY_PORT), ALL, 1348169),
    (values(PAIR), ALL, 428963),
    (values(values(NUMBER)), ALL, 1179647),
    (values(items(NUMBER)), ALL, 1179647),
    (values(text("duration")), ALL, 1048577),
    (values(text("date")), ALL, 524288),
    (values(text("date-time")), ALL, 349526),
    (items(NUMBER), "self.all(x, x == 0.0)", 6291454),
    (items(values(NUMBER)), "self.all(x, x.y == 25.2)", 6291452),
    (items(values(PAIR)), "self.all(x, x['y'].required == 'z')", 7340027),
    (values(TEXT), "self.all(x, x.contains(self[x]))", 2752507),
]

LIMITED = [
    (items(NUMBER, 10), ALL, 32),
    (items(TEXT, 20), ALL, 62),
    (items(BOOLEAN, 5), ALL, 17),
    (values(NUMBER, 10), ALL, 32),
    (items(NUMBER, 10), "self.all(x, self.all(y, true))", 352),
    (items(NUMBER, 10), "self.all(x, self.all(y, self.all(z, true)))", 3552),
    (values(text(maxLength=10), 10), "self.all(x, x.contains(self[x]))", 72),
    (items(NUMBER, 3 * 1024 * 2048), "self.all(x, x == 0.0)", 25165826),
    (items(values(PAIR | {"maxProperties": 10}, 10), 10), "self.all(x, x['y'].required == 'z')", 72),
    (items(values(PAIR, 10)), "self.all(x, x['y'].required == 'z')", 7340027),
    (items(values(NUMBER), 12), "self.all(x, x.y == 25.2)", 74),
]

TEXTS = [
    (TEXT, "self.contains('test')", 314574),
    (text(maxLength=10), "self.contains('test')", 5),
    (TEXT, "self.startsWith('test')", 2),
    (text(maxLength=30), "self.endsWith('test')", 2),
    (TEXT, "size(self + 'hello') > size('hello')", 314578),
    (text(maxLength=4), "size(self + 'hello') > size('hello')", 7),
    (TEXT, "self.matches('x')", 314574),
    (text(maxLength=50), "self.matches('x')", 22),
    (TEXT, "self.matches('')", 1),
    (TEXT, "''.matches('(((((((((())))))))))[0-9]')", 7),
    (TEXT, "self == 'x'", 2),
    (text(maxLength=0), "self == 'x'", 1),
    (text("byte"), "self == b'x'", 2),
    (text("byte", maxLength=0), "self == b'x'", 1),
    (text(enum=["A", "B", "LongValue"]), "self.contains('A')", 2),
    (text(enum=["A", "B", "LongValue"], maxLength=1000), "self.contains('A')", 401),
    (TEXT, "self.find('[0-9]+') == ''", 629147),
    (text(maxLength=10), "self.find('[0-9]+') == ''", 11),
    (TEXT, "self.lowerAscii() == 'lower!'", 314575),
    (text(maxLength=10), "self.lowerAscii() == 'lower!'", 6),
    (ANY_PORT, "isQuantity(self)", 314574),
    (ANY_PORT | {"maxLength": 20}, "isQuantity(self)", 9),
]

LOOKUPS = [
    (items(NUMBER), "self[1] == 0.0", 2),
    (items(TEXT), "self[1] == self[1]", 314577),
    (items(TEXT, 8), "self[1] == self[1]", 314577),
    (items(ANY_PORT), "self[0] == 5", 3),
    (items(BOOLEAN), "self[0] == false", 2),
    (items(PAIR), "self[0] == null", 2),
    (items(items(NUMBER)), "self[0][0] == -1.0", 3),
    (items(values(NUMBER)), "self[0].x > 2.0", 4),
    (items(text("duration")), "self[0].getHours() == 2", 4),
    (items(text("date")), "self[2].getDayOfMonth() == 13", 4),
    (values(NUMBER), "has(self.x)", 1),
    (values(NUMBER, 0), "self['x'] == 0.0", 2),
    (values({"type": "integer"}), "oldSelf.size() == self.size()", 5),
    (values(text("date-time")), "self['a'] == self['b']", 8),
    (values(text("duration")), "self['c'] == self['d']", 8),
]

RESULTS = [
    (fields(a=TEXT), "lists.range(-1).size() == 0", 13),
    (items(TEXT), "self.join(' ') == 'aa bb'", 329853068905),
    (items(text(maxLength=10), 10), "self.join(' ') == 'aa bb'", 43),
    (items(TEXT), "self.isSorted() == true", 329854432052),
    (items(text(maxLength=10), 10), "self.isSorted() == true", 52),
    (
        fields(str=TEXT, before=text(maxLength=2), after=text(maxLength=4)),
        "self.str.replace(self.before, self.after) == 'does not matter'",
        629154,
    ),
    (
        fields(str=text(maxLength=4), before=text(maxLength=2), after=text(maxLength=4)),
        "self.str.replace(self.before, self.after) == 'does not matter'",
        12,
    ),
    (fields(str=TEXT, by=TEXT), "self.str.split(self.by) == []", 629160),
    (
        fields(str=text(maxLength=10), by=text(maxLength=10)),
        "self.str.split(self.by) == []",
        22,
    ),
]


@pytest.mark.parametrize(("raw", "rule", "cost"), UNLIMITED + LIMITED + TEXTS + LOOKUPS + RESULTS)
def test_the_highest_cost_of_a_rule(raw: Raw, rule: str, cost: int) -> None:
    raw = raw | {"x-kubernetes-validations": [{"rule": rule}]}
    declared = declare(raw)
    assert declared is not None
    (compiled,) = compile_rules(raw, declared)
    assert compiled.program is not None, compiled.error
    assert rule_costs.of_message(compiled.program, declared) == cost


# Constants are free, and so are the roots of attributes that are branches or indices.
RUNS = [
    ("x + 1 == 2", {"x": 1}, 3),
    ("[1, 2, 3] == x", {"x": [1, 2, 3]}, 2),
    ("[x, x] == [1, 2]", {"x": 2}, 13),
    ("x in ['a', 'b']", {"x": "b"}, 1),
    ("x in [y, y]", {"x": "b", "y": "a"}, 15),
    ("type(x) == string", {"x": "a"}, 3),
    ("x ? y : self", {"x": True, "y": 1, "self": 2}, 1),
    ("x ? y.a : self", {"x": True, "y": {"a": 1}, "self": 2}, 2),
    ("self[x] == 1", {"self": {"a": 1}, "x": "a"}, 3),
    ("self[x.b] == 1", {"self": {"a": 1}, "x": {"b": "a"}}, 4),
    ("has(self.a)", {"self": {}}, 1),
    ("self.?a.orValue('v') == 'a'", {"self": {"a": "a"}}, 3),
    ("self.?a.orValue('v') == 'v'", {"self": {}}, 2),
    ("optional.of('a').or(optional.of('a')).hasValue()", {}, 2),
    ("x.all(i, i > 1)", {"x": [2, 3]}, 12),
    ("x.exists_one(i, i > 2)", {"x": [1, 2, 3, 4]}, 15),
    ("x.filter(i, i > 2).size()", {"x": [1, 2, 3]}, 22),
    ("x.startsWith('Rook')", {"x": "Rook takes it"}, 3),
    ("x.matches('^[^0-9]*$')", {"x": "Rook takes it"}, 7),
    ("[5, 1, 2, 3].reverse() == [3, 2, 1, 5]", {}, 16),
    ("[4, 3, 2, 1].sort() == [1, 2, 3, 4]", {}, 44),
    ("lists.range(4) == [0, 1, 2, 3]", {}, 16),
    ("[-2, 5, -2, 1, 1, 5, -2, 1].distinct() == [-2, 5, 1]", {}, 140),
    ("quantity(x).isLessThan(quantity('10k'))", {"x": "5Mi"}, 4),
    ("isIP(x) && ip(x).family() == 4", {"x": "192.168.0.1"}, 8),
]


@pytest.mark.parametrize(("expression", "given", "spent"), RUNS)
def test_what_a_run_costs(expression: str, given: Raw, spent: int) -> None:
    assert cost(expression, **given) == spent
