"""What `wherry etcd` serves. Loaded by that command alone: its server takes long to import."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

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


def serve(addresses: list[tuple[str, int]]) -> None:
    """Until the process ends. OSError when an address cannot be had."""
    servers = [ThreadingHTTPServer(address, Health) for address in addresses]
    for server in servers[1:]:
        Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()
