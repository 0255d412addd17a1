"""A whole cluster in one event loop whose time is a number: nothing waits, and a seed repeats a run.

When no task can go on, the loop's time jumps to the next timer. What a real loop would give to threads
runs at once. Strings in sets still come in the order of `PYTHONHASHSEED`: it belongs to a seed.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
START = datetime(2026, 1, 1, tzinfo=UTC)
STUCK = 2_000_000
"""Turns of the loop at one moment that mean it spins."""


class _Leaping(selectors.SelectSelector):
    """Waits for nothing: the time that it should wait is added to `now`."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._turns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("every task waits for another: nothing will ever happen again")
        self._turns = 0 if timeout > 0 else self._turns + 1
        if self._turns > STUCK:
            raise RuntimeError(f"time stands still at {self.now}")
        self.now += max(timeout, 0.0)
        return super().select(0)


class SimLoop(asyncio.SelectorEventLoop):
    """`time()` is simulated."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


class SimClock:
    """`apimachinery.clock.Clock` over the loop's time."""

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0.0))

    def real(self, seconds: float) -> float:
        return seconds


def simulate(scenario: Coroutine[Any, Any, T], limit: float = 7200.0) -> T:
    """Runs a scenario to its end; TimeoutError after `limit` simulated seconds."""
    with asyncio.Runner(loop_factory=SimLoop) as runner:
        return runner.run(asyncio.wait_for(scenario, limit))
