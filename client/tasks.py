"""Tasks with a name and an owner: started together, ended in reverse order, none forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self


class Tasks:
    """`async with Tasks() as tasks`: leaving the block cancels what still runs and waits for its end."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[Any], None] = {}
        """In the order of starting; a set would forget it, a list would be searched at each task's end."""
        self._failed: list[asyncio.Task[Any]] = []
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def spawn(self, name: str, coro: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Starts a task; one that ends well is forgotten, one that fails is kept for `wait`."""
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self._tasks[task] = None
        task.add_done_callback(self._ended)
        return task

    async def wait(self) -> None:
        """Returns when no task is left; raises what the first failing task raised."""
        while self._tasks and not self._failed:
            self._news.clear()
            await self._news.wait()
        if self._failed:
            self._failed.pop(0).result()

    async def close(self) -> None:
        """Cancels in reverse order of starting; failures of tasks being ended are not raised again."""
        tasks = list(self._tasks)
        self._tasks.clear()
        for task in reversed(tasks):
            task.cancel()
            await asyncio.wait([task])

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if task not in self._tasks:
            return
        del self._tasks[task]
        if not task.cancelled() and task.exception() is not None:
            self._failed.append(task)
        if self._failed or not self._tasks:
            self._news.set()
