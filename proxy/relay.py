"""Joins two connections: bytes pass both ways, an end is passed on, a slow reader slows its peer.

Protocols instead of streams: no task and no copy per chunk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

BUFFER = 64 * 1024


class Side(asyncio.Protocol):
    """One of two joined connections. Reading starts when its peer is there."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.peer: Side | None = None
        self.on_lost: Callable[[], None] | None = None
        self._ended = False
        self._lost = False
        self._early = bytearray()
        """Came before there was a peer: uvloop reads once even when told not to while it says hello."""

    @property
    def lost(self) -> bool:
        return self._lost

    @property
    def ended(self) -> bool:
        """Whether the other end has said that it sends no more."""
        return self._ended

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)  # uvloop's is none by class
        self.transport = transport
        transport.set_write_buffer_limits(high=BUFFER)
        transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        if self.peer is None:
            self._early += data
            if self.transport is not None:
                self.transport.pause_reading()
        elif self.peer.transport is not None:
            self.peer.transport.write(data)

    def take_early(self) -> bytes:
        """What came before there was a peer; whoever takes it passes it on."""
        early = bytes(self._early)
        self._early.clear()
        return early

    def joined(self, peer: Side) -> None:
        """From now on `peer` gets what comes here, first of all what came before."""
        self.peer = peer
        if peer.transport is not None and self._early:
            peer.transport.write(self.take_early())
        if self._ended and peer.transport is not None:
            peer.transport.write_eof()
        elif self.transport is not None:
            self.transport.resume_reading()

    def eof_received(self) -> bool:
        """Keeps our own direction open until the peer ends its own."""
        self._ended = True
        peer = self.peer
        if peer is None:
            return True
        if peer.transport is None:
            return False
        if peer._ended:
            peer.close()
            return False
        if peer.transport.can_write_eof() and not peer.transport.is_closing():
            peer.transport.write_eof()
        return True

    def pause_writing(self) -> None:
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = True
        if self.peer is not None:
            if error is None:
                self.peer.close()
            else:
                self.peer.abort()
        if self.on_lost is not None:
            self.on_lost()

    def close(self) -> None:
        """Ends the connection when what is buffered has been sent."""
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()


def join(one: Side, other: Side) -> None:
    """Lets bytes flow between two open connections."""
    one.joined(other)
    other.joined(one)
