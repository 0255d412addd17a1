"""Sockets on addresses that were asked for, on another port where a low one may not be bound."""

from __future__ import annotations

import errno
import socket

from ..apimachinery import ports


def bind(address: str, port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """A non-blocking socket; on a substitute port when `port` needs a right that we lack. OSError."""
    try:
        return _socket(address, port, kind)
    except OSError as error:
        if error.errno != errno.EACCES:
            raise
    try:
        return _socket(address, port + ports.OFFSET, kind)
    except OSError:
        return _socket(address, 0, kind)


def _socket(address: str, port: int, kind: socket.SocketKind) -> socket.socket:
    made = socket.socket(socket.AF_INET, kind)
    try:
        if kind == socket.SOCK_STREAM:
            # With datagrams it would mean sharing the port: the later program gets everything.
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made
