"""RESP2 over TCP: words in, one value out."""

from __future__ import annotations

import os
import signal
import socketserver
import sys
import threading
from collections.abc import Callable
from io import BufferedIOBase
from typing import Any

Handler = Callable[[list[bytes]], Any]
"""None, int, bytes, a list of these, `Ok` or `Fault`."""


class Ok(str):
    """A simple string: `OK`, `PONG`."""


class Fault(Exception):  # noqa: N818 - the protocol's errors, not Python's
    """The text is the whole error, for example `ERR syntax error`."""


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is no news."""


def serve(handler: Handler, port: int) -> int:
    """Until SIGTERM or SIGINT; 0, or 1 when the port cannot be had."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while words := read(self.rfile):
                self.wfile.write(answer(handler, words))
                if words[0].upper() == b"QUIT":
                    return

    address = os.environ.get("WHERRY_POD_IP", "") if "WHERRY_ROOT" in os.environ else ""
    try:
        server = _Server((address, port), Conversation)
    except OSError as error:
        sys.stderr.write(f"Could not create server TCP listening socket *:{port}: {error.strerror}\n")
        return 1
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while not stop.wait(3600):
        pass
    return 0


def answer(handler: Handler, words: list[bytes]) -> bytes:
    try:
        return encode(handler(words))
    except Fault as fault:
        return b"-%s\r\n" % str(fault).encode()


def read(stream: BufferedIOBase) -> list[bytes]:
    """One command: an array of bulk strings, or a line of words; empty at the end."""
    line = stream.readline()
    if not line.startswith(b"*"):
        return line.split()
    words = []
    for _ in range(int(line[1:])):
        length = int(stream.readline()[1:])
        words.append(stream.read(length + 2)[:-2])
    return words


def encode(value: Any) -> bytes:
    match value:
        case None:
            return b"$-1\r\n"
        case Ok():
            return b"+%s\r\n" % value.encode()
        case int():
            return b":%d\r\n" % value
        case list():
            return b"*%d\r\n" % len(value) + b"".join(encode(v) for v in value)
    data = value if isinstance(value, bytes) else str(value).encode()
    return b"$%d\r\n%s\r\n" % (len(data), data)
