"""Keeps the objects of priority and fairness: the default ones, and what FlowSchemas' status says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from ...apimachinery import jsonio
from ...apimachinery.clock import Clock, rfc3339
from ...apimachinery.errors import StatusError
from ..bootstrap.default import ObjectWriter
from ..registry.strategy import Object
from ..storage.contract import StoreError
from ..storage.watch_cache import WatchCache

GROUP = "flowcontrol.apiserver.k8s.io"
DANGLING = "Dangling"
RESTORE_SECONDS = 60.0

log = logging.getLogger("wherry.apiserver")


def condition(schema: Object, levels: set[str], now: str) -> Object | None:
    """The condition that the schema should have, None when it has it."""
    level = (schema["spec"].get("priorityLevelConfiguration") or {}).get("name", "")
    start = f'This FlowSchema references the PriorityLevelConfiguration object named "{level}"'
    wanted = {"type": DANGLING, "status": "True", "reason": "NotFound"}
    wanted["message"] = f"{start} but there is no such object"
    if level in levels:
        wanted |= {"status": "False", "reason": "Found", "message": f"{start} and it exists"}
    found = next((c for c in _conditions(schema) if c.get("type") == DANGLING), {})
    if all(found.get(key) == value for key, value in wanted.items()):
        return None
    return {**wanted, "lastTransitionTime": now}


def _conditions(schema: Object) -> list[Object]:
    return (schema.get("status") or {}).get("conditions") or []


class Keeper:
    """One task: writes conditions when `due`, and each minute brings back default objects that are gone."""

    def __init__(
        self,
        schemas: WatchCache,
        levels: WatchCache,
        writer: ObjectWriter,
        clock: Clock,
        restore: Callable[[], Awaitable[None]],
    ) -> None:
        self.due = asyncio.Event()
        self._schemas = schemas
        self._levels = levels
        self._writer = writer
        self._clock = clock
        self._restore = restore
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self.due.set()
        self._tasks = [
            asyncio.create_task(self._run(), name="flow control conditions"),
            asyncio.create_task(self._keep(), name="flow control defaults"),
        ]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self.due.wait()
            self.due.clear()
            try:
                await self._write_conditions()
            except (StatusError, StoreError) as error:
                # A change by somebody else brings us here again.
                log.info("a FlowSchema's condition was not written: %s", error)

    async def _write_conditions(self) -> None:
        levels = {entry.obj["metadata"]["name"] for entry in self._levels.entries()}
        now = rfc3339(self._clock.now())
        for entry in self._schemas.entries():
            wanted = condition(entry.obj, levels, now)
            if wanted is not None:
                others = [c for c in _conditions(entry.obj) if c.get("type") != DANGLING]
                obj: Object = jsonio.clone(entry.obj)
                obj["status"] = {"conditions": [*others, wanted]}
                await self._writer.update_status(GROUP, "flowschemas", obj)

    async def _keep(self) -> None:
        while True:
            await self._clock.sleep(RESTORE_SECONDS)
            try:
                await self._restore()
            except* (StatusError, StoreError) as error:
                log.warning("default flow control objects: %s", error.exceptions)
