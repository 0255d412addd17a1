"""Connections that stop being HTTP: kubectl before 1.30 and client-go's SPDY executors ask for `SPDY/3.1`.

The protocol puts an `Upgrade` into the ASGI scope's extensions; whoever answers the request may switch, or
answer as usual, after which the connection is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

EXTENSION = "wherry.upgrade"
PROTOCOLS = (b"spdy/3.1",)
"""What may be asked for; WebSockets have their own way."""
LIMIT = 1 << 20
"""Bytes that wait to be read before the client has to."""


class Streams(NamedTuple):
    """The connection's bytes from now on. Whoever has them closes the writer."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class _Raw(asyncio.StreamReaderProtocol):
    """Tells the HTTP side when the connection is lost, which keeps count of what is open."""

    def __init__(self, reader: asyncio.StreamReader, lost: Callable[[Exception | None], None]) -> None:
        super().__init__(reader)
        self._tell = lost

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._tell(exc)


class Upgrade:
    """One request to switch. `early` gathers what the client sends before it is answered."""

    def __init__(
        self,
        wanted: bytes,
        transport: asyncio.Transport,
        switched: Callable[[], None],
        lost: Callable[[Exception | None], None],
    ) -> None:
        self.wanted = wanted
        self.early = bytearray()
        self.done = False
        self._transport = transport
        self._switched = switched
        self._lost = lost

    def switch(self, headers: Iterable[tuple[bytes, bytes]] = ()) -> Streams:
        """Answers 101 and hands the connection over. ConnectionError when the client has gone."""
        transport = self._transport
        if transport.is_closing():
            raise ConnectionResetError("the client has closed the connection")
        self.done = True
        self._switched()
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=LIMIT, loop=loop)
        protocol = _Raw(reader, self._lost)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        lines = (
            b"%s: %s\r\n" % pair
            for pair in ((b"Connection", b"Upgrade"), (b"Upgrade", b"SPDY/3.1"), *headers)
        )
        transport.write(b"HTTP/1.1 101 Switching Protocols\r\n" + b"".join(lines) + b"\r\n")
        if self.early:
            reader.feed_data(bytes(self.early))
        return Streams(reader, asyncio.StreamWriter(transport, protocol, reader, loop))


def of(asgi: dict[str, Any]) -> Upgrade | None:
    """What a request asks to become; None for a plain one."""
    found: Upgrade | None = asgi.get("extensions", {}).get(EXTENSION)
    return found
