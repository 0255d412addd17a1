"""Asks the machine's own name servers what is not ours to say."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

from ...apimachinery.clock import Clock

PORT = 53
SECONDS = 2.0
"""How long one server may take; a pod's resolver waits 5 s."""
MOST_SERVERS = 2
AT_ONCE = 256
_LENGTH = struct.Struct(">H")


def resolvers(path: Path, own: str) -> list[str]:
    """The name servers of a resolv.conf, without ourselves; none when it cannot be read."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return []
    fields = [line.split() for line in lines]
    named = [f[1] for f in fields if len(f) > 1 and f[0] == "nameserver"]
    return [address for address in named if address != own][:MOST_SERVERS]


class Forwarder:
    """`servers` are asked in turn until one answers."""

    def __init__(self, servers: list[str], clock: Clock, port: int = PORT) -> None:
        self.servers = servers
        self._clock = clock
        self._port = port
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def ask(self, query: bytes, *, tcp: bool) -> bytes:
        """The answer as it came. OSError when no server gives one."""
        error: Exception = OSError("there is no name server to ask")
        async with self._slots:
            for server in self.servers:
                try:
                    async with asyncio.timeout(self._clock.real(SECONDS)):
                        return await (self._by_tcp if tcp else self._by_udp)(server, query)
                except (OSError, asyncio.IncompleteReadError) as failure:
                    error = failure
        raise OSError(f"no name server answers: {error or 'it takes too long'}")

    async def _by_udp(self, server: str, query: bytes) -> bytes:
        loop = asyncio.get_running_loop()
        protocol = _Answer(query[:2])
        # A socket, and so a port, per question: whoever wants to forge an answer has to guess it.
        transport, _ = await loop.create_datagram_endpoint(lambda: protocol, remote_addr=(server, self._port))
        try:
            transport.sendto(query)
            return await protocol.answer
        finally:
            transport.close()

    async def _by_tcp(self, server: str, query: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(server, self._port)
        try:
            writer.write(_LENGTH.pack(len(query)) + query)
            (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
            return await reader.readexactly(length)
        finally:
            writer.close()


class _Answer(asyncio.DatagramProtocol):
    """The first datagram with the query's number."""

    def __init__(self, ident: bytes) -> None:
        self._ident = ident
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        if data[:2] == self._ident and not self.answer.done():
            self.answer.set_result(data)

    def error_received(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)
