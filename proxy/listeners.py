"""The sockets: one per address and port in the table, opened and closed as it changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from . import binding
from .table import Listen

BACKLOG = 1024
_log = logging.getLogger(__name__)

Accept = Callable[[], asyncio.BaseProtocol]


class Listeners:
    """`bound` maps what was asked for to the port that is really listened on."""

    def __init__(self) -> None:
        self._servers: dict[Listen, asyncio.Server] = {}
        self.bound: dict[Listen, int] = {}

    def __contains__(self, where: Listen) -> bool:
        return where in self._servers

    async def open(self, where: Listen, accept: Accept) -> int:
        """Listens and returns the port: another one when `where.port` needs a right that we lack. OSError."""
        listening = binding.bind(where.address, where.port)
        loop = asyncio.get_running_loop()
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
