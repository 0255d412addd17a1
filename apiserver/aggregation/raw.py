"""Connections that an extension server turns into something else than HTTP (SPDY/3.1): bytes both ways."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ..endpoints.exchange import TEXT
from ..upgrade import Streams, Upgrade
from .connection import Headers

CONNECT_SECONDS = 10.0
CHUNK = 64 * 1024
LARGEST = 1024 * 1024
SWITCHED = 101
OWN = frozenset((b"connection", b"upgrade", b"content-length", b"transfer-encoding"))


class Head(NamedTuple):
    """How the extension server began to answer."""

    status: int
    headers: list[tuple[bytes, bytes]]

    @property
    def passed_on(self) -> list[tuple[bytes, bytes]]:
        """Without those that belong to the connection."""
        return [(name, value) for name, value in self.headers if name.lower() not in OWN]

    @property
    def content_type(self) -> bytes:
        return next((v for k, v in self.headers if k.lower() == b"content-type"), TEXT)


class Far(NamedTuple):
    """The connection to the extension server, behind the head of its answer."""

    head: Head
    streams: Streams

    async def rest(self) -> bytes:
        """The body of an answer that did not switch, as far as its length says and the limit allows."""
        lengths = [value for name, value in self.head.headers if name.lower() == b"content-length"]
        length = int(lengths[0]) if lengths and lengths[0].isdigit() else 0
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return await self.streams.reader.readexactly(min(length, LARGEST))
        except asyncio.IncompleteReadError as error:
            return error.partial

    def close(self) -> None:
        self.streams.writer.close()


async def dial(method: str, url: str, headers: Headers, wanted: str, target: dict[str, Any]) -> Far:
    """Asks the extension server to switch. OSError, TimeoutError; ValueError for what is no HTTP."""
    parts = urlsplit(url)
    async with asyncio.timeout(CONNECT_SECONDS):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, **target)
    streams = Streams(reader, writer)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {path} HTTP/1.1", f"Host: {parts.netloc}", *(f"{k}: {v}" for k, v in headers)]
    lines += ["Connection: Upgrade", f"Upgrade: {wanted}", "", ""]
    writer.write("\r\n".join(lines).encode("latin-1", "replace"))
    try:
        return Far(_head(await reader.readuntil(b"\r\n\r\n")), streams)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        writer.close()
        raise ValueError(f"the answer has no end: {error}") from None
    except BaseException:
        writer.close()
        raise


def _head(data: bytes) -> Head:
    first, *rest = data.rstrip(b"\r\n").split(b"\r\n")
    parts = first.split(b" ", 2)
    if len(parts) < 2 or not parts[1].isdigit():
        raise ValueError(f"malformed HTTP response {first[:80]!r}")
    pairs = (line.partition(b":") for line in rest)
    headers = [(name.strip(), value.strip()) for name, _, value in pairs]
    return Head(int(parts[1]), headers)


async def join(upgrade: Upgrade, far: Far) -> None:
    """Switches the client's connection too and copies until either end closes. ConnectionError when the
    client has gone."""
    try:
        near = upgrade.switch(far.head.passed_on)
    except ConnectionError:
        far.close()
        raise
    both = [
        asyncio.create_task(_copy(near.reader, far.streams.writer), name="upgraded-up"),
        asyncio.create_task(_copy(far.streams.reader, near.writer), name="upgraded-down"),
    ]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        far.close()
        near.writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
