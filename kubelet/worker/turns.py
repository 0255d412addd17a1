"""The one task of a pod worker: it looks at the pod as long as something is left to look at."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from ..runtime.contract import RuntimeFault
from .host import Host
from .starter import RETRY_SECONDS
from .timers import Timers

log = logging.getLogger(__name__)


class Turns:
    """`look` is called once per wake, never twice at the same time; what comes meanwhile is one more turn."""

    def __init__(self, host: Host, name: str, look: Callable[[], Awaitable[None]]) -> None:
        self._host = host
        self._name = name
        self._look = look
        self.timers = Timers(host, name, self.wake)
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._over = False

    def wake(self) -> None:
        if self._over:
            return
        if self._task is not None and not self._task.done():
            self._again = True
            return
        self._task = self._host.spawn(f"pod {self._name}", self._run())

    async def _run(self) -> None:
        while True:
            self._again = False
            try:
                await self._look()
            except RuntimeFault as fault:
                log.warning("pod %s: %s", self._name, fault)
                self.timers.ring_after(RETRY_SECONDS)
            except Exception:
                log.exception("pod %s", self._name)
                self.timers.ring_after(RETRY_SECONDS)
            if not self._again or self._over:
                return

    def end(self) -> list[asyncio.Task[None]]:
        """No more turns; the tasks that are left for the caller to cancel."""
        self._over = True
        return [*self.timers.tasks(), *([self._task] if self._task is not None else [])]
