"""The connections that pass through: each is joined to an endpoint, and drained when that endpoint leaves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import ClientWebSocketResponse
from prometheus_client import Counter, Gauge

from ..apimachinery import ports
from ..apimachinery.clock import Clock
from . import remote
from .balancer import Balancer
from .datagrams import Datagrams
from .relay import Side, join
from .topology import Endpoint

OPEN = Gauge("kubeproxy_open_connections", "Connections being relayed")
FAILED = Counter("kubeproxy_failed_connections", "Connections that no endpoint took")
_log = logging.getLogger(__name__)


class Connections:
    """`is_local` says whether a node's pods can be dialled from this machine."""

    def __init__(
        self,
        clock: Clock,
        tunnels: remote.Tunnels,
        is_local: Callable[[str], bool],
        *,
        connect_seconds: float,
        drain_seconds: float,
    ) -> None:
        self._clock = clock
        self._tunnels = tunnels
        self._is_local = is_local
        self._connect_seconds = connect_seconds
        self._drain_seconds = drain_seconds
        self.datagrams = Datagrams(clock, is_local)
        self._open: dict[Endpoint, set[Side]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def count(self, endpoint: Endpoint) -> int:
        return len(self._open.get(endpoint, ()))

    def accept(self, balancer: Balancer) -> Side:
        """The protocol of a connection that a listener accepted."""
        return _Inbound(self, balancer)

    def start(self, side: Side, balancer: Balancer) -> None:
        self._spawn("dial", self._dial(side, balancer))

    def drain(self, gone: set[Endpoint], still_used: Callable[[Endpoint], bool]) -> None:
        """Gives connections to endpoints that left some time, then ends them, unless the endpoint is back."""
        for endpoint in gone:
            if endpoint in self._open:
                self._spawn("drain", self._end_later(endpoint, still_used))

    async def close(self) -> None:
        await self.datagrams.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for sides in list(self._open.values()):
            for side in list(sides):
                side.abort()

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _dial(self, side: Side, balancer: Balancer) -> None:
        """Tries the endpoints in turn; when none answers the client is refused."""
        assert side.transport is not None
        peer = side.transport.get_extra_info("peername")
        client = peer[0] if peer else ""
        for endpoint in balancer.order(client):
            if side.lost:
                return
            try:
                if self._is_local(endpoint.node):
                    await self._connect(side, endpoint)
                    balancer.connected(client, endpoint)
                else:
                    tunnel = await self._tunnels.open(endpoint)
                    balancer.connected(client, endpoint)
                    await self._carry(side, endpoint, tunnel)
                return
            except (OSError, TimeoutError) as error:
                _log.info(
                    "%s: endpoint %s:%s: %s", balancer.route.name, endpoint.address, endpoint.port, error
                )
        FAILED.inc()
        side.abort()

    async def _connect(self, side: Side, endpoint: Endpoint) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._clock.real(self._connect_seconds)):
            _, other = await loop.create_connection(Side, endpoint.address, dialled(endpoint))
        if side.lost:
            other.abort()
            return
        self._enter(endpoint, side)
        side.on_lost = lambda: self._leave(endpoint, side)
        join(side, other)

    async def _carry(self, side: Side, endpoint: Endpoint, tunnel: ClientWebSocketResponse) -> None:
        self._enter(endpoint, side)
        try:
            await remote.carry(side, tunnel)
        finally:
            self._leave(endpoint, side)

    def _enter(self, endpoint: Endpoint, side: Side) -> None:
        self._open.setdefault(endpoint, set()).add(side)
        OPEN.inc()

    def _leave(self, endpoint: Endpoint, side: Side) -> None:
        sides = self._open.get(endpoint)
        if sides is not None and side in sides:
            OPEN.dec()
            sides.discard(side)
            if not sides:
                del self._open[endpoint]

    async def _end_later(self, endpoint: Endpoint, still_used: Callable[[Endpoint], bool]) -> None:
        old = set(self._open.get(endpoint, ()))
        await self._clock.sleep(self._drain_seconds)
        if not still_used(endpoint):
            for side in old & self._open.get(endpoint, set()):
                side.close()
                if side.peer is not None:
                    side.peer.close()


def dialled(endpoint: Endpoint) -> int:
    """The port to dial: a pod may not be able to serve a low one."""
    return ports.served_at(endpoint.port) if endpoint.pod[1] else endpoint.port


class _Inbound(Side):
    """A client's connection: asks for an endpoint as soon as it stands."""

    def __init__(self, owner: Connections, balancer: Balancer) -> None:
        super().__init__()
        self._owner = owner
        self._balancer = balancer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._owner.start(self, self._balancer)
