"""What Go's `encoding/json` says about a text that is not JSON, and where every key of one that is stands.

Both are slow and only run for requests that are wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_SPACE = re.compile(rb"[ \t\r\n]*")
_PLAIN = re.compile(rb'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)?(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?")
_HEX = b"0123456789abcdefABCDEF"
_MAX_DEPTH = 10_000
TYPE_PREFIX = "couldn't get version/kind; json parse error: "
"""What upstream's decoders put before a fault that hides the type of a body."""
TYPE_META = (
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
)
_CLOSING = {b"{": b"}", b"[": b"]"}
_LITERALS = {b"t": b"true", b"f": b"false", b"n": b"null"}


class _Found(Exception):  # noqa: N818
    """The first offending byte was met."""


def quote_byte(value: int) -> str:
    """A byte as Go's syntax errors name it."""
    if value == 0x27:
        return r"'\''"
    if value == 0x22:
        return "'\"'"
    named = {7: r"\a", 8: r"\b", 9: r"\t", 10: r"\n", 11: r"\v", 12: r"\f", 13: r"\r", 0x5C: r"\\"}
    if value in named:
        return f"'{named[value]}'"
    if value < 0x20 or value == 0x7F:
        return f"'\\x{value:02x}'"
    if 0x80 <= value <= 0xA0 or value == 0xAD:
        return f"'\\u{value:04x}'"
    return f"'{chr(value)}'"


class _Checker:
    """Walks the text with an explicit stack, as deep nesting is one of the things that may be wrong."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._open: list[bytes] = []
        self._fresh = False
        """Whether nothing was read yet inside the innermost object or array."""

    def _fail(self, context: str) -> _Found:
        if self._at >= len(self._data):
            return _Found("unexpected end of JSON input")
        return _Found(f"invalid character {quote_byte(self._data[self._at])} {context}")

    def _skip(self) -> bytes:
        self._at = _SPACE.match(self._data, self._at).end()  # type: ignore[union-attr]
        return self._data[self._at : self._at + 1]

    def run(self) -> None:
        self._value(self._skip())
        while self._open:
            letter = self._skip()
            kind = self._open[-1]
            if self._fresh:
                self._fresh = False
                if letter == _CLOSING[kind]:
                    self._close()
                else:
                    self._item(kind, letter)
            elif letter == _CLOSING[kind]:
                self._close()
            elif letter == b",":
                self._at += 1
                self._item(kind, self._skip())
            else:
                raise self._fail("after object key:value pair" if kind == b"{" else "after array element")
        if self._skip():
            raise self._fail("after top-level value")

    def _close(self) -> None:
        self._at += 1
        self._open.pop()

    def _item(self, kind: bytes, letter: bytes) -> None:
        if kind == b"[":
            self._value(letter)
            return
        if letter != b'"':
            raise self._fail("looking for beginning of object key string")
        self._string()
        if self._skip() != b":":
            raise self._fail("after object key")
        self._at += 1
        self._value(self._skip())

    def _value(self, letter: bytes) -> None:
        """Reads a scalar; of an object or array only the opening."""
        if letter in (b"{", b"["):
            if len(self._open) >= _MAX_DEPTH:
                raise _Found("exceeded max depth")
            self._at += 1
            self._open.append(letter)
            self._fresh = True
        elif letter == b'"':
            self._string()
        elif letter in _LITERALS:
            self._literal(_LITERALS[letter])
        elif letter and letter in b"-0123456789":
            self._number()
        else:
            raise self._fail("looking for beginning of value")

    def _string(self) -> None:
        self._at += 1
        while True:
            self._at = _PLAIN.match(self._data, self._at).end()  # type: ignore[union-attr]
            letter = self._data[self._at : self._at + 1]
            if letter == b'"':
                self._at += 1
                return
            if letter != b"\\":
                raise self._fail("in string literal")
            self._at += 1
            self._escape()

    def _escape(self) -> None:
        letter = self._data[self._at : self._at + 1]
        if not letter or letter not in b'bfnrt\\/"u':
            raise self._fail("in string escape code")
        self._at += 1
        if letter == b"u":
            for _ in range(4):
                if self._at >= len(self._data) or self._data[self._at] not in _HEX:
                    raise self._fail("in \\u hexadecimal character escape")
                self._at += 1

    def _literal(self, word: bytes) -> None:
        for expected in word:
            if self._at >= len(self._data) or self._data[self._at] != expected:
                raise self._fail(f"in literal {word.decode()} (expecting {quote_byte(expected)})")
            self._at += 1

    def _number(self) -> None:
        text = _NUMBER.match(self._data, self._at)[0]  # type: ignore[index]
        self._at += len(text)
        if text == b"-" or text.startswith(b"-."):
            self._at -= len(text) - 1
            raise self._fail("in numeric literal")
        if text.endswith(b".") or b".e" in text.lower():
            self._at -= len(text) - text.index(b".") - 1
            raise self._fail("after decimal point in numeric literal")
        if text[-1:] in b"eE+-":
            raise self._fail("in exponent of numeric literal")


def syntax_problem(data: bytes) -> str:
    """The first syntax error, in Go's words; empty when the text is JSON after all."""
    try:
        _Checker(data).run()
    except _Found as found:
        return str(found)
    return ""


def kind_of(value: Any) -> str:
    """A JSON value's type as unmarshalling errors name it."""
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "number"


def mismatch(given: str, go_type: str, at: str = "") -> str:
    """Go's UnmarshalTypeError: `given`, a kind of value, where a `go_type` is wanted; `at`: STRUCT.FIELD."""
    where = f"Go struct field {at}" if at else "Go value"
    return f"json: cannot unmarshal {given} into {where} of type {go_type}"


def misfit(value: Any, go_type: str, at: str = "") -> str:
    """`mismatch` of a value."""
    return mismatch(kind_of(value), go_type, at)


def no_object(value: Any) -> str:
    """The misfit of a body that is no object, so that it cannot name its type."""
    return misfit(value, TYPE_META)


_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([{}\[\],:])|[^\s{}\[\],:"]+', re.DOTALL)


Place = list[str | int]
"""The way to a value: names of fields and positions in lists."""


def keys(text: str) -> Iterator[tuple[Place, bool]]:
    """The place of every key of a valid JSON text, in order, and whether its object had that key before.

    The place is the scanner's own, good until the next one; `path` makes a text of it. Texts are not made
    here: a hostile document has many keys behind a very long path.
    """
    place: Place = []
    objects: list[set[str] | None] = []
    expects_key = False
    for match in _TOKEN.finditer(text):
        mark = match[2]
        if mark == "{" or mark == "[":
            place.append("" if mark == "{" else 0)
            objects.append(set() if mark == "{" else None)
            expects_key = mark == "{"
        elif mark == "}" or mark == "]":
            place.pop()
            objects.pop()
            expects_key = False
        elif mark == ",":
            known = objects[-1]
            expects_key = known is not None
            if known is None:
                place[-1] = int(place[-1]) + 1
        elif mark is None and match[1] is not None and expects_key:
            expects_key = False
            name = json.loads(f'"{match[1]}"', strict=False) if "\\" in match[1] else match[1]
            known = objects[-1]
            assert known is not None
            place[-1] = name
            yield place, name in known
            known.add(name)


def path(place: Place) -> str:
    """A place as upstream writes it (`spec.ports[0].name`)."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
