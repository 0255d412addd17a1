"""Field selectors: `metadata.name=web-0,status.phase!=Running`.

Source: apimachinery `pkg/fields`. Which fields a kind offers is the kind's own business.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple


class FieldRequirement(NamedTuple):
    """`op` is `=` or `!=`."""

    field: str
    op: str
    value: str


_ESCAPES = str.maketrans({"\\": "\\\\", ",": "\\,", "=": "\\="})


class FieldSelector:
    """All of its requirements hold; none means everything matches."""

    __slots__ = ("requirements",)

    def __init__(self, requirements: list[FieldRequirement]) -> None:
        self.requirements = requirements

    @property
    def empty(self) -> bool:
        """Upstream counts `field!=` (not the empty string) as a requirement and `field=` with both empty as
        none."""
        return all(not r.field and not r.value and r.op == "=" for r in self.requirements)

    def matches(self, getter: Callable[[str], str]) -> bool:
        """`getter` gives the text of a field, empty when it has none."""
        return all((getter(r.field) == r.value) == (r.op == "=") for r in self.requirements)

    def exact(self, field: str) -> str | None:
        """The value `field` must have, if one is required."""
        return next((r.value for r in self.requirements if r.field == field and r.op == "="), None)

    def __str__(self) -> str:
        return ",".join(f"{r.field}{r.op}{r.value.translate(_ESCAPES)}" for r in self.requirements)


EVERYTHING = FieldSelector([])


@lru_cache(maxsize=2048)
def parse(text: str) -> FieldSelector:
    """ValueError with upstream's message. Results are shared: do not change them."""
    if not text:
        return EVERYTHING
    requirements = []
    for term in sorted(_terms(text)):
        if not term:
            continue
        parts = _split(term)
        if parts is None:
            raise ValueError(f"invalid selector: '{text}'; can't understand '{term}'")
        field, op, value = parts
        requirements.append(FieldRequirement(field, op, _unescape(value)))
    return FieldSelector(requirements)


def _terms(text: str) -> list[str]:
    terms, start, escaped = [], 0, False
    for i, letter in enumerate(text):
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == ",":
            terms.append(text[start:i])
            start = i + 1
    terms.append(text[start:])
    return terms


def _split(term: str) -> tuple[str, str, str] | None:
    for i, letter in enumerate(term):
        if letter == "=":
            length = 2 if term.startswith("==", i) else 1
            return term[:i], "=", term[i + length :]
        if term.startswith("!=", i):
            return term[:i], "!=", term[i + 2 :]
    return None


def _unescape(value: str) -> str:
    out, escaped = [], False
    for letter in value:
        if escaped:
            if letter not in "\\,=":
                raise ValueError(f"invalid field selector: invalid escape sequence: \\{letter}")
            out.append(letter)
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter in ",=":
            raise ValueError(f"invalid field selector: unescaped character in value: {ord(letter)}")
        else:
            out.append(letter)
    if escaped:
        raise ValueError("invalid field selector: invalid escape sequence: \\")
    return "".join(out)
