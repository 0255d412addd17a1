"""`perl`: the node's own, except for digits of π (`-Mbignum=bpi`): the example of every page on Jobs, and
what the bignum of perl 5.36 cannot do."""

from __future__ import annotations

import os
import re
import sys

_DIGITS = re.compile(r"\s*print\s+bpi\((\d{1,5})\);?\s*")
_GUARD = 12
"""Digits more than asked for, so that the last one is rounded rightly."""


def main(argv: list[str]) -> int:
    wanted = digits(argv[1:])
    if not wanted:
        os.execvp("perl", ["perl", *argv[1:]])
    print(pi(wanted))
    return 0


def digits(arguments: list[str]) -> int:
    """How many digits of π the program prints; 0 when it is another one."""
    match = _DIGITS.fullmatch(arguments[-1]) if "-Mbignum=bpi" in arguments else None
    return int(match[1]) if match else 0


def pi(count: int) -> str:
    """π to `count` significant digits. Source: Machin's formula."""
    unit = 10 ** (count - 1 + _GUARD)
    value = 4 * (4 * _arctan(5, unit) - _arctan(239, unit))
    rounded = str((value + 5 * 10 ** (_GUARD - 1)) // 10**_GUARD)
    return f"{rounded[0]}.{rounded[1:]}" if count > 1 else rounded


def _arctan(inverse: int, unit: int) -> int:
    """arctan(1 / `inverse`) in `unit`s."""
    sys.set_int_max_str_digits(0)
    power = total = unit // inverse
    number, square = 1, inverse * inverse
    while power:
        power //= -square
        number += 2
        total += power // number
    return total
