"""The alarms of one pod."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any

from wherry.apimachinery.clock import FakeClock
from wherry.kubelet.worker.timers import Timers

from tests.support import run


def test_each_moment_rings_once_and_is_forgotten() -> None:
    async def scenario() -> None:
        clock, rung = FakeClock(), list[float]()

        def spawn(name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
            return asyncio.create_task(work, name=name)

        host: Any = SimpleNamespace(clock=clock, spawn=spawn)
        timers = Timers(host, "default/a", lambda: rung.append(clock.monotonic()))
        for seconds in (2.0, 1.0, 2.0):
            timers.ring_after(seconds)
        assert {task.get_name() for task in timers.tasks()} == {"timer default/a"}
        assert len(timers.tasks()) == 2
        await clock.settle()
        await clock.advance(3)
        assert (rung, timers.tasks()) == ([1.0, 2.0], [])

    run(scenario())
