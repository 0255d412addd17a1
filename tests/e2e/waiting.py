"""Waiting on conditions: a test never sleeps for a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE = 0.1


def until(probe: Callable[[], T], seconds: float = 30.0, what: str = "") -> T:
    """Asks until the answer is true, and returns it; after `seconds` it fails and names the last answer."""
    deadline = time.monotonic() + seconds
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(
                f"still waiting after {seconds} s for {what or probe!r}: last answer {answer!r}"
            )
        time.sleep(PAUSE)
