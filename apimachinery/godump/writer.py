"""Printing a JSON value as Go's spew prints the struct it decodes to (`%#v`, keys sorted, no addresses).

A value is its type in parentheses and then itself; elements of lists and maps go without their type. An
empty list or map is nil, as after decoding protobuf, which is how upstream's controllers read. Fields that
no struct has are left out, as decoding leaves them out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from . import special, table

Write = Callable[[Any], str]
NIL = "<nil>"
_BASIC: dict[str, tuple[Write, str]] = {
    "string": (str, ""),
    "bool": (lambda value: "true" if value else "false", "false"),
    "int32": (lambda value: str(int(value)), "0"),
    "int64": (lambda value: str(int(value)), "0"),
}
_SPECIAL: dict[str, tuple[Write, str]] = {
    "v1.Time": (special.time, special.NO_TIME),
    "v1.FieldsV1": (special.fields_v1, special.NO_FIELDS),
    "resource.Quantity": (special.quantity, special.quantity("0")),
    "intstr.IntOrString": (special.int_or_string, special.int_or_string(0)),
}
"""How to write a value and how an absent one is written. Protobuf always carries a quantity, hence "0"."""


def dump(name: str, value: Any) -> str:
    """The print-out of the JSON `value` of type `name`, e.g. `v1.PodTemplateSpec`."""
    return f"({name}){_kind(name)[0](value)}"


@cache
def _kind(name: str) -> tuple[Write, str]:
    """How a value of the type is written after its type's name, and an absent one."""
    if name.startswith("*"):
        return _kind(name[1:])[0], NIL
    if name.startswith("[]"):
        return _list(_kind(name[2:])[0]), NIL
    if name.startswith("map["):
        key, _, value = name[4:].partition("]")
        return _map(_kind(key)[0], _kind(value)[0]), NIL
    known = _BASIC.get(name) or _SPECIAL.get(name)
    if known is not None:
        return known
    behind = table.underlying(name)
    return _kind(behind) if behind else _Struct(name).kind


def _list(write: Write) -> Write:
    return lambda value: f"[{' '.join(map(write, value))}]" if value else NIL


def _map(write_key: Write, write: Write) -> Write:
    def text(value: dict[str, Any]) -> str:
        entries = [f"{write_key(key)}:{write(value[key])}" for key in sorted(value)]
        return f"map[{' '.join(entries)}]" if entries else NIL

    return text


class _Struct:
    """A struct's print-out in pieces: those of an empty value, and which of them a JSON key replaces."""

    def __init__(self, name: str) -> None:
        self._pieces: list[str] = []
        self._slots: dict[str, tuple[int, str, Write]] = {}
        self._add(name)

    @property
    def kind(self) -> tuple[Write, str]:
        return self._write, "".join(self._pieces)

    def _add(self, name: str) -> None:
        """Appends a struct's fields, those of embedded structs in their place."""
        for number, field in enumerate(table.fields(name)):
            start = f"{' ' if number else '{'}{field.name}:({field.type})"
            if not field.json:
                self._pieces.append(start)
                self._add(field.type)
                continue
            write, absent = _kind(field.type)
            self._slots[field.json] = (len(self._pieces), start, write)
            self._pieces.append(start + absent)
        self._pieces.append("}")

    def _write(self, value: dict[str, Any]) -> str:
        pieces = self._pieces.copy()
        for key, item in value.items():
            slot = self._slots.get(key)
            if slot is not None and item is not None:
                place, start, write = slot
                pieces[place] = start + write(item)
        return "".join(pieces)
