"""Resource quantities (`100m`, `1.5Gi`, `1e3`): exact numbers with a preferred way to be written.

Source: apimachinery `pkg/api/resource`. A quantity is a whole number of nano units; finer input is rounded
away from zero. Texts that are already canonical enough stay as they were given, by upstream's own rules.
"""

from __future__ import annotations

import re
from functools import lru_cache, total_ordering
from typing import NamedTuple

DECIMAL, BINARY, EXPONENT = "DecimalSI", "BinarySI", "DecimalExponent"

_NANO = 10**9
_MAX_BINARY = ((1 << 63) - 1) * _NANO
_MAX_EXPONENT = 1000
"""Larger decimal exponents are refused: upstream takes them, but a number of that many digits only burns
CPU."""

_FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_SUFFIX_WRONG = "unable to parse quantity's suffix"
_TEXT = re.compile(r"([+-]?)0*([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)")
_EXPONENT_SUFFIX = re.compile(r"[eE]([-+]?[0-9]+)")

_DECIMAL_SUFFIXES = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY_SUFFIXES = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL_NAMES = {exponent: suffix for suffix, exponent in _DECIMAL_SUFFIXES.items()}
_BINARY_NAMES = {exponent: suffix for suffix, exponent in _BINARY_SUFFIXES.items()}


def _divide_up(value: int, divisor: int) -> int:
    """Division that rounds away from zero."""
    magnitude = -(-abs(value) // divisor)
    return magnitude if value >= 0 else -magnitude


@total_ordering
class Quantity:
    """Immutable. Compares and hashes by value; `str` is how it is written."""

    __slots__ = ("_text", "nano", "style")

    def __init__(self, nano: int, style: str = DECIMAL, text: str = "") -> None:
        self.nano = nano
        self.style = style
        self._text = text

    def format(self) -> str:
        """The text it is stored as."""
        return self._text or _format(self.nano, self.style)

    def __str__(self) -> str:
        return self.format()

    def __repr__(self) -> str:
        return f"Quantity({self.format()!r})"

    def milli(self) -> int:
        """Thousandths, rounded away from zero."""
        return _divide_up(self.nano, 10**6)

    def whole(self) -> int:
        """Units, rounded away from zero."""
        return _divide_up(self.nano, _NANO)

    def as_float(self) -> float:
        return self.nano / _NANO

    def round_up_milli(self) -> Quantity:
        """Without anything finer than a thousandth: what the defaulting of resource lists does."""
        if self.nano % 10**6 == 0:
            return self
        return Quantity(self.milli() * 10**6, self.style)

    @property
    def sign(self) -> int:
        return (self.nano > 0) - (self.nano < 0)

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.nano + other.nano, self.style if self.nano else other.style)

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self.nano - other.nano, self.style if self.nano else other.style)

    def __neg__(self) -> Quantity:
        return Quantity(-self.nano, self.style)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and self.nano == other.nano

    def __lt__(self, other: Quantity) -> bool:
        return self.nano < other.nano

    def __hash__(self) -> int:
        return hash(self.nano)

    def __bool__(self) -> bool:
        return self.nano != 0


ZERO = Quantity(0, DECIMAL, "0")


def from_whole(value: int, style: str = DECIMAL) -> Quantity:
    return Quantity(value * _NANO, style)


def from_milli(value: int, style: str = DECIMAL) -> Quantity:
    return Quantity(value * 10**6, style)


def _format(nano: int, style: str) -> str:
    if nano == 0:
        return "0"
    if style == BINARY:
        whole, rest = divmod(nano, _NANO)
        if rest or -1024 < whole < 1024:
            style = DECIMAL
        else:
            exponent = 0
            while whole % 1024 == 0:
                whole //= 1024
                exponent += 10
            return f"{whole}{_BINARY_NAMES.get(exponent, '')}"
    exponent = -9
    while nano % 1000 == 0:
        nano //= 1000
        exponent += 3
    if style == EXPONENT:
        return f"{nano}e{exponent}" if exponent else str(nano)
    return f"{nano}{_DECIMAL_NAMES.get(exponent, '')}"


def _suffix(text: str) -> tuple[str, int]:
    """(style, exponent) of a suffix; ValueError when there is no such suffix."""
    if text in _DECIMAL_SUFFIXES:
        return DECIMAL, _DECIMAL_SUFFIXES[text]
    if text in _BINARY_SUFFIXES:
        return BINARY, _BINARY_SUFFIXES[text]
    match = _EXPONENT_SUFFIX.fullmatch(text)
    if match is None or len(match[1]) > 10 or abs(int(match[1])) > _MAX_EXPONENT:
        raise ValueError(_SUFFIX_WRONG)
    return EXPONENT, int(match[1])


def _is_small(style: str, exponent: int, whole: str, part: str) -> bool:
    """Whether upstream holds the number as a 64-bit integer and a scale."""
    if style == BINARY:
        return not part and 14 - len(whole) - exponent * 3 // 10 >= 0
    return len(whole) + len(part) <= 18 and exponent - len(part) >= -9


def _keeps_text(style: str, exponent: int, whole: str, part: str) -> bool:
    """Whether upstream remembers the text as given instead of writing the canonical form."""
    if not _is_small(style, exponent, whole, part):
        return False
    digits = whole + part
    if style == BINARY:
        return bool(int(digits) & 7)
    return (exponent - len(part)) % 3 == 0 and digits[0] != "0" and not digits.endswith("000")


@lru_cache(maxsize=16384)
def _parse(text: str) -> Quantity:
    match = _TEXT.fullmatch(text)
    if match is None or not text:
        raise ValueError(_FORMAT_WRONG)
    if text == "0":
        return ZERO
    sign, whole, part, suffix = match[1], match[2] or "0", match[3] or "", match[4]
    style, exponent = _suffix(suffix)
    if len(whole) + len(part) > 4000:
        raise ValueError("unable to parse numeric part of quantity")
    nano = _nano(int(whole + part), len(part), style, exponent)
    keeps = _keeps_text(style, exponent, whole, part)
    if style == BINARY:
        nano = min(nano, _MAX_BINARY)
        if 0 < nano < _NANO:
            style = DECIMAL
    return Quantity(-nano if sign == "-" else nano, style, text if keeps else "")


def _nano(digits: int, places: int, style: str, exponent: int) -> int:
    """`digits` shifted right by `places`, times the suffix, in nano units rounded up."""
    if style == BINARY:
        return _divide_up((digits << exponent) * _NANO, 10**places)
    shift = exponent - places + 9
    return digits * 10**shift if shift >= 0 else _divide_up(digits, 10**-shift)


def parse(value: str | int | float) -> Quantity:
    """The quantity a JSON string or number stands for. ValueError with upstream's message."""
    if isinstance(value, str):
        return _parse(value.strip())
    return _parse(repr(value))


class Parts(NamedTuple):
    """How upstream holds a quantity: `value` times 10 to `scale`, or when that is too narrow `nano`."""

    value: int
    scale: int
    nano: int | None
    text: str
    """As given, where that is remembered, else ""."""
    style: str


def parts(text: str) -> Parts:
    """What upstream's parser makes of a canonical text. ValueError with upstream's message."""
    parsed = parse(text)
    match = _TEXT.fullmatch(text)
    if match is None or parsed is ZERO:
        return Parts(0, 0, None, text, DECIMAL)
    whole, part = match[2] or "0", match[3] or ""
    style, exponent = _suffix(match[4])
    if not _is_small(style, exponent, whole, part):
        return Parts(0, 0, parsed.nano, "", parsed.style)
    value, scale = int(whole + part), exponent - len(part)
    if style == BINARY:
        value, scale = value << exponent, 0
    kept = text if _keeps_text(style, exponent, whole, part) else ""
    return Parts(-value if match[1] == "-" else value, scale, None, kept, style)


def canonical(value: str | int | float) -> str:
    """The text it is stored as."""
    return parse(value).format()


def milli(value: str | int | float) -> int:
    """Thousandths, rounded up."""
    return parse(value).milli()


def whole(value: str | int | float) -> int:
    """Units, rounded up."""
    return parse(value).whole()
