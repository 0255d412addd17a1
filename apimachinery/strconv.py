"""Go's `strconv.ParseInt` and `ParseUint` of base ten, with their errors.

Python's `int()` refuses more than 4300 digits with an error of its own, and takes digits of any script.
"""

from __future__ import annotations

from .field import quote

_DIGITS = 20
"""What the largest number of 64 bits has."""


def parse_int(text: str, bits: int = 64, function: str = "ParseInt") -> int:
    """A signed number; ValueError with Go's message, which names the `function`."""
    size = magnitude(text[1:] if text[:1] in ("+", "-") else text)
    if size is None:
        raise _fault(function, text, "invalid syntax")
    value = -size if text[0] == "-" else size
    if not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise _fault(function, text, "value out of range")
    return value


def parse_uint(text: str, bits: int = 64) -> int:
    """A number without a sign; ValueError with Go's message."""
    size = magnitude(text)
    if size is None:
        raise _fault("ParseUint", text, "invalid syntax")
    if size >> bits:
        raise _fault("ParseUint", text, "value out of range")
    return size


def magnitude(digits: str) -> int | None:
    """What ASCII digits count, None for any other text. Above 64 bits it is any number above 64 bits."""
    if not (digits.isascii() and digits.isdecimal()):
        return None
    return int(digits if len(digits) <= _DIGITS else digits.lstrip("0")[: _DIGITS + 1] or "0")


def _fault(function: str, text: str, why: str) -> ValueError:
    return ValueError(f"strconv.{function}: parsing {quote(text)}: {why}")
