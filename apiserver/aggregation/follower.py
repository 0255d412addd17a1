"""Looks after one remote APIService: its condition, and what it serves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from ...apimachinery import jsonio
from ...apimachinery.clock import Clock, rfc3339
from ...apimachinery.errors import StatusError
from .. import background
from ..registry.strategy import Object
from ..storage.contract import StoreError
from .availability import PASSED, Checker, Verdict, with_condition
from .discovery import FAILURES, Fetcher, Version, empty
from .openapi import Published
from .services import ApiService

GROUP = "apiregistration.k8s.io"
RESOURCE = "apiservices"
RESYNC_SECONDS = 30.0
FIRST_RETRY_SECONDS = 5.0
LAST_RETRY_SECONDS = 30.0
REFRESH_SECONDS = 60.0

log = logging.getLogger("wherry.apiserver")


class Writer(Protocol):
    """What the aggregator writes through (endpoints.internal.InternalWriter). Raises StatusError."""

    def get(self, group: str, resource: str, namespace: str, name: str) -> Object | None: ...

    async def create(self, group: str, resource: str, obj: Object) -> Object: ...

    async def update(self, group: str, resource: str, obj: Object) -> Object: ...

    async def update_status(self, group: str, resource: str, obj: Object) -> Object: ...

    async def delete(self, group: str, resource: str, namespace: str, name: str, *, uid: str) -> None: ...


async def write_condition(writer: Writer, clock: Clock, name: str, verdict: Verdict) -> None:
    """Brings the verdict into the object's status, when it is not there."""
    obj = writer.get(GROUP, RESOURCE, "", name)
    if obj is None:
        return
    status = with_condition(obj, verdict, rfc3339(clock.now()))
    if status is None:
        return
    try:
        await writer.update_status(GROUP, RESOURCE, {**jsonio.clone(obj), "status": status})
    except (StatusError, StoreError) as error:
        # Whoever was faster has changed the object, which brings us here again.
        log.info("the condition of APIService %s was not written: %s", name, error)


class Follower:
    """Checks an APIService when something about it changes and every half minute, sooner while it fails, and
    keeps its documents. `fresh` is called when they have changed."""

    def __init__(
        self,
        service: ApiService,
        checker: Checker,
        fetcher: Fetcher,
        published: Published,
        writer: Writer,
        clock: Clock,
        fresh: Callable[[], None],
    ) -> None:
        self._service = service
        self._checker = checker
        self._fetcher = fetcher
        self._published = published
        self._writer = writer
        self._clock = clock
        self._fresh = fresh
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._fetched_at: float | None = None
        self._verdict: Verdict | None = None
        self.document: Version = empty(service.version, "Stale")

    def start(self) -> None:
        self._task = background.start(self._run(), f"APIService {self._service.name}")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._published.forget(self._service):
            self._fresh()

    def changed(self, service: ApiService | None = None) -> None:
        """Something it depends on is different; `service` when that is the APIService itself."""
        if service is not None:
            self._service = service
            self._fetched_at = None
        self._changed.set()

    def agrees(self, service: ApiService) -> bool:
        """Whether the condition is the one written here, and nobody else's."""
        verdict = self._verdict
        return verdict is None or (service.available, service.reason) == (verdict[0] == "True", verdict[1])

    async def _run(self) -> None:
        retry = FIRST_RETRY_SECONDS
        while True:
            self._changed.clear()
            verdict = self._verdict = await self._checker.check(self._service)
            await write_condition(self._writer, self._clock, self._service.name, verdict)
            good = await self._refresh(verdict)
            wait, retry = _pause(good, retry)
            await self._rest(wait)

    async def _refresh(self, verdict: Verdict) -> bool:
        """Whether the server is well; its document is fetched when it is due."""
        if verdict != PASSED:
            self._keep({**self.document, "freshness": "Stale"})
            self._fetched_at = None
            return False
        now = self._clock.monotonic()
        if self._fetched_at is not None and now - self._fetched_at < REFRESH_SECONDS:
            return True
        try:
            document = await self._fetcher.version(self._service)
        except FAILURES as error:
            log.warning("discovery of APIService %s failed: %s", self._service.name, error)
            self._keep({**self.document, "freshness": "Stale"})
            return False
        self._fetched_at = now
        self._keep(document)
        if await self._published.refresh(self._service):
            self._fresh()
        return True

    def _keep(self, document: Version) -> None:
        if document != self.document:
            self.document = document
            self._fresh()

    async def _rest(self, seconds: float) -> None:
        """Until something changes, but no longer than `seconds`."""
        waiting = [
            asyncio.create_task(self._changed.wait(), name="apiservice change"),
            asyncio.create_task(self._clock.sleep(seconds), name="apiservice resync"),
        ]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()


def _pause(good: bool, retry: float) -> tuple[float, float]:
    """How long to wait now, and after the next failure."""
    if good:
        return RESYNC_SECONDS, FIRST_RETRY_SECONDS
    return retry, min(retry * 2, LAST_RETRY_SECONDS)
