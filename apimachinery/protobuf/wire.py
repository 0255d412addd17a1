"""The wire format's pieces as bytes: https://protobuf.dev/programming-guides/encoding/."""

from __future__ import annotations

from typing import Final

WIRE_TYPES: Final = {"i": 0, "b": 0, "d": 1}
"""By field type; everything else has a length."""


def varint(value: int) -> bytes:
    """An integer of at most 64 bits; negative ones take ten bytes."""
    value &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


SMALL: Final = 1024
VARINTS: Final = tuple(varint(n) for n in range(SMALL))
"""The varints of small numbers, which most lengths are."""


def length(size: int) -> bytes:
    return VARINTS[size] if size < SMALL else varint(size)


def tag(number: int, kind: str) -> bytes:
    """What stands before a field of a table's type."""
    return varint(number << 3 | WIRE_TYPES.get(kind, 2))


def sized(number: int, data: bytes) -> bytes:
    """A field that has a length."""
    return b"%b%b%b" % (varint(number << 3 | 2), length(len(data)), data)
