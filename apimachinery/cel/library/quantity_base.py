"""The whole number and power of ten that upstream keeps a quantity as, which its numbers show.

`0.3` is 3 times 10 to the -1 and so 0.30000000000000004; what has a fraction, or may be too large to count
in 64 bits as `1.5Gi` may, is kept in billionths and is no integer.

Source: apimachinery pkg/api/resource/{quantity,amount}.go.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..values import MAX_INT, MIN_INT

_TEXT = re.compile(r"([+-]?)0*([0-9]*)(?:\.([0-9]*))?(.*)")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_NANO = -9
_MOST_DIGITS, _MOST_BINARY_DIGITS = 18, 15


class Base(NamedTuple):
    value: int
    exponent: int
    large: bool = False
    """Kept as a decimal number of any size."""

    def float(self) -> float:
        return float(self.value) * float(f"1e{self.exponent}") if self.exponent else float(self.value)

    def integer(self) -> int | None:
        if self.large or self.exponent < 0:
            return None
        value: int = self.value * 10**self.exponent
        return value if MIN_INT <= value <= MAX_INT else None


def base_of(text: str, nano: int) -> Base:
    """Of a text that is a quantity of `nano` billionths."""
    match = _TEXT.fullmatch(text)
    assert match is not None
    sign, whole, fraction, suffix = match[1], match[2] or "0", match[3] or "", match[4]
    found = _small_binary(whole, fraction, suffix) if suffix in _BINARY else _small(whole, fraction, suffix)
    if found is None:
        return Base(nano, _NANO, large=True)
    return found._replace(value=-found.value) if sign == "-" else found


def _small(whole: str, fraction: str, suffix: str) -> Base | None:
    exponent = (_DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:])) - len(fraction)
    if len(whole) + len(fraction) > _MOST_DIGITS or exponent < _NANO:
        return None
    return Base(int(whole + fraction), exponent)


def _small_binary(whole: str, fraction: str, suffix: str) -> Base | None:
    power = _BINARY[suffix]
    if fraction or _MOST_BINARY_DIGITS - len(whole) - power * 3 // 10 - 1 < 0:
        return None
    return _fitting(Base(int(whole) << power, 0))


def _fitting(base: Base) -> Base | None:
    return base if MIN_INT <= base.value <= MAX_INT else None


def total(left: Base, right: Base) -> Base:
    """The sum."""
    if not (left.large or right.large):
        if right.value == 0:
            return left
        if left.value == 0:
            return right
    exponent = min(left.exponent, right.exponent)
    value = sum(base.value * 10 ** (base.exponent - exponent) for base in (left, right))
    large = left.large or right.large or not MIN_INT <= value <= MAX_INT
    return Base(value, exponent, large)
