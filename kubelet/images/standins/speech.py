"""What programs in Go share: their log and their durations."""

from __future__ import annotations

import re
import sys
import time

UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|us|µs|ns|m|s)")


def log(text: str) -> None:
    """A line on stderr, as package log writes it."""
    sys.stderr.write(f"{time.strftime('%Y/%m/%d %H:%M:%S', time.gmtime())} {text}\n")
    sys.stderr.flush()


def seconds(text: str) -> float:
    """Of a duration such as `1m30s`; none is 0. ValueError for anything else."""
    parts = _PART.findall(text)
    if "".join(number + unit for number, unit in parts) != text.lstrip("+") and text != "0":
        raise ValueError(f'time: invalid duration "{text}"')
    return sum(float(number) * UNITS[unit] for number, unit in parts)
