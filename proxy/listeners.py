"""The sockets: one per address and port in the table, opened and closed as it changes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from . import binding
from .table import Listen

BACKLOG = 1024

Accept = Callable[[], asyncio.BaseProtocol]
"""Makes the protocol of a connection, or of the one socket of UDP."""


class Listeners:
    """`bound` maps what was asked for to the port that is really listened on."""

    def __init__(self) -> None:
        self._servers: dict[Listen, asyncio.Server | asyncio.DatagramTransport] = {}
        self.bound: dict[Listen, int] = {}

    def __contains__(self, where: Listen) -> bool:
        return where in self._servers

    async def open(self, where: Listen, accept: Accept) -> int:
        """Listens and returns the port: another one when `where.port` needs a right that we lack. OSError."""
        loop = asyncio.get_running_loop()
        if where.protocol == "UDP":
            listening = binding.bind(where.address, where.port, socket.SOCK_DGRAM)
            self._servers[where], _ = await loop.create_datagram_endpoint(
                cast(Callable[[], asyncio.DatagramProtocol], accept), sock=listening
            )
        else:
            listening = binding.bind(where.address, where.port)
            self._servers[where] = await loop.create_server(accept, sock=listening, backlog=BACKLOG)
        port: int = listening.getsockname()[1]
        self.bound[where] = port
        return port

    async def close(self, where: Listen) -> None:
        """Connections that were accepted go on."""
        server = self._servers.pop(where)
        del self.bound[where]
        server.close()

    async def close_all(self) -> None:
        for where in list(self._servers):
            await self.close(where)
