"""UDP through a Service: each client's datagrams go to one endpoint, and its answers back, until it is quiet.

Source: kube-proxy, whose connection tracking forgets a quiet flow and one whose endpoint has left.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, cast

from ..apimachinery.clock import Clock
from .balancer import Balancer
from .topology import Endpoint

IDLE_SECONDS = 60.0
FLOWS = 4096
"""Per address and port; a new client takes the place of the one that was quiet longest."""
EARLY = 64
"""Datagrams of a client that are kept while its flow is made."""
Peer = tuple[str, int]
_log = logging.getLogger(__name__)


class Datagrams:
    """`is_local` says whether a node's pods can be reached from this machine; those of others cannot."""

    def __init__(self, clock: Clock, is_local: Callable[[str], bool]) -> None:
        self.clock = clock
        self.is_local = is_local
        self._tasks: set[asyncio.Task[None]] = set()

    def accept(self, balancer: Balancer) -> asyncio.DatagramProtocol:
        """The protocol of a listener's socket."""
        return _Front(self, balancer)

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Front(asyncio.DatagramProtocol):
    """What clients send to. Its task forgets quiet flows, and ends with the last one."""

    def __init__(self, owner: Datagrams, balancer: Balancer) -> None:
        self._owner = owner
        self._balancer = balancer
        self._flows: OrderedDict[Peer, _Flow] = OrderedDict()
        self._task: asyncio.Task[None] | None = None
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        if self._task is not None:
            self._task.cancel()

    def datagram_received(self, data: bytes, peer: Peer) -> None:
        flow = self._flows.get(peer)
        if flow is None or flow.ended or flow.endpoint not in self._balancer.route.endpoints:
            flow = self._start(peer)
            if flow is None:
                return
        self._flows.move_to_end(peer)
        flow.send(data, self._owner.clock.monotonic())

    def _start(self, peer: Peer) -> _Flow | None:
        """A flow to the endpoint whose turn it is; None when none can be reached."""
        self._forget(peer)
        here = (e for e in self._balancer.order(peer[0]) if self._owner.is_local(e.node))
        endpoint = next(here, None)
        if endpoint is None:
            _log.info("%s: UDP does not reach endpoints of other machines", self._balancer.route.name)
            return None
        self._balancer.connected(peer[0], endpoint)
        if len(self._flows) >= FLOWS:
            self._forget(next(iter(self._flows)))
        flow = self._flows[peer] = _Flow(self, peer, endpoint)
        if self._task is None or self._task.done():
            self._task = self._owner.spawn("udp flows", self._run())
        self._owner.spawn("udp flow", flow.open())
        return flow

    def _forget(self, peer: Peer) -> None:
        flow = self._flows.pop(peer, None)
        if flow is not None:
            flow.close()

    async def _run(self) -> None:
        clock = self._owner.clock
        try:
            while self._flows:
                await clock.sleep(IDLE_SECONDS / 2)
                oldest = clock.monotonic() - IDLE_SECONDS
                for peer in [p for p, flow in self._flows.items() if flow.ended or flow.used <= oldest]:
                    self._forget(peer)
        finally:
            for peer in list(self._flows):
                self._forget(peer)


class _Flow(asyncio.DatagramProtocol):
    """A client's socket towards its endpoint."""

    def __init__(self, front: _Front, peer: Peer, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.used = 0.0
        self.ended = False
        self._front = front
        self._peer = peer
        self._early: list[bytes] = []
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        """Sends what came meanwhile."""
        loop = asyncio.get_running_loop()
        try:
            await loop.create_datagram_endpoint(
                lambda: self, remote_addr=(self.endpoint.address, self.endpoint.port)
            )
        except OSError as error:
            _log.info("endpoint %s:%s: %s", self.endpoint.address, self.endpoint.port, error)
            self.ended = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        if self.ended:
            self._transport.close()
            return
        for data in self._early:
            self._transport.sendto(data)
        self._early.clear()

    def send(self, data: bytes, now: float) -> None:
        self.used = now
        if self._transport is not None:
            self._transport.sendto(data)
        elif len(self._early) < EARLY:
            self._early.append(data)

    def datagram_received(self, data: bytes, addr: Peer) -> None:
        if self._front.transport is not None:
            self._front.transport.sendto(data, self._peer)

    def error_received(self, error: Exception) -> None:
        """Nobody listens there: the client's next datagram goes to another endpoint."""
        self.close()

    def close(self) -> None:
        self.ended = True
        if self._transport is not None:
            self._transport.close()
