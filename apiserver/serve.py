"""The HTTPS server: uvicorn with uvloop and httptools, handing verified client certificates to the app."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets import http11
from websockets.datastructures import Headers
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from .protocol import ApiProtocol

KEEP_ALIVE = 120

http11.MAX_LINE_LENGTH = 1 << 20
"""Bytes that a Go server takes as a request's head. The library's own limit, 8 KiB, is no room for the
command of an exec, which stands in the URL."""

log = logging.getLogger("wherry.apiserver")


class _AnyName(ServerProtocol):
    """Leaves the choice of the subprotocol to the app."""

    def process_subprotocol(self, headers: Headers) -> Subprotocol | None:
        """The library refuses names that are no HTTP tokens, such as kubectl's
        `SPDY/3.1+portforward.k8s.io`."""
        return None


class StreamProtocol(WebSocketsSansIOProtocol):
    """WebSockets whose subprotocol may have any name."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.conn = _AnyName(max_size=self.config.ws_max_size, logger=self.logger)

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            # Answered in HTTP is answered; uvicorn would report an unfinished handshake.
            self.handshake_complete = True


def unexpected(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Logs what nobody caught. uvloop also comes here when it wants to flush TLS to a client that has just
    closed its connection, and closes it then itself: that happens every day and is no fault."""
    fault = context.get("exception")
    if isinstance(fault, RuntimeError) and "the handler is closed" in str(fault):
        log.debug("%s: %s", context.get("message"), fault)
        return
    loop.default_exception_handler(context)


class HttpsServer(uvicorn.Server):
    """A uvicorn server that leaves signals to its caller and says when it accepts connections."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(unexpected)
        await super().startup(sockets)
        self.up.set()

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """Signals belong to whoever runs the component."""
        return nullcontext()


def listen(addresses: Sequence[str], port: int) -> list[socket.socket]:
    """A listening socket an address. OSError when one is taken."""
    found = []
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        found.append(listener)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, port))
        except OSError:
            for opened in found:
                opened.close()
            raise
        listener.listen(2048)
        listener.setblocking(False)
    return found


def build(app: Any, *, cert: str, key: str, authorities: str) -> HttpsServer:
    """A server for `app`; clients may show a certificate signed by one of `authorities` (PEM)."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=ApiProtocol,
        ws=StreamProtocol,
        ws_max_size=64 * 1024 * 1024,
        ws_per_message_deflate=False,
        lifespan="off",
        ssl_certfile=cert,
        ssl_keyfile=key,
        ssl_cert_reqs=ssl.CERT_OPTIONAL,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=2,
        access_log=False,
        log_config=None,
        log_level="warning",  # it tells of each websocket at INFO
        server_header=False,
        proxy_headers=False,
        date_header=True,
    )
    config.load()
    assert config.ssl is not None
    config.ssl.load_verify_locations(cadata=authorities)
    return HttpsServer(config)
