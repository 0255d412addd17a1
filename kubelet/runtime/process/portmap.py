"""Ports of the node that lead to a pod (`hostPort`), over TCP and UDP. Source: the portmap plug-in of CNI."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections import OrderedDict
from collections.abc import Coroutine
from typing import Any, cast

from ....apimachinery import ports
from ..contract import PortMapping, RuntimeFault, Sandbox

BACKLOG = 128
CHUNK = 64 * 1024
FLOWS = 1024
"""Clients of a UDP port that are remembered; one more takes the place of the one that was quiet longest."""
Address = tuple[str, int]
log = logging.getLogger(__name__)


class PortMap:
    """The listeners of a node's pods, by the pods' uids."""

    def __init__(self) -> None:
        self._open: dict[str, list[asyncio.Server | asyncio.DatagramTransport]] = {}
        self._tasks: dict[str, set[asyncio.Task[None]]] = {}

    async def open(self, sandbox: Sandbox) -> None:
        """Idempotent. RuntimeFault when a port that must be had is taken; then none is left open."""
        if sandbox.uid in self._open or not sandbox.ports:
            return
        self._open[sandbox.uid], self._tasks[sandbox.uid] = [], set()
        for mapping in sandbox.ports:
            try:
                await self._listen(sandbox, mapping)
            except OSError as error:
                if mapping.needed:
                    await self.close(sandbox.uid)
                    where = f"{mapping.address}:{mapping.host_port}/{mapping.protocol}"
                    text = f"failed to set up host port {where}: {error.strerror or error}"
                    raise RuntimeFault("FailedCreatePodSandBox", text) from error
                log.info("host port %s of %s: %s", mapping.host_port, sandbox.name, error)

    async def close(self, uid: str) -> None:
        for server in self._open.pop(uid, []):
            server.close()
        tasks = self._tasks.pop(uid, set())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def close_all(self) -> None:
        for uid in list(self._open):
            await self.close(uid)

    async def _listen(self, sandbox: Sandbox, mapping: PortMapping) -> None:
        loop = asyncio.get_running_loop()
        here = (mapping.address, ports.served_at(mapping.host_port))
        there = (sandbox.ip, ports.served_at(mapping.port))
        kind = socket.SOCK_DGRAM if mapping.protocol == "UDP" else socket.SOCK_STREAM
        sock = socket.socket(socket.AF_INET, kind)
        try:
            if kind == socket.SOCK_STREAM:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(here)
            sock.setblocking(False)
        except OSError:
            sock.close()
            raise
        if kind == socket.SOCK_DGRAM:
            made, _ = await loop.create_datagram_endpoint(lambda: _Front(self, sandbox.uid, there), sock=sock)
            self._open[sandbox.uid].append(made)
            return

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.spawn(sandbox.uid, f"host port {mapping.host_port}", _joined(reader, writer, there))

        self._open[sandbox.uid].append(await asyncio.start_server(connected, sock=sock, backlog=BACKLOG))

    def spawn(self, uid: str, name: str, work: Coroutine[Any, Any, None]) -> None:
        """A task that ends with the pod at the latest."""
        tasks = self._tasks.get(uid)
        if tasks is None:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(work, name=name)
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def _joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, there: Address) -> None:
    """Until both directions have ended."""
    try:
        inner_reader, inner_writer = await asyncio.open_connection(*there)
        try:
            await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))
        finally:
            inner_writer.close()
    except OSError as error:
        log.debug("host port: %s: %s", there, error)
    finally:
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()


class _Front(asyncio.DatagramProtocol):
    """What clients send to."""

    def __init__(self, owner: PortMap, uid: str, there: Address) -> None:
        self._owner = owner
        self._uid = uid
        self._there = there
        self._flows: OrderedDict[Address, _Flow] = OrderedDict()
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        for flow in self._flows.values():
            flow.close()

    def datagram_received(self, data: bytes, peer: Address) -> None:
        flow = self._flows.get(peer)
        if flow is None:
            if len(self._flows) >= FLOWS:
                self._flows.popitem(last=False)[1].close()
            flow = self._flows[peer] = _Flow(self, peer)
            self._owner.spawn(self._uid, "host port flow", flow.open(self._there))
        self._flows.move_to_end(peer)
        flow.send(data)

    def forget(self, peer: Address) -> None:
        self._flows.pop(peer, None)


class _Flow(asyncio.DatagramProtocol):
    """One client's socket towards the pod."""

    def __init__(self, front: _Front, peer: Address) -> None:
        self._front = front
        self._peer = peer
        self._early: list[bytes] = []
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self, there: Address) -> None:
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, remote_addr=there)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        for data in self._early:
            self._transport.sendto(data)
        self._early.clear()

    def send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.sendto(data)
        else:
            self._early.append(data)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if self._front.transport is not None:
            self._front.transport.sendto(data, self._peer)

    def error_received(self, error: Exception) -> None:
        """Nobody listens there; the next datagram tries again."""
        self.close()
        self._front.forget(self._peer)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
