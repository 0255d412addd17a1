"""Work that may take longer than others can wait: it stops at each step and is gone on with later.

A pod's attempt is such work. It mostly needs no step but the last, and then costs what a call costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Protocol, TypeVar

Wish = Callable[[], Awaitable[Any]] | None
"""What is waited for, begun when it is called; its result is the answer to the step. None: others' turn."""

T = TypeVar("T")
Steps = Generator[Wish, Any, T]


class Context(Protocol):
    """Whose work it is. `now` is what belongs to the work in hand and stays with it from step to step."""

    now: Any


async def in_turns(steps: Steps[T], context: Context) -> T:
    """Works on while others have their turns in between."""
    answer: Any = None
    try:
        while True:
            wish = steps.send(answer)
            mine = context.now
            answer = await (asyncio.sleep(0) if wish is None else wish())
            context.now = mine
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        steps.close()
