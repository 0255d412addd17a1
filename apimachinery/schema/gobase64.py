"""Go's base64 decoding (line breaks are skipped) with its error text."""

from __future__ import annotations

from base64 import b64decode, b64encode

_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_STANDARD_OF_URL = str.maketrans("-_+/", "+/\0\0")
_STANDARD_OF_RAW_URL = _STANDARD_OF_URL | str.maketrans("=", "\0")


def canonical(text: str) -> str:
    """The same bytes as Go would encode them; ValueError with Go's message."""
    return b64encode(decode(text)).decode()


def decode_url(text: str) -> bytes:
    """The bytes of a text in the alphabet of URLs; ValueError with Go's message."""
    return decode(text.translate(_STANDARD_OF_URL))


def decode_raw_url(text: str) -> bytes:
    """`decode_url` of a text without padding, which must not have any."""
    spare = sum(char not in "\r\n" for char in text) % 4
    return decode(text.translate(_STANDARD_OF_RAW_URL) + "=" * (4 - spare if spare > 1 else 0))


def decode(text: str) -> bytes:
    """The bytes; ValueError with Go's message."""
    bad = _first_fault(text)
    if bad >= 0:
        raise ValueError(f"illegal base64 data at input byte {bad}")
    return b64decode(text)


def _first_fault(text: str) -> int:
    """The offset Go reports (in bytes), or -1. A truncated group is reported at its beginning."""
    size = len(text.encode())
    chars = [(i, c) for i, c in _offsets(text) if c not in "\r\n"]
    for at, (offset, char) in enumerate(chars):
        if char == "=":
            return _padding_fault(chars[at:], at % 4, offset, size)
        if char not in _ALPHABET:
            return offset
    return chars[-1][0] + 1 - len(chars) % 4 if len(chars) % 4 else -1


def _offsets(text: str) -> list[tuple[int, str]]:
    if text.isascii():
        return list(enumerate(text))
    out, offset = [], 0
    for char in text:
        out.append((offset, char))
        offset += len(char.encode())
    return out


def _padding_fault(rest: list[tuple[int, str]], position: int, offset: int, size: int) -> int:
    """`rest` begins with the first `=`, the `position`-th character of its group of four."""
    if position < 2:
        return offset
    used = 1
    if position == 2:
        if len(rest) == 1:
            return size
        if rest[1][1] != "=":
            return rest[1][0] - 1
        used = 2
    return rest[used][0] if len(rest) > used else -1
