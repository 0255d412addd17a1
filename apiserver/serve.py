"""The HTTPS server: uvicorn with uvloop and httptools, handing verified client certificates to the app."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

KEEP_ALIVE = 120


class CertificateProtocol(HttpToolsProtocol):
    """Puts the client certificate (DER) of a connection into every request's `state`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        if tls is not None:
            self.app_state = {**self.app_state, "client_cert": tls.getpeercert(binary_form=True)}


class HttpsServer(uvicorn.Server):
    """A uvicorn server that leaves signals to its caller."""

    def install_signal_handlers(self) -> None:
        """Signals belong to whoever runs the component."""

    def capture_signals(self) -> Any:
        from contextlib import nullcontext

        return nullcontext()


def build(app: Any, *, host: str, port: int, cert: str, key: str, ca: str) -> HttpsServer:
    """A server for `app` on host:port; clients may show a certificate signed by `ca`."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=CertificateProtocol,
        ws="websockets-sansio",
        ws_max_size=64 * 1024 * 1024,
        ws_per_message_deflate=False,
        lifespan="off",
        ssl_certfile=cert,
        ssl_keyfile=key,
        ssl_ca_certs=ca,
        ssl_cert_reqs=ssl.CERT_OPTIONAL,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=2,
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        backlog=2048,
    )
    return HttpsServer(config)
