"""Tasks with a name and an owner: started together, ended in reverse order, none forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self


class Tasks:
    """`async with Tasks() as tasks`: leaving the block cancels what still runs and waits for its end."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[Any]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def spawn(self, name: str, coro: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Starts a task; one that ends well is forgotten, one that fails is kept for `wait`."""
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self._tasks.append(task)
        task.add_done_callback(self._ended)
        return task

    async def wait(self) -> None:
        """Returns when no task is left; raises what the first failing task raised."""
        while self._tasks:
            done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if task in self._tasks:
                    self._tasks.remove(task)
                if not task.cancelled():
                    task.result()

    async def close(self) -> None:
        """Cancels in reverse order of starting; failures of tasks being ended are not raised again."""
        tasks, self._tasks = self._tasks, []
        for task in reversed(tasks):
            task.cancel()
            await asyncio.wait([task])

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if task in self._tasks and not task.cancelled() and task.exception() is None:
            self._tasks.remove(task)
