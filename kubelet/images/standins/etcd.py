"""`registry.k8s.io/etcd`, as far as probes see it: every gRPC health check says SERVING. Nothing is kept.

Source: RFC 9113, RFC 7541 (literals without indexing), gRPC over HTTP/2 and its health checking protocol.
"""

from __future__ import annotations

import signal
import socket
import struct
import sys
import threading
from io import BufferedIOBase

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PORT = 2379
DATA, HEADERS, SETTINGS, PING = 0, 1, 4, 6
END_STREAM, ACK, END_HEADERS = 1, 1, 4
SERVING = struct.pack(">BI", 0, 2) + b"\x08\x01"
"""A HealthCheckResponse behind gRPC's five bytes."""


def main(argv: list[str]) -> int:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with socket.create_server(("", port(argv))) as listener:
        sys.stdout.write('{"level":"info","msg":"ready to serve client requests"}\n')
        sys.stdout.flush()
        threading.Thread(target=_accept, args=(listener,), daemon=True).start()
        while not stop.wait(3600):
            pass
    return 0


def port(argv: list[str]) -> int:
    """Of `--listen-client-urls`, in one word or two."""
    words = " ".join(argv).replace("=", " ").split()
    if "--listen-client-urls" not in words[:-1]:
        return PORT
    url = words[words.index("--listen-client-urls") + 1].partition(",")[0]
    digits = url.rpartition(":")[2]
    return int(digits) if digits.isdecimal() else PORT


def _accept(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=converse, args=(connection,), daemon=True).start()


def converse(connection: socket.socket) -> None:
    with connection, connection.makefile("rwb") as stream:
        try:
            if stream.read(len(PREFACE)) == PREFACE:
                _answer(stream)
        except OSError:
            return


def _answer(stream: BufferedIOBase) -> None:
    stream.write(frame(SETTINGS, 0, 0, b""))
    stream.flush()
    while head := stream.read(9):
        length, kind, flags, where = _parts(head)
        body = stream.read(length)
        if kind in (SETTINGS, PING) and not flags & ACK:
            stream.write(frame(kind, ACK, 0, body if kind == PING else b""))
        elif kind in (HEADERS, DATA) and flags & END_STREAM:
            head = b"\x88" + literal("content-type", "application/grpc")
            stream.write(frame(HEADERS, END_HEADERS, where, head))
            stream.write(frame(DATA, 0, where, SERVING))
            stream.write(frame(HEADERS, END_HEADERS | END_STREAM, where, literal("grpc-status", "0")))
        stream.flush()


def _parts(head: bytes) -> tuple[int, int, int, int]:
    """Length, type, flags and stream."""
    high, low, kind, flags, where = struct.unpack(">BHBBI", head)
    return high << 16 | low, kind, flags, where & 0x7FFFFFFF


def frame(kind: int, flags: int, where: int, body: bytes) -> bytes:
    return struct.pack(">BHBBI", len(body) >> 16, len(body) & 0xFFFF, kind, flags, where) + body


def literal(name: str, value: str) -> bytes:
    return b"\x00" + bytes((len(name),)) + name.encode() + bytes((len(value),)) + value.encode()
