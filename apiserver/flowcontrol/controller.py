"""What the handler asks before a request runs: to which level it belongs, and whether it may go on."""

from __future__ import annotations

import asyncio
import contextlib
import math
from typing import Protocol

from ...apimachinery.clock import Clock
from ..endpoints.exchange import Request
from ..storage.change import Change
from ..storage.watch_cache import WatchCache
from . import rules
from .borrowing import adjust
from .config import CATCH_ALL, Config
from .estimate import Counts, seats
from .level import Flow, Rejected, Ticket
from .objects import Keeper

ADJUSTMENT_SECONDS = 10.0
WAIT_PART = 4
"""A request waits at most for this part of the time that it has, and never longer than"""
WAIT_SECONDS = 60.0
LONG_SUBRESOURCES = frozenset(("attach", "exec", "log", "portforward", "proxy"))
_MOST_KEYS = 8192


class Gate(Protocol):
    """What lets requests in: priority and fairness, or the plain limits."""

    def enter(self, request: Request, now: float) -> Ticket | None:
        """A ticket, with `waiting` set while it has no seat; None for what is not counted. Rejected."""

    async def wait(self, ticket: Ticket) -> None:
        """Returns when the ticket is seated. Rejected when that takes too long."""

    def leave(self, ticket: Ticket, now: float) -> None:
        """Gives back what the ticket has. Calling it again does nothing."""

    def start(self) -> None: ...

    async def close(self) -> None: ...


class PriorityAndFairness:
    """Classifies requests by the objects of the moment and seats them. Implements `Gate`."""

    def __init__(
        self,
        schemas: WatchCache,
        levels: WatchCache,
        counts: Counts,
        keeper: Keeper,
        clock: Clock,
        total: int,
        limit: float,
    ) -> None:
        """`total` seats; `limit` is how many seconds a request may take."""
        self.config = Config(total)
        self.fair = 0.0
        """The part of its target that each level got at the last adjustment."""
        self._schemas = schemas
        self._levels = levels
        self._counts = counts
        self._keeper = keeper
        self._clock = clock
        self._limit = limit
        self._flows: dict[object, Flow] = {}
        self._stale = True
        self._task: asyncio.Task[None] | None = None
        schemas.listen(self._changed)
        levels.listen(self._changed)

    # -- requests

    def enter(self, request: Request, now: float) -> Ticket | None:
        info = request.info
        if info.subresource in LONG_SUBRESOURCES or info.verb == "proxy":
            return None
        flow = self._flow(request)
        request.stamps += flow.stamps
        level = flow.level
        verb = info.verb
        wanted = seats(request, level.largest, self._counts) if verb == "list" or verb == "watch" else 1
        ticket = Ticket(flow, wanted, now, request)
        if verb == "watch":
            ticket.times = flow.counts.watched
        if not level.seat(ticket):
            level.enqueue(ticket, self.distinguisher(flow, request))
            loop = asyncio.get_running_loop()
            if ticket.waiting is not None:
                ticket.timer = loop.call_later(self._patience(request), self._expire, ticket)
        return ticket

    def _patience(self, request: Request) -> float:
        """Real seconds."""
        limit = request.life.limit
        return min(WAIT_SECONDS, (self._limit if limit == math.inf else limit) / WAIT_PART)

    def _expire(self, ticket: Ticket) -> None:
        ticket.flow.level.expire(ticket, self._clock.monotonic())

    async def wait(self, ticket: Ticket) -> None:
        if ticket.waiting is None:
            return
        try:
            await ticket.waiting
        except asyncio.CancelledError:
            self.leave(ticket, self._clock.monotonic())
            raise

    def leave(self, ticket: Ticket, now: float) -> None:
        if ticket.gone:
            return
        level = ticket.flow.level
        if ticket.waiting is not None:
            level.cancel(ticket, now)
            return
        level.leave(ticket, now)
        ticket.times.observe(now - ticket.started)

    def _flow(self, request: Request) -> Flow:
        """The classification, remembered for everything that rules can look at."""
        if self._stale:
            self._digest()
        info, user = request.info, request.user
        if info.resource:
            what = info.group, info.resource, info.subresource, info.namespace
            key: object = (user.name, user.groups, info.verb, *what)
        else:
            key = (user.name, user.groups, info.verb, request.path)
        flow = self._flows.get(key)
        if flow is None:
            if len(self._flows) >= _MOST_KEYS:
                self._flows.clear()
            flow = self._flows[key] = self._classified(request)
        return flow

    def _classified(self, request: Request) -> Flow:
        for schema in self.config.schemas:
            if rules.matches(schema.spec, request.user, request.info, request.path):
                return schema.flow
        return next(schema.flow for schema in self.config.schemas if schema.name == CATCH_ALL)

    @staticmethod
    def distinguisher(flow: Flow, request: Request) -> str:
        """What tells the request's flow from the others of its schema."""
        if flow.by == "ByUser":
            return request.user.name
        return request.info.namespace if flow.by == "ByNamespace" else ""

    # -- configuration

    def _changed(self, _: Change) -> None:
        self._stale = True
        self._keeper.due.set()

    def _digest(self) -> None:
        self._stale = False
        self._flows.clear()
        schemas = [entry.obj for entry in self._schemas.entries()]
        levels = [entry.obj for entry in self._levels.entries()]
        self.config.digest(schemas, levels, self._clock.monotonic())

    def start(self) -> None:
        """Begins to keep the objects and to move seats. Called once, in the event loop."""
        self._keeper.start()
        self._task = asyncio.create_task(self._adjust(), name="flow control seats")

    async def close(self) -> None:
        await self._keeper.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _adjust(self) -> None:
        while True:
            await self._clock.sleep(ADJUSTMENT_SECONDS)
            if self._stale:
                self._digest()
            self.adjust()

    def adjust(self) -> None:
        """Gives each level the seats that its demand asks for."""
        now = self._clock.monotonic()
        self.config.reap()
        levels = self.config.levels.values()
        for level in levels:
            level.demand.settle(now)
        self.fair = adjust(levels)
        for level in levels:
            if level.waiting:
                level.dispatch(now)


__all__ = ["Gate", "PriorityAndFairness", "Rejected"]
