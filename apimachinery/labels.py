"""Label selectors: their text form (`app=web,tier in (a,b),!old`) and meta/v1 LabelSelector objects.

Source: apimachinery `pkg/labels` and `LabelSelectorAsSelector`, whose messages kubectl shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from . import field, names

IN, NOT_IN, EQUALS, DOUBLE_EQUALS, NOT_EQUALS = "in", "notin", "=", "==", "!="
EXISTS, DOES_NOT_EXIST, GREATER, LESS = "exists", "!", "gt", "lt"
_SYMBOLS = {">": GREATER, "<": LESS}
_OPERATOR_LIST = "in, notin, =, ==, !=, gt, lt"
_INTEGER = re.compile(r"[+-]?[0-9]+")

Labels = Mapping[str, str]


def _integer(text: str) -> int | None:
    """Go's 64-bit `ParseInt`."""
    if not _INTEGER.fullmatch(text):
        return None
    value = int(text)
    return value if -(1 << 63) <= value < 1 << 63 else None


class Requirement:
    """One condition on one key. `values` are kept in the order given."""

    __slots__ = ("_set", "key", "op", "values")

    def __init__(self, key: str, op: str, values: Sequence[str]) -> None:
        self.key = key
        self.op = op
        self.values = tuple(values)
        self._set = frozenset(values)

    def matches(self, labels: Labels) -> bool:
        value = labels.get(self.key)
        if self.op in (EQUALS, DOUBLE_EQUALS, IN):
            return value in self._set
        if self.op in (NOT_EQUALS, NOT_IN):
            return value not in self._set
        if self.op == EXISTS:
            return value is not None
        if self.op == DOES_NOT_EXIST:
            return value is None
        return self._compares(value)

    def _compares(self, value: str | None) -> bool:
        number = _integer(value) if value is not None else None
        bound = _integer(self.values[0])
        if number is None or bound is None:
            return False
        return number > bound if self.op == GREATER else number < bound

    def __str__(self) -> str:
        if self.op == EXISTS:
            return self.key
        if self.op == DOES_NOT_EXIST:
            return "!" + self.key
        joined = ",".join(sorted(self.values))
        if self.op in (IN, NOT_IN):
            return f"{self.key} {self.op} ({joined})"
        symbol = {GREATER: ">", LESS: "<"}.get(self.op, self.op)
        return f"{self.key}{symbol}{joined}"


class Selector:
    """All requirements hold. `nothing` marks the selector that matches no object at all."""

    __slots__ = ("_plain", "exact", "nothing", "requirements")

    def __init__(self, requirements: Sequence[Requirement], nothing: bool = False) -> None:
        self.requirements = tuple(sorted(requirements, key=lambda r: r.key))
        self.nothing = nothing
        self.exact: dict[str, str] = {}
        """Keys that must have one given value, for indexes."""
        for r in self.requirements:
            if r.op in (EQUALS, DOUBLE_EQUALS, IN) and len(r.values) == 1:
                self.exact.setdefault(r.key, r.values[0])
        self._plain = len(self.exact) == len(self.requirements)
        """Whether `exact` says it all."""

    @property
    def empty(self) -> bool:
        """Whether it matches everything."""
        return not self.requirements and not self.nothing

    def matches(self, labels: Labels | None) -> bool:
        if self.nothing:
            return False
        present = labels or {}
        if self._plain:
            return self.exact.items() <= present.items()
        return all(r.matches(present) for r in self.requirements)

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements))


EVERYTHING = Selector(())
NOTHING = Selector((), nothing=True)

_COUNTS: dict[str, tuple[range, str]] = {
    op: rule
    for ops, rule in (
        ((IN, NOT_IN), (range(1, 1 << 31), "for 'in', 'notin' operators, values set can't be empty")),
        (
            (EQUALS, DOUBLE_EQUALS, NOT_EQUALS),
            (range(1, 2), "exact-match compatibility requires one single value"),
        ),
        ((EXISTS, DOES_NOT_EXIST), (range(1), "values set must be empty for exists and does not exist")),
        ((GREATER, LESS), (range(1, 2), "for 'Gt', 'Lt' operators, exactly one value is required")),
    )
    for op in ops
}
"""How many values an operator takes, and what is said otherwise."""


def requirement(key: str, op: str, values: Sequence[str]) -> Requirement:
    """A checked requirement; ValueError lists what is wrong with key, values and their number."""
    found = []
    messages = names.qualified_name(key)
    if messages:
        found.append(field.invalid("key", key, "; ".join(messages)))
    allowed, detail = _COUNTS[op]
    if len(values) not in allowed:
        found.append(field.invalid("values", list(values), detail))
    if op in (GREATER, LESS):
        found += [
            field.invalid(f"values[{i}]", value, "for 'Gt', 'Lt' operators, the value must be an integer")
            for i, value in enumerate(values)
            if _integer(value) is None
        ]
    for i, value in enumerate(values):
        messages = names.label_value(value)
        if messages:
            found.append(field.invalid(f"values[{i}][{key}]", value, "; ".join(messages)))
    if found:
        texts = list(dict.fromkeys(map(str, found)))
        raise ValueError(texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]")
    return Requirement(key, op, values)


def from_map(labels: Labels | None) -> Selector:
    """Equality with every pair; nothing given matches everything."""
    return Selector([Requirement(k, EQUALS, (v,)) for k, v in (labels or {}).items()])


_OBJECT_OPERATORS = {"In": IN, "NotIn": NOT_IN, "Exists": EXISTS, "DoesNotExist": DOES_NOT_EXIST}


def from_label_selector(selector: Mapping[str, Any] | None) -> Selector:
    """A meta/v1 LabelSelector: None matches nothing, an empty one everything. ValueError when it is wrong."""
    if selector is None:
        return NOTHING
    requirements = [requirement(k, EQUALS, (v,)) for k, v in (selector.get("matchLabels") or {}).items()]
    for expression in selector.get("matchExpressions") or ():
        op = _OBJECT_OPERATORS.get(expression.get("operator", ""))
        if op is None:
            raise ValueError(f'"{expression.get("operator", "")}" is not a valid label selector operator')
        requirements.append(requirement(expression.get("key", ""), op, expression.get("values") or ()))
    return Selector(requirements)


_TOKEN = re.compile(r"[ \t\r\n]*(?:(?P<symbol>==|!=|[=!(),<>])|(?P<word>[^ \t\r\n=!(),<>]+))")
_END = ("end", "")


def _tokens(text: str) -> list[tuple[str, str]]:
    """(kind, text) pairs; kind is `word`, `end` or the symbol itself. A NUL ends the text, as in Go's
    lexer."""
    text = text.partition("\0")[0]
    out, position = [], 0
    while match := _TOKEN.match(text, position):
        position = match.end()
        symbol = match["symbol"]
        out.append((symbol, symbol) if symbol else ("word", match["word"]))
    out += [_END, _END]
    return out


class _Parser:
    """Reads the token list once. The words `in` and `notin` are operators only where one may stand."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._position = 0

    def _peek(self) -> tuple[str, str]:
        return self._tokens[min(self._position, len(self._tokens) - 1)]

    def _take(self) -> tuple[str, str]:
        token = self._peek()
        self._position += 1
        return token

    def parse(self) -> list[Requirement]:
        out: list[Requirement] = []
        while True:
            kind, text = self._peek()
            if kind == "end":
                return out
            if kind not in ("word", "!"):
                raise ValueError(f"found '{text}', expected: !, identifier, or 'end of string'")
            out.append(self._requirement())
            kind, text = self._take()
            if kind == "end":
                return out
            if kind != ",":
                raise ValueError(f"found '{text}', expected: ',' or 'end of string'")
            kind, text = self._peek()
            if kind not in ("word", "!"):
                raise ValueError(f"found '{text}', expected: identifier after ','")

    def _requirement(self) -> Requirement:
        try:
            return self._read_requirement()
        except ValueError as error:
            raise ValueError(f"unable to parse requirement: {error}") from None

    def _read_requirement(self) -> Requirement:
        kind, key = self._take()
        negated = kind == "!"
        if negated:
            kind, key = self._take()
        if kind != "word":
            raise ValueError(f"found '{key}', expected: identifier")
        messages = names.qualified_name(key)
        if messages:
            raise ValueError(str(field.invalid("<nil>", key, "; ".join(messages))))
        if negated:
            return requirement(key, DOES_NOT_EXIST, ())
        if self._peek()[0] in ("end", ","):
            return requirement(key, EXISTS, ())
        kind, text = self._take()
        op = _SYMBOLS.get(text, text)
        if op not in (IN, NOT_IN, EQUALS, DOUBLE_EQUALS, NOT_EQUALS, GREATER, LESS) or text in (
            GREATER,
            LESS,
        ):
            raise ValueError(f"found '{text}', expected: {_OPERATOR_LIST}")
        values = self._values() if op in (IN, NOT_IN) else self._exact_value()
        return requirement(key, op, values)

    def _exact_value(self) -> list[str]:
        if self._peek()[0] in ("end", ","):
            return [""]
        kind, text = self._take()
        if kind != "word":
            raise ValueError(f"found '{text}', expected: identifier")
        return [text]

    def _values(self) -> list[str]:
        kind, text = self._take()
        if kind != "(":
            raise ValueError(f"found '{text}' expected: '('")
        kind, text = self._peek()
        if kind == ")":
            self._take()
            return [""]
        if kind not in ("word", ","):
            raise ValueError(f"found '{text}', expected: ',', ')' or identifier")
        values = self._identifiers()
        self._take()
        return sorted(values)

    def _identifiers(self) -> set[str]:
        """Up to the closing bracket, which stays. Missing words between commas count as empty values."""
        values: set[str] = set()
        while True:
            kind, text = self._take()
            following, next_text = self._peek()
            if kind == "word":
                values.add(text)
                if following == ")":
                    return values
                if following != ",":
                    raise ValueError(f"found '{next_text}', expected: ',' or ')'")
            elif kind == ",":
                if not values or following in (")", ","):
                    values.add("")
                if following == ")":
                    return values
            else:
                raise ValueError(f"found '{text}', expected: ',', or identifier")


@lru_cache(maxsize=4096)
def parse(text: str) -> Selector:
    """The selector of a query parameter; ValueError with upstream's message. Results are shared."""
    return Selector(_Parser(text).parse()) if text else EVERYTHING


def format_set(labels: Labels) -> str:
    """`a=1,b=2`: how upstream prints a set of labels."""
    return ",".join(sorted(f"{k}={v}" for k, v in labels.items()))
