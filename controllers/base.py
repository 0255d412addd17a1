"""The frame of a controller: informers feed a queue of keys, workers reconcile them, failures come again."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Iterable
from typing import Any, ClassVar

from ..apimachinery.errors import is_reason
from ..apimachinery.gvk import GroupVersionResource
from ..client.errors import Unreachable
from ..client.informer import Handler, Informer, key_of
from ..client.workqueue import MAX_DELAY, ShutDown, WorkQueue
from . import metrics
from .context import Context, Object

_log = logging.getLogger(__name__)
REFUSALS = (
    "Forbidden",
    "Invalid",
    "TooManyRequests",
    "BadRequest",
    "InternalError",
    "ServiceUnavailable",
    "Timeout",
    "ServerTimeout",
)
"""Reasons of answers that say all there is to say."""


class Told(Exception):  # noqa: N818
    """What failed is told by an event already; all that is left is to try again."""


class Controller(ABC):
    """A subclass wires its informers in `__init__` and handles one key in `reconcile`.

    Reconciling is level-triggered: it reads the caches, compares with what should be, writes the difference.
    """

    name: ClassVar[str]
    """Upstream's name, as `--controllers` takes it."""
    default_on: ClassVar[bool] = True
    queue_name: ClassVar[str] = ""
    """Upstream's name of the queue in metrics; empty: the controller's own."""
    longest_wait: ClassVar[float] = MAX_DELAY
    """Seconds after which at last what failed is tried again; upstream's."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.client = ctx.client
        self.clock = ctx.clock
        self.queue = WorkQueue[str](
            self.queue_name or self.name, ctx.clock, worker=self.name, longest=self.longest_wait
        )
        self.workers = ctx.settings.concurrent_syncs
        self._informers: list[Informer] = []

    @abstractmethod
    async def reconcile(self, key: str) -> None:
        """Brings one object nearer to what it should be. What it raises is tried again, later each time."""

    def loops(self) -> Iterable[tuple[str, Coroutine[Any, Any, None]]]:
        """Further endless tasks, with a name each."""
        return ()

    def informer(
        self, r: GroupVersionResource, handler: Handler | None = None, *, fields: str = ""
    ) -> Informer:
        """The shared informer (of what the field selector chooses), which the workers wait for before they
        start."""
        informer = self.ctx.informers.of(r, fields)
        self._informers.append(informer)
        if handler is not None:
            informer.on_event(handler)
        return informer

    def enqueue(self, obj: Object) -> None:
        self.queue.add(key_of(obj))

    def on_change(self, kind: str, new: Object, old: Object | None) -> None:
        """A handler that enqueues whatever changed."""
        self.enqueue(new)

    @property
    def idle(self) -> bool:
        return self.queue.idle

    @property
    def ready(self) -> bool:
        """Whether the caches this controller reads have been filled once."""
        return all(informer.has_synced for informer in self._informers)

    async def run(self) -> None:
        """Waits for the caches, then works until cancelled."""
        for informer in self._informers:
            await informer.synced()
        running = metrics.RUNNING.labels(self.name, "kube-controller-manager")
        running.set(1)
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(self.workers):
                    group.create_task(self._work(), name=f"{self.name} worker {number}")
                for name, loop in self.loops():
                    group.create_task(loop, name=f"{self.name} {name}")
        finally:
            running.set(0)
            self.queue.shut_down()

    async def _work(self) -> None:
        while True:
            try:
                key = await self.queue.get()
            except ShutDown:
                return
            try:
                await self.reconcile(key)
                self.queue.forget(key)
            except Exception as error:
                self._failed(key, error)
            finally:
                self.queue.done(key)

    def _failed(self, key: str, error: Exception) -> None:
        """Conflicts and races are part of life; what is not expected is logged with its trace."""
        if is_reason(error, "Conflict", "NotFound", "AlreadyExists") or isinstance(error, Unreachable):
            _log.debug("%s: %s: %s", self.name, key, error)
        elif isinstance(error, Told):
            _log.info("%s: %s: %s", self.name, key, error)
        elif is_reason(error, *REFUSALS):
            _log.warning("%s: %s: %s", self.name, key, error)
        else:
            _log.error("%s: %s failed", self.name, key, exc_info=error)
        self.queue.add_rate_limited(key)
