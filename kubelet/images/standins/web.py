"""The HTTP server that the stand-ins share."""

from __future__ import annotations

import errno
import html
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    import ssl


class Request(NamedTuple):
    method: str
    path: str
    query: dict[str, str]
    headers: Message
    body: bytes
    client: str


class Response(NamedTuple):
    body: bytes | str = b""
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = {}


Application = Callable[[Request], Response]


def redirect(location: str, code: int = 302) -> Response:
    """As Go's http.Redirect answers a GET."""
    shown = html.escape(location).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    # Go's word for a code that it does not know is empty.
    phrase = next((status.phrase for status in HTTPStatus if status == code), "")
    text = f'<a href="{shown}">{phrase}</a>.\n\n'
    return Response(text, code, "text/html; charset=utf-8", {"Location": location})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # The base class looks up the host's name, which may take seconds without a DNS server.
        socket.socket.bind(self.socket, self.server_address)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is no news."""


def _handler(application: Application, server: str, log: bool) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        default_request_version = "HTTP/1.1"
        """Of what is no request at all: it gets a whole answer."""
        disable_nagle_algorithm = True
        wbufsize = -1

        def version_string(self) -> str:
            return server

        def log_message(self, text: str, *args: object) -> None:
            if log:
                sys.stdout.write(
                    f"{self.client_address[0]} - - [{self.log_date_time_string()}] {text % args}\n"
                )
                sys.stdout.flush()

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            query = {k: v[-1] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            address = f"{self.client_address[0]}:{self.client_address[1]}"
            answer = application(Request(self.command, parts.path, query, self.headers, body, address))
            data = answer.body.encode() if isinstance(answer.body, str) else answer.body
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(data)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve  # noqa: N815

    return Handler


class Site(NamedTuple):
    """What one port answers."""

    application: Application
    port: int
    tls: ssl.SSLContext | None = None


def serve(
    application: Application,
    ports: list[int],
    *,
    server: str = "wherry",
    log: bool = True,
    tls: ssl.SSLContext | None = None,
) -> int:
    """The same on every port; see `serve_sites`."""
    return serve_sites([Site(application, port, tls) for port in ports], server=server, log=log)


def serve_sites(sites: list[Site], *, server: str = "wherry", log: bool = True) -> int:
    """Serves until SIGTERM or SIGINT; 0, or 1 when a port cannot be had.

    A port below 1024 that this user may not bind is served on the port plus 8000 (80 -> 8080, 443 -> 8443 +
    ...).
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda *_: stop.set())
    servers = []
    for site in sites:
        try:
            running = _listen(site.application, site.port, server, log)
        except OSError as error:
            sys.stderr.write(f"listen tcp :{site.port}: bind: {os.strerror(error.errno or 0).lower()}\n")
            return 1
        if site.tls is not None:
            # Every connection shakes hands in its own thread, with its first read.
            running.socket = site.tls.wrap_socket(
                running.socket, server_side=True, do_handshake_on_connect=False
            )
        servers.append(running)
    for running in servers:
        threading.Thread(target=running.serve_forever, daemon=True).start()
    while not stop.wait(3600):
        pass
    return 0


def own_address() -> str:
    """Where to listen: everywhere, which is the pod's own address; that one where pods share all."""
    return os.environ.get("WHERRY_POD_IP", "") if "WHERRY_ROOT" in os.environ else ""


def substitute(port: int) -> int:
    """Where a privileged port is served when it may not be bound."""
    return port + 8000


def _listen(application: Application, port: int, server: str, log: bool) -> _Server:
    address = own_address()
    handler = _handler(application, server, log)
    try:
        return _Server((address, port), handler)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM) or port >= 1024:
            raise
        sys.stderr.write(f"port {port} is not allowed here; serving on {substitute(port)} instead\n")
        return _Server((address, substitute(port)), handler)
