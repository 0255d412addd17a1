"""The alarms of one pod: `wake` is called when one is due; of several for the same moment one is enough."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from .host import Host


class Timers:
    """Their tasks belong to the host, and whoever closes the pod ends them."""

    def __init__(self, host: Host, name: str, wake: Callable[[], None]) -> None:
        self._host = host
        self._name = name
        self._wake = wake
        self._running: dict[float, asyncio.Task[Any]] = {}

    def ring_after(self, seconds: float) -> None:
        """Cluster time."""
        due = round(self._host.clock.monotonic() + seconds, 2)
        if due not in self._running:
            self._running[due] = self._host.spawn(f"timer {self._name}", self._ring(due, seconds))

    async def _ring(self, due: float, seconds: float) -> None:
        await self._host.clock.sleep(seconds)
        self._running.pop(due, None)
        self._wake()

    def tasks(self) -> list[asyncio.Task[Any]]:
        """Of those that have not rung yet."""
        return list(self._running.values())
