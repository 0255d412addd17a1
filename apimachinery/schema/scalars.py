"""The scalar types that Go decodes with methods of their own, and `Odd`, the signal of the fast decoder.

A function here returns the canonical value, or raises `Odd` for whatever it does not take at a glance: the
careful decoder (`strict.py`) then finds out whether that is an error and which.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from ..quantity import canonical


class Odd(Exception):  # noqa: N818 - a signal between two decoders, never an error of its own
    """A value that the fast decoder leaves to the careful one."""


ODD = Odd()
_UTC_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_UTC_MICROS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@lru_cache(4096)
def _quantity(value: str) -> str:
    try:
        return canonical(value.strip())
    except ValueError:
        raise ODD from None


def quantity(value: Any) -> str:
    if value.__class__ is str:
        return _quantity(value)
    if value.__class__ is int:
        return _quantity(str(value))
    raise ODD


def int_or_string(value: Any) -> Any:
    if value.__class__ is str or (value.__class__ is int and -2147483648 <= value <= 2147483647):
        return value
    raise ODD


@lru_cache(4096)
def _checked(value: str, with_micros: bool) -> str:
    """A UTC time that is a real moment, unchanged. Fractions of seconds and offsets are odd."""
    if not (_UTC_MICROS if with_micros else _UTC_SECONDS).fullmatch(value):
        raise ODD
    try:
        moment = datetime.fromisoformat(value[:-1])
    except ValueError:
        raise ODD from None
    if moment.replace(tzinfo=UTC) == ZERO_TIME:
        raise ODD
    return value


ZERO_TIME = datetime(1, 1, 1, tzinfo=UTC)
"""Go's zero time, written as null."""


def time(value: Any) -> str | None:
    """Null, as an element of a list or map, is Go's zero time and stays null."""
    if value.__class__ is str:
        return _checked(value, False)
    if value is None:
        return None
    raise ODD


def micro_time(value: Any) -> str | None:
    if value.__class__ is str:
        return _checked(value, True)
    if value is None:
        return None
    raise ODD


def base64(value: Any) -> str:
    """Canonical base64 (Go decodes and encodes again, so trailing bits are cleared). Null, as an element of a
    list or map, is no bytes."""
    if value.__class__ is not str:
        if value is None:
            return ""
        raise ODD
    try:
        return b2a_base64(a2b_base64(value, strict_mode=True), newline=False).decode()
    except (Base64Error, ValueError):
        raise ODD from None


def double(value: Any) -> int | float:
    """A float64 as Go prints it: whole numbers without a fraction."""
    if value.__class__ is int:
        return int(value)
    if value.__class__ is float:
        return int(value) if value.is_integer() and abs(value) < 1e21 else float(value)
    raise ODD
