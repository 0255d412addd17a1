"""Remembers what was worked out for a part of an object, by the part's bytes.

The pods of a set, or one configuration applied over and over, differ in their metadata only, and encoding a
part to look it up is ten times as fast as walking it.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import orjson

from .shape import Shape

LIMIT = 512
SIZES = range(200, 16_384)

Outcome = TypeVar("Outcome")
Key = tuple[Shape, str, bytes]


def key(shape: Shape, name: str, child: Shape, value: Any) -> Key | None:
    """What a field of an object is remembered by; None when that would not pay."""
    if not child.fields or name == "metadata" or not value:
        return None
    try:
        encoded = orjson.dumps(value)
    except TypeError:
        return None  # An integer beyond 64 bits: walked like anything odd.
    return (shape, name, encoded) if len(encoded) in SIZES else None


class Memo(Generic[Outcome]):
    """Forgets everything when it is full."""

    def __init__(self) -> None:
        self._known: dict[Key, Outcome] = {}

    def get(self, known_by: Key) -> Outcome | None:
        return self._known.get(known_by)

    def put(self, known_by: Key, outcome: Outcome) -> None:
        if len(self._known) >= LIMIT:
            self._known.clear()
        self._known[known_by] = outcome
