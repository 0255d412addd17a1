"""A UDP server for stand-ins."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

from . import web

Answer = Callable[[bytes, tuple[str, int]], bytes | None]
"""(datagram, who sent it) → what to send back; None for nothing."""


def serve(port: int, answer: Answer) -> None:
    """In a thread of its own, as long as the program runs. OSError when the port cannot be had."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((web.own_address(), port))
    threading.Thread(target=_loop, args=(sock, answer), daemon=True).start()


def _loop(sock: socket.socket, answer: Answer) -> None:
    while True:
        data, peer = sock.recvfrom(65536)
        said = answer(data, peer)
        if said is not None:
            sock.sendto(said, peer)
