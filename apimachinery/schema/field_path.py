"""Field paths as definitions write them (`.spec.colour`, `.spec['a.b']`), followed through a schema.

Source: apiextensions-apiserver pkg/apiserver/schema/cel, ValidFieldPath.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

Raw = dict[str, Any]

_TOKEN = re.compile(r"'.*?(?<!\\)'|[.\[\]]|[^.\[\]'][^.\[\]]*|'.*", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"'": "'", "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
UNKNOWN = "does not refer to a valid field"
ENDED = "unexpected end of JSON path"


class FieldPathError(ValueError):
    """`str()` is upstream's message."""


class Place(NamedTuple):
    """Where a path leads: its canonical text (`spec.colour`, `spec[key]`), its names, the schema there."""

    text: str
    names: tuple[str, ...]
    schema: Raw


def follow(path: str, schema: Raw, *, brackets: bool = True) -> Place:
    """Raises FieldPathError. `brackets`: whether a name may stand as `['name']`."""
    tokens = iter(_TOKEN.findall(path))
    place = Place("", (), schema)
    for token in tokens:
        if token == "[":
            if not brackets:
                raise FieldPathError("array notation is not allowed")
            place = _step(place, _quoted(_next(tokens)))
            if (end := _next(tokens)) != "]":
                raise FieldPathError(f"expected ] but got {end}")
        elif token == ".":
            place = _step(place, _next(tokens))
        else:
            raise FieldPathError(f"expected [ or . but got: {token}")
    return place


def _next(tokens: Any) -> str:
    token: str | None = next(tokens, None)
    if token is None:
        raise FieldPathError(ENDED)
    return token


def _quoted(token: str) -> str:
    if len(token) < 2 or token[0] != "'" or token[-1] != "'":
        raise FieldPathError(f"expected single quoted string but got {token}")
    return _ESCAPE.sub(_unescaped, token[1:-1])


def _unescaped(found: re.Match[str]) -> str:
    if found[1] not in _ESCAPED:
        raise FieldPathError("invalid string literal: invalid syntax")
    return _ESCAPED[found[1]]


def _step(place: Place, name: str) -> Place:
    properties, rest = place.schema.get("properties"), place.schema.get("additionalProperties")
    if properties:
        if name not in properties:
            raise FieldPathError(UNKNOWN)
        text = f"{place.text}.{name}" if place.text else name
        return Place(text, (*place.names, name), properties[name])
    if rest is None:
        raise FieldPathError(UNKNOWN)
    inner = rest if isinstance(rest, dict) else {}
    return Place(f"{place.text}[{name}]", (*place.names, name), inner)
