"""Messages made by hand, as a Go client would send them."""

from __future__ import annotations

from wherry.apimachinery.protobuf import MAGIC


def varint(value: int) -> bytes:
    value %= 1 << 64
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    """A field with an integer or a bool."""
    return varint(field << 3) + varint(value)


def sized(field: int, *parts: bytes | str) -> bytes:
    """A field with a string, bytes or a message of `parts`."""
    data = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return varint(field << 3 | 2) + varint(len(data)) + data


def entry(field: int, key: str, value: bytes | str) -> bytes:
    """One entry of a map."""
    return sized(field, sized(1, key), sized(2, value))


def enveloped(api_version: str, kind: str, raw: bytes) -> bytes:
    """The whole body: magic, type and the object."""
    return MAGIC + sized(1, sized(1, api_version), sized(2, kind)) + sized(2, raw)


def meta(name: str | bytes, *more: bytes) -> bytes:
    """A field 1 that is ObjectMeta."""
    return sized(1, sized(1, name), *more)


CONFIG_MAP = enveloped("v1", "ConfigMap", meta("a", entry(11, "l", "x")) + entry(2, "k", "v"))
CONTAINER = sized(1, "c") + sized(2, "app:1") + sized(6, number(3, 8080), sized(4, "TCP"))
POD = enveloped("v1", "Pod", meta("a") + sized(2, sized(2, CONTAINER), sized(3, "Never"), number(4, 5)))
