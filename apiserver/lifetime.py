"""How long a request may go on: until its time is up, or until nobody waits for its answer any more.

A request is given up only where it waits for others (`waiting`, `bounded`): an object on its way to the store
is never given up, so what was committed is never undone. A request that waits for nobody pays for two
assignments.

Source: k8s.io/apiserver pkg/endpoints/filters/request_deadline.go, pkg/server/filters/timeout.go.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

SECONDS = 60.0
"""What `--request-timeout` is by default."""
WRITE_SECONDS = 34.0
"""How long a verb that writes may take, whatever the request was given (upstream's limit)."""


class Ended(Exception):  # noqa: N818
    """The request is given up."""


class ClientGone(Ended):
    """Nobody is left to answer."""


class TimeIsUp(Ended):
    """The request has had its time. `writing`: that of a write; else what the client or the server allows."""

    def __init__(self, writing: bool) -> None:
        super().__init__("context deadline exceeded")
        self.writing = writing


class Lifetime:
    """One request's. `limit` is how many seconds it may take in all, infinite for what is meant to last: real
    ones, since a client's patience does not run faster than time."""

    # What most requests never come to is set here, because every request pays for what __init__ does.
    gone = False
    _writing = _over = False
    _scopes: tuple[asyncio.Timeout, ...] = ()
    _then: Callable[[], None] | None = None
    _watch: asyncio.Task[None] | None = None

    def __init__(self, receive: Callable[[], Awaitable[dict[str, Any]]], limit: float) -> None:
        self._began = _now()
        self._receive = receive
        self.limit = limit

    @property
    def left(self) -> float:
        """Seconds from now on."""
        return self.limit - (_now() - self._began)

    def shorten(self, limit: float, *, writing: bool = False) -> None:
        """Allows less than before, if it is less."""
        if limit < self.limit:
            self.limit, self._writing = limit, writing

    @asynccontextmanager
    async def bounded(self) -> AsyncIterator[None]:
        """Gives up what is done inside when the time is up. TimeIsUp, ClientGone."""
        if self.gone:
            raise ClientGone
        until = None if self.limit == math.inf else self._began + self.limit
        scope = asyncio.timeout_at(until)
        try:
            async with scope:
                self._scopes += (scope,)
                try:
                    yield
                finally:
                    self._scopes = tuple(other for other in self._scopes if other is not scope)
        except TimeoutError:
            if not scope.expired():
                raise
            raise (ClientGone() if self.gone else TimeIsUp(self._writing)) from None

    def look_out(self, then: Callable[[], None] | None = None) -> None:
        """Begins to notice that the client goes away, and does `then` when it has. The request's body must
        have been read, and no one else must read what the client sends from now on."""
        self._then = then or self._then
        if self._watch is None and not self._over:
            self._watch = asyncio.create_task(self._look_out(), name="request-disconnect")

    async def _look_out(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.leave()

    def leave(self) -> None:
        """The client has gone: gives up whatever the request waits for."""
        self.gone = True
        if self._then is not None:
            self._then()
        for scope in self._scopes:
            # Whose time is just up ends anyway, and cannot be told another time any more.
            if not scope.expired():
                scope.reschedule(_now())

    def close(self) -> None:
        """The request is answered; what it started in the background is its own master from now on. It may be
        remembered for long, by the context of a timer for example, and so holds on to nothing."""
        self._over = True
        self.gone = False
        self.limit = math.inf
        self._then = None
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None


def _now() -> float:
    return asyncio.get_running_loop().time()


current: ContextVar[Lifetime | None] = ContextVar("lifetime", default=None)
"""The lifetime of the request that runs, which calls to others find here as Go's find it in their context."""


def left() -> float:
    """Seconds that the current request has; infinite outside of any."""
    life = current.get()
    return math.inf if life is None else life.left


@asynccontextmanager
async def bounded() -> AsyncIterator[None]:
    """`Lifetime.bounded` of the current request, if there is one."""
    life = current.get()
    if life is None:
        yield
        return
    async with life.bounded():
        yield


@asynccontextmanager
async def waiting() -> AsyncIterator[None]:
    """The same around a call to somebody else, which also ends when the client goes away. Not before the
    request's body was read."""
    life = current.get()
    if life is not None and life.limit < math.inf:
        # What lasts has a client that may have more to say than that it leaves: it looks out by itself.
        life.look_out()
    async with bounded():
        yield
