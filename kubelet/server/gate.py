"""One HTTPS server for all simulated nodes of a process: the address that was called says which is meant.

A listener per node would cost thousands of descriptors; this one takes every address of the loopback device,
and nothing that comes from outside.
"""

from __future__ import annotations

import logging
import socket

from aiohttp import web

from ...apimachinery import errors
from ..settings import Settings
from .app import NodeServer, application, context_of

LOOPBACK = b"lo\0"
log = logging.getLogger(__name__)


class Gate:
    """`port` is where the nodes are asked: the one wanted, or the one that was free when 0 was."""

    def __init__(self, port: int) -> None:
        self._nodes: dict[str, NodeServer] = {}
        self._runner: web.AppRunner | None = None
        self._socket = _listener(port)
        self.port: int = self._socket.getsockname()[1] if self._socket is not None else port

    def add(self, node: NodeServer) -> None:
        self._nodes[node.facts.ip] = node

    async def open(self, settings: Settings) -> None:
        """Listens; without a certificate or the right to bind there is no server, and the log says so."""
        context = context_of(settings, settings.nodes[0])
        if context is None or self._socket is None:
            return
        self._runner = web.AppRunner(application(self._meant), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket, ssl_context=context).start()

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._socket is not None:
            self._socket.close()

    def _meant(self, request: web.Request) -> NodeServer:
        address = request.get_extra_info("sockname", ("",))[0]
        node = self._nodes.get(address)
        if node is None:
            raise errors.not_found("", "nodes", address)
        return node


def _listener(port: int) -> socket.socket | None:
    found = socket.socket()
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, LOOPBACK)
        found.bind(("0.0.0.0", port))
    except OSError as error:
        log.warning("no server for simulated nodes: usage and exec are off: %s", error)
        found.close()
        return None
    return found
