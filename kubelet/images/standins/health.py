"""`agnhost grpc-health-checking`: grpc.health.v1.Health over plain-text HTTP/2, and switches over HTTP.

Source: gRPC over HTTP/2, RFC 9113."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time

from . import web
from .echo import parse
from .speech import log

PREFACE = len(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
DATA, HEADERS, SETTINGS, PING, CONTINUATION = 0, 1, 4, 6, 9
END_STREAM, ACK, END_HEADERS = 1, 1, 4
SERVING, NOT_SERVING = 1, 2
NOT_FOUND = 5


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    health = Health(options.get("service", ""), float(options.get("delay-unhealthy-sec", "-1")))
    listener = socket.create_server((web.own_address(), int(options.get("port", "5000"))), backlog=64)
    threading.Thread(target=health.serve, args=(listener,), daemon=True).start()
    return web.serve(health.switch, [int(options.get("http-port", "8080"))], server="agnhost", log=False)


class Health:
    """What `service` answers; after `delay` seconds it is no longer well, unless that is negative."""

    def __init__(self, service: str, delay: float) -> None:
        self._service = service
        self._delay = delay
        self._started = time.monotonic()
        self._serving = True

    @property
    def status(self) -> int:
        late = self._delay >= 0 and time.monotonic() - self._started > self._delay
        return SERVING if self._serving and not late else NOT_SERVING

    def switch(self, request: web.Request) -> web.Response:
        log(f"GET {request.path}")
        if request.path in ("/make-serving", "/make-not-serving"):
            self._serving = request.path == "/make-serving"
            return web.Response("")
        return web.Response("404 page not found\n", 404)

    def serve(self, listener: socket.socket) -> None:
        """A thread for every connection."""
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream, contextlib.suppress(OSError):
            if len(stream.read(PREFACE)) < PREFACE:
                return
            connection.sendall(_frame(SETTINGS, 0, 0, b""))
            bodies: dict[int, bytes] = {}
            while len(head := stream.read(9)) == 9:
                payload = stream.read(int.from_bytes(head[:3], "big"))
                kind, flags, number = head[3], head[4], int.from_bytes(head[5:], "big")
                if kind in (SETTINGS, PING) and not flags & ACK:
                    connection.sendall(_frame(kind, ACK, 0, payload if kind == PING else b""))
                elif kind == DATA:
                    bodies[number] = bodies.get(number, b"") + payload
                if kind in (DATA, HEADERS) and flags & END_STREAM:
                    connection.sendall(self._answer(number, bodies.pop(number, b"")))

    def _answer(self, number: int, body: bytes) -> bytes:
        # HealthCheckRequest: field 1, the service's name.
        asked = body[7:].decode(errors="replace") if len(body) > 7 else ""
        known = asked in ("", self._service)
        message = bytes((0x08, self.status))
        out = _frame(
            HEADERS, END_HEADERS, number, _fields({":status": "200", "content-type": "application/grpc"})
        )
        if known:
            out += _frame(DATA, 0, number, struct.pack(">BI", 0, len(message)) + message)
        trailers = {"grpc-status": "0"} if known else {
            "grpc-status": str(NOT_FOUND), "grpc-message": "unknown service",
        }  # fmt: skip
        return out + _frame(HEADERS, END_HEADERS | END_STREAM, number, _fields(trailers))


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def _fields(fields: dict[str, str]) -> bytes:
    """HPACK, every field as a literal that is not indexed."""
    return b"".join(
        bytes((0, len(name))) + name.encode() + bytes((len(value),)) + value.encode()
        for name, value in fields.items()
    )
