"""`wherry etcd`: stands where a program starts an etcd before `wherry kube-apiserver`, which needs none.

It answers `/health` at the addresses it is told and stores nothing.
"""

from __future__ import annotations

import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

import typer

from ..access import goflags
from ..errors import CliError

CLIENTS = "listen-client-urls"
WITHOUT_EFFECT = ("advertise-client-urls", "data-dir", "listen-peer-urls", "unsafe-no-fsync")
HEALTHY = b'{"health":"true","reason":""}'


class Health(BaseHTTPRequestHandler):
    """`GET /health` is answered, everything else is 404."""

    def do_GET(self) -> None:
        healthy = self.path.partition("?")[0] == "/health"
        body = HEALTHY if healthy else b"404 page not found\n"
        self.send_response(200 if healthy else 404)
        self.send_header("Content-Type", "application/json" if healthy else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing: it is asked ten times a second."""


def etcd(context: typer.Context) -> None:
    """Answer for an etcd that is not needed (for envtest)."""
    if {"-h", "--help"} & set(context.args):
        print("\n".join(f"  --{name}" for name in (CLIENTS, *WITHOUT_EFFECT)))
        return
    given = goflags.parse(context.args, (CLIENTS, *WITHOUT_EFFECT), ("unsafe-no-fsync",))
    servers = [serve(url) for url in goflags.listed(given.get(CLIENTS, "http://localhost:2379"))]
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    for server in servers[1:]:
        Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


def serve(url: str) -> ThreadingHTTPServer:
    """A server that listens at an `http` URL. CliError."""
    parts = urlsplit(url)
    if parts.scheme != "http":
        raise CliError(f"--{CLIENTS} {url}: only http is served")
    try:
        return ThreadingHTTPServer((parts.hostname or "localhost", parts.port or 2379), Health)
    except OSError as error:
        raise CliError(f"--{CLIENTS} {url}: {error.strerror or error}") from None
