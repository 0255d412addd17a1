"""Helpers that every test folder may use."""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
IN_CI = os.environ.get("CI", "").lower() == "true"
"""Whether what a test needs and does not find makes it fail instead of being skipped."""


_namespaces: Counter[str] = Counter()


def namespace_of(test: str) -> str:
    """A name for the namespace of a test; another one each time, since the one before may still be going."""
    name = re.sub(r"[^a-z0-9]+", "-", test.lower().removeprefix("test_")).strip("-")[:50].strip("-")
    _namespaces[name] += 1
    return name if _namespaces[name] == 1 else f"{name}-{_namespaces[name]}"


def run(coro: Coroutine[Any, Any, T], limit: float = 30.0) -> T:
    """Runs a coroutine to its end on a fresh loop; a test that hangs fails after `limit` wall seconds, and a
    task that outlives the test fails it too."""

    async def guarded() -> T:
        result = await asyncio.wait_for(coro, limit)
        await asyncio.sleep(0)
        left = [t for t in asyncio.all_tasks() if t is not asyncio.current_task() and not t.done()]
        if left:
            raise AssertionError(f"tasks left running: {[t.get_name() for t in left]}")
        return result

    return asyncio.run(guarded())
