"""Where committed writes are kept: the small interface between the shared store logic and a backend."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from .contract import Event, KeyValue


class Write:
    """One accepted write on its way to the journal. `kv` is what its caller is answered with."""

    __slots__ = ("done", "event", "followers", "kv")

    def __init__(self, event: Event, kv: KeyValue, done: asyncio.Future[None]) -> None:
        self.event = event
        self.kv = kv
        self.done = done
        self.followers: list[asyncio.Future[None]] = []
        """Refused calls that learn why only once this write is committed."""


class Sink(Protocol):
    """Who hears, on the event loop, what became of submitted writes. In the order of submission."""

    def committed(self, writes: Sequence[Write]) -> None:
        """These are durable."""

    def failed(self, writes: Sequence[Write], reason: str) -> None:
        """These are lost, and so is everything submitted later."""


class Journal(Protocol):
    """An append-only log of versions, found again by revision."""

    def submit(self, write: Write, sink: Sink) -> None:
        """Commits soon, together with what else is waiting; never blocks."""

    async def read(self, revisions: Sequence[int]) -> list[KeyValue]:
        """The versions written at `revisions`, in that order; forgotten ones are left out."""

    async def events(self, prefix: str, *, after: int, until: int) -> list[Event]:
        """Events under `prefix` with `after` < revision <= `until`, in order."""

    async def forget(self, revisions: Sequence[int], *, compacted: int) -> None:
        """Drops the versions written at `revisions`, and remembers how far the store is compacted."""

    @property
    def size(self) -> int:
        """Bytes on disk."""

    async def close(self) -> None:
        """Commits what is waiting and releases the files."""
