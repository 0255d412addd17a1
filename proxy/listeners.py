"""The sockets: one per address and port in the table, opened and closed as it changes."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable

from .table import Listen

BACKLOG = 1024
SUBSTITUTE_OFFSET = 8000
"""Port 80 becomes 8080, 443 becomes 8443, when the low port may not be bound."""
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
        listening = _bind(where)
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


def _bind(where: Listen) -> socket.socket:
    try:
        return _socket(where.address, where.port)
    except OSError as error:
        if error.errno != errno.EACCES:
            raise
    try:
        return _socket(where.address, where.port + SUBSTITUTE_OFFSET)
    except OSError:
        return _socket(where.address, 0)


def _socket(address: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made
