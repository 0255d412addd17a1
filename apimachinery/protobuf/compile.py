"""Encoders generated as Python functions, one a message, each on its first use.

They write what Go's generated marshallers write: fields in the order of their numbers, every field that is no
pointer even when it is zero, map keys sorted.
"""

from __future__ import annotations

import struct
from binascii import a2b_base64
from functools import cache
from typing import Any

from . import special, table, wire
from .special import Encoder
from .table import Field

_SIZED = "({0} + (L[n] if (n := len({1})) < {small} else V(n)) + {1})"
_NAMESPACE: dict[str, Any] = {
    "L": wire.VARINTS,
    "V": wire.varint,
    "B64": a2b_base64,
    "DOUBLE": struct.Struct("<d").pack,
    "NONE": {},
}
"""What the generated functions see: the helpers above and each other, by `_name`."""


def encoder(name: str) -> Encoder:
    """The encoder of a message's JSON value, compiled when it is first called. The bytes carry no type."""
    key = _name(name)
    if key not in _NAMESPACE:
        _NAMESPACE[key] = special.VALUES.get(name) or _later(name, key)
    found: Encoder = _NAMESPACE[key]
    return found


def _name(message: str) -> str:
    return "_" + message.replace(".", "_")


def _later(name: str, key: str) -> Encoder:
    """Stands in for an encoder until somebody needs it: a Pod reaches 200 messages and uses twenty."""

    def first(value: Any) -> bytes:
        if _NAMESPACE[key] is first:
            _NAMESPACE[key] = _union(name) or _compiled(name, key)
        return bytes(_NAMESPACE[key](value))

    return first


def _union(name: str) -> Encoder | None:
    make = special.UNIONS.get(name)
    return make(lambda value: encoder(special.SCHEMA)(value)) if make else None


def _compiled(name: str, key: str) -> Encoder:
    local: dict[str, Any] = {}
    exec(compile(source(name, key), f"<protobuf {name}>", "exec"), _NAMESPACE, local)
    found: Encoder = local[key]
    return found


def source(name: str, key: str) -> str:
    """The function's text: `g` reads the object, `a` takes the pieces."""
    fields = table.message(name)
    assert fields is not None, name
    lines = [f"def {key}(o):", " g = (o or NONE).get", " out = []", " a = out.append"]
    for number in sorted(fields):
        lines += _field(number, fields[number])
    return "\n".join([*lines, " return b''.join(out)"])


def _field(number: int, field: Field) -> list[str]:
    key = wire.tag(number, field.type)
    if field.inline:
        return [f" v = {_call(field.type)}(o)", f" a({_sized(key, 'v')})"]
    read = f" v = g({field.name!r})"
    if field.shape == "*":
        return [read, " if v:", "  for v in v:", *_write(key, field.type, "   ")]
    if field.shape == "<":
        return [f" m = g({field.name!r})", " if m:", "  for k in sorted(m):", *_entry(number, field.type)]
    if field.optional:
        return [read, " if v is not None:", *_write(key, field.type, "  ")]
    zero = f" else: a({key + _zero(field.type)!r})"
    # Go holds a struct here; {} and absence are the same to it. A union's false or 0 is a value, however.
    odd = field.type in special.UNIONS or field.type in special.VALUES
    return [read, " if v is not None:" if odd else " if v:", *_write(key, field.type, "  "), zero]


def _sized(key: bytes, name: str) -> str:
    return _SIZED.format(repr(key), name, small=wire.SMALL)


def _call(kind: str) -> str:
    encoder(kind)
    return _name(kind)


def _write(key: bytes, kind: str, indent: str) -> list[str]:
    """Statements that append the field with the value `v`."""
    if kind == "b":
        yes, no = key + bytes([1]), key + bytes([0])
        return [f"{indent}a({yes!r} if v else {no!r})"]
    if kind == "i":
        return [f"{indent}a({key!r} + (L[v] if 0 <= v < {wire.SMALL} else V(v)))"]
    if kind == "d":
        return [f"{indent}a({key!r} + DOUBLE(v))"]
    return [f"{indent}v = {_data(kind)}", f"{indent}a({_sized(key, 'v')})"]


def _data(kind: str) -> str:
    """The bytes of a value `v` that has a length."""
    if kind == "":
        return "v.encode()"
    return "B64(v)" if kind == "y" else f"{_call(kind)}(v)"


def _entry(number: int, kind: str) -> list[str]:
    """One entry of a map, whose key is `k`. Go leaves nil bytes out of it."""
    outer, inner = wire.tag(number, ""), wire.tag(2, kind)
    key = _sized(wire.tag(1, ""), "k")
    lines = ["v = m[k]", "k = k.encode()", f"e = {key}"]
    if kind == "y":
        lines += ["if v is not None:", " v = B64(v)", f" e += {_sized(inner, 'v')}"]
    elif kind in ("b", "i"):
        lines.append(f"e += {inner!r} + V(v)")
    else:
        lines += [f"v = {_data(kind)}", f"e += {_sized(inner, 'v')}"]
    return ["   " + line for line in [*lines, f"a({_sized(outer, 'e')})"]]


@cache
def empty(name: str) -> bytes:
    """A message nobody set anything in."""
    value = special.VALUES.get(name)
    if value is not None:
        return value(None)
    if name in special.UNIONS:
        return special.UNIONS[name](lambda _: b"")(None)
    fields = table.message(name) or {}
    return b"".join(
        wire.tag(number, fields[number].type) + _zero(fields[number].type)
        for number in sorted(fields)
        if not fields[number].shape and not fields[number].optional
    )


def _zero(kind: str) -> bytes:
    """A zero value without its tag."""
    if kind == "d":
        return bytes(8)
    data = empty(kind) if "." in kind else b""
    return b"\x00" if kind in ("i", "b") else wire.length(len(data)) + data
