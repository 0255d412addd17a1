"""How deep and how large a value from outside may be, whatever it is written in.

Go takes 10,000 levels and whatever fits into 3 MiB. Here a value must be encodable again (orjson ends at 254
levels, and lists, tables and owners of fields put some around an object), and no body may keep the event loop
busy for long.
"""

from __future__ import annotations

from typing import Any

import orjson

MAX_DEPTH = 200
MAX_CONTAINERS = 50_000
MAX_VALUES = 150_000
_LARGE = 128 * 1024
"""No shorter text holds too many values."""
_ORJSON_DEPTH = 254


class TooManyError(ValueError):
    """More values than any object needs."""

    def __init__(self) -> None:
        super().__init__(
            f"Request entity too large: limit is {MAX_CONTAINERS} objects and {MAX_VALUES} values"
        )


def encoded(value: Any) -> bytes:
    """The value as JSON inside so many lists that `MAX_DEPTH` levels are left. ValueError in Go's words."""
    for _ in range(_ORJSON_DEPTH - MAX_DEPTH):
        value = [value]
    try:
        return orjson.dumps(value)
    except TypeError as error:
        if str(error) != "Recursion limit reached":
            raise
        raise ValueError("exceeded max depth") from None


def check_count(value: Any, size: int) -> None:
    """Raises TooManyError; `size` is the length of the text."""
    if size < _LARGE:
        return
    containers, values, left = 0, 0, [value]
    while left:
        inside = left.pop()
        values += len(inside)
        if values > MAX_VALUES:
            raise TooManyError
        for item in inside.values() if isinstance(inside, dict) else inside:
            if isinstance(item, dict | list):
                left.append(item)
                containers += 1
            elif item is None:
                # It may stand for a whole object.
                containers += 1
        if containers > MAX_CONTAINERS:
            raise TooManyError
