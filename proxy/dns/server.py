"""The sockets of the name server, UDP and TCP, and how a packet becomes an answer."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
import struct
from collections.abc import Callable
from typing import Any, cast

from prometheus_client import Counter

from ...apimachinery.clock import Clock
from ...client.tasks import Tasks
from .. import binding
from .forward import Forwarder
from .message import BadQuery, Query, addresses_in, question
from .zone import Found, Zone

PORT = 53
RETRY_SECONDS = 10.0
IDLE_SECONDS = 10.0
CONNECTIONS = 256
AT_ONCE = 1024
"""Questions being answered; further ones are dropped, as a full socket would."""
REQUESTS = Counter("coredns_dns_requests", "Questions asked", ["type"])
FAILED = Counter("coredns_forward_failures", "Questions that no other name server answered")
_LENGTH = struct.Struct(">H")
_log = logging.getLogger(__name__)


class NameServer:
    """Answers for `zone` and asks `forwarder` for everything else."""

    def __init__(
        self,
        zone: Zone,
        address: str,
        forwarder: Forwarder,
        clock: Clock,
        rng: random.Random,
        port: int = PORT,
    ) -> None:
        self.listening = asyncio.Event()
        self._zone = zone
        self._address = address
        self._asked_port = port
        self._forwarder = forwarder
        self._clock = clock
        self._rng = rng
        self._tasks = Tasks()
        self._open: set[asyncio.StreamWriter] = set()
        self._waiting = 0
        self._told = False

    async def run(self) -> None:
        """Until cancelled. An address that is taken is tried again."""
        async with self._tasks:
            while (sockets := self._bound()) is None:
                await self._clock.sleep(RETRY_SECONDS)
            await self._serve(*sockets)

    def _bound(self) -> tuple[socket.socket, socket.socket] | None:
        try:
            stream = binding.bind(self._address, self._asked_port)
        except OSError as error:
            self._taken(error)
            return None
        port = stream.getsockname()[1]
        try:
            packets = binding.bind(self._address, port, socket.SOCK_DGRAM)
        except OSError as error:
            stream.close()
            self._taken(error)
            return None
        if port != self._asked_port:
            _log.info(
                "names are served on %s:%d: the low port may not be bound, and who connects is led there",
                self._address,
                port,
            )
        return stream, packets

    def _taken(self, error: OSError) -> None:
        if not self._told:
            _log.warning("cannot listen on %s:%d: %s", self._address, self._asked_port, error.strerror)
        self._told = True

    async def _serve(self, stream: socket.socket, packets: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Packets(self._packet), sock=packets)
        server = await asyncio.start_server(self._connection, sock=stream)
        self.listening.set()
        try:
            await loop.create_future()
        finally:
            server.close()
            transport.close()
            for writer in list(self._open):
                writer.close()

    def _packet(self, data: bytes, peer: Any, transport: asyncio.DatagramTransport) -> None:
        if self._waiting < AT_ONCE:
            self._waiting += 1
            self._tasks.spawn("dns answer", self._reply(data, peer, transport))

    async def _reply(self, data: bytes, peer: Any, transport: asyncio.DatagramTransport) -> None:
        try:
            reply = await self.answer(data, tcp=False)
            if reply is not None and not transport.is_closing():
                transport.sendto(reply, peer)
        finally:
            self._waiting -= 1

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Any number of questions, one after the other."""
        if len(self._open) >= CONNECTIONS:
            writer.close()
            return
        self._open.add(writer)
        try:
            while True:
                async with asyncio.timeout(self._clock.real(IDLE_SECONDS)):
                    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
                    data = await reader.readexactly(length)
                reply = await self.answer(data, tcp=True)
                if reply is None:
                    return
                writer.write(_LENGTH.pack(len(reply)) + reply)
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            self._open.discard(writer)
            writer.close()

    async def answer(self, data: bytes, *, tcp: bool) -> bytes | None:
        """None: nothing is to be said."""
        try:
            query = Query(data)
        except BadQuery as bad:
            return bad.reply
        REQUESTS.labels(query.kind if query.kind.isalnum() else "other").inc()
        found = self._zone.find(query.name, query.kind) if query.internet else None
        if found is None:
            return await self._elsewhere(query, tcp)
        more = await self._resolve(found, query) if found.elsewhere else []
        mixed = found._replace(answers=self._mixed(found))
        reply = query.answer(mixed, self._zone, more)
        return reply if tcp else query.fits(reply)

    def _mixed(self, found: Found) -> Any:
        """Clients take the first: each gets another one. An alias stays before what it stands for."""
        if len(found.answers) < 2 or found.answers[0].kind == "CNAME":
            return found.answers
        return tuple(self._rng.sample(found.answers, len(found.answers)))

    async def _elsewhere(self, query: Query, tcp: bool) -> bytes:
        if not self._forwarder.servers:
            return query.refused("REFUSED")
        try:
            return await self._forwarder.ask(query.data, tcp=tcp)
        except OSError as error:
            FAILED.inc()
            _log.info("%s: %s", query.name, error)
            return query.refused("SERVFAIL")

    async def _resolve(self, found: Found, query: Query) -> list[Any]:
        """What an alias to a name of somebody else stands for; nothing when nobody says."""
        try:
            asked = question(found.elsewhere, query.kind, self._rng.getrandbits(16))
            return addresses_in(await self._forwarder.ask(asked, tcp=False))
        except OSError as error:
            FAILED.inc()
            _log.info("%s: %s", found.elsewhere, error)
            return []


class _Packets(asyncio.DatagramProtocol):
    def __init__(self, got: Callable[[bytes, Any, asyncio.DatagramTransport], None]) -> None:
        self._got = got
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if self._transport is not None:
            self._got(data, addr, self._transport)
