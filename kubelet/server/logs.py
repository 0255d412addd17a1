"""`/containerLogs`: a container's log with all options of `PodLogOptions`."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

from ...apimachinery import errors
from ...apimachinery.clock import Clock, parse_rfc3339
from ..worker.records import Record

if TYPE_CHECKING:
    from .app import NodeServer

POLL_SECONDS = 0.1


class Options(NamedTuple):
    follow: bool
    previous: bool
    timestamps: bool
    tail: int | None
    since: datetime | None
    limit: int | None
    stream: str


def parse(query: dict[str, str], clock: Clock) -> Options:
    """ValueError when a number or time is none."""

    def flag(name: str) -> bool:
        return query.get(name, "") in ("true", "1", "True")

    def number(name: str) -> int | None:
        return int(query[name]) if query.get(name) else None

    since = parse_rfc3339(query["sinceTime"]) if query.get("sinceTime") else None
    seconds = number("sinceSeconds")
    if seconds is not None:
        since = clock.now() - timedelta(seconds=seconds)
    stream = query.get("stream", "All").lower()
    return Options(
        flag("follow"),
        flag("previous"),
        flag("timestamps"),
        number("tailLines"),
        since,
        number("limitBytes"),
        "" if stream == "all" else stream,
    )


async def serve(server: NodeServer, request: web.Request) -> web.StreamResponse:
    worker, record = server.find_container(request)
    try:
        options = parse(dict(request.query), server.clock)
    except ValueError as error:
        raise errors.bad_request(str(error)) from error
    pod = request.match_info["pod"]
    attempt = _attempt(record, pod, options.previous)
    path = worker.directory / "logs" / record.name / f"{attempt}.log"
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    writer = _Writer(response, options)
    read = tail(path, options.tail, options.stream, options.since)
    for line in read.lines:
        if not await writer.line(line):
            return response
    if options.follow:
        await _follow(path, read.offset, writer, lambda: record.attempt == attempt and record.running)
    await response.write_eof()
    return response


def _attempt(record: Record, pod: str, previous: bool) -> int:
    if previous:
        if record.attempt < 1:
            text = f'previous terminated container "{record.name}" in pod "{pod}" not found'
            raise errors.bad_request(text)
        return record.attempt - 1
    if record.attempt < 0:
        waiting = record.state.get("waiting", {})
        reason = waiting.get("reason", "ContainerCreating")
        tried = {"ErrImagePull": "trying and failing to pull image",
                 "ImagePullBackOff": "trying and failing to pull image"}.get(reason, reason)  # fmt: skip
        text = f'container "{record.name}" in pod "{pod}" is waiting to start: {tried}'
        raise errors.bad_request(text)
    return record.attempt


class _Writer:
    """Turns log lines into what was asked for."""

    def __init__(self, response: web.StreamResponse, options: Options) -> None:
        self._response = response
        self._options = options
        self._left = options.limit

    async def line(self, raw: bytes) -> bool:
        """False when the byte limit is reached."""
        parts = raw.rstrip(b"\n").split(b" ", 3)
        if len(parts) < 4 or not _wanted(parts, self._options.stream, self._options.since):
            return True
        text = parts[3] + (b"\n" if parts[2].startswith(b"F") else b"")
        if self._options.timestamps:
            text = parts[0] + b" " + text
        if self._left is not None:
            text, self._left = text[: self._left], self._left - len(text)
        if text:
            await self._response.write(text)
        return self._left is None or self._left > 0


def _wanted(parts: list[bytes], stream: str, since: datetime | None) -> bool:
    if stream and parts[1].decode() != stream:
        return False
    return since is None or moment(parts[0]) >= since


def moment(stamp: bytes) -> datetime:
    """Nanoseconds are more than Python keeps."""
    text = stamp.decode()
    return parse_rfc3339(text[:26] + "Z" if len(text) > 27 else text)


class Tail(NamedTuple):
    lines: list[bytes]
    offset: int
    """Where the current file was read to."""


def tail(path: Path, count: int | None, stream: str, since: datetime | None) -> Tail:
    """The last `count` wanted lines of a log, rotated files included; all when None."""
    kept: deque[bytes] = deque(maxlen=count)
    offset = 0
    for file in [*sorted(path.parent.glob(path.name + ".*")), path]:
        if not file.exists():
            continue
        for line, end in _lines(file):
            parts = line.split(b" ", 3)
            if len(parts) == 4 and _wanted(parts, stream, since):
                kept.append(line)
            if file == path:
                offset = end
    return Tail(list(kept), offset)


def _lines(file: Path) -> Iterator[tuple[bytes, int]]:
    end = 0
    with file.open("rb") as source:
        for line in source:
            if not line.endswith(b"\n"):
                return
            end += len(line)
            yield line, end


class _Reader:
    """Reads what was appended since `offset`; a rotated file is read from its beginning."""

    def __init__(self, path: Path, offset: int) -> None:
        self._path = path
        self._offset = offset
        self._inode = path.stat().st_ino if path.exists() else 0
        self._rest = b""

    def lines(self) -> list[bytes]:
        """Whole lines, without their ends."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as source:
            inode = self._path.stat().st_ino
            if inode != self._inode:
                self._inode, self._offset, self._rest = inode, 0, b""
            source.seek(self._offset)
            data = source.read(1 << 20)
        self._offset += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        return whole


async def _follow(path: Path, offset: int, writer: _Writer, alive: Callable[[], bool]) -> None:
    """Sends what is appended until the container has ended."""
    reader = _Reader(path, offset)
    while True:
        ended = not alive()
        lines = reader.lines()
        for line in lines:
            if not await writer.line(line):
                return
        if ended and not lines:
            return
        if not lines:
            await asyncio.sleep(POLL_SECONDS)
