"""GET with `watch`: a stream of events from a revision on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from ....apimachinery import errors, field, protobuf
from ...storage.change import WatchEvent
from ...storage.contract import Compacted
from ...storage.entry import Entry
from ...storage.watcher import Watcher
from .. import negotiation, options, render, table
from ..bell import Bell
from ..exchange import STREAMED, Answer, Request, Send
from ..rounds import Rounds
from ..scope import Scope
from ..selection import Selection
from ..server import Server
from ..warnings import header, limited
from .list import candidates, choice, future, parse_version
from .watch_views import Views

log = logging.getLogger("wherry.apiserver")

BOOKMARK_SECONDS = 60.0
MIN_TIMEOUT = 1800
UNREAD_SECONDS = 10.0
"""How long after its time a watch may take to be read to the end."""
EMPTY_STORE = 1
"""Upstream's caches are filled after the first writes, so this revision is always too old for them."""
CONTENT_TYPES = {
    negotiation.JSON_TYPE: b"application/json",
    negotiation.PROTOBUF_TYPE: b"application/vnd.kubernetes.protobuf;stream=watch",
}
INITIAL_EVENTS_END = "k8s.io/initial-events-end"


class Stream(NamedTuple):
    """What one watch sends and how."""

    scope: Scope
    chosen: Selection
    out: negotiation.Output
    include: str
    bookmarks: bool
    initial_end: bool
    views: Views | None = None
    """What a custom resource's objects look like."""


async def watch(server: Server, scope: Scope, request: Request) -> Answer:
    out = negotiation.wanted(request.headers.get(b"accept"), scope, True, True)
    chosen, _ = choice(scope, request)
    seconds = _timeout(server, request)
    stream = Stream(
        scope,
        chosen,
        out,
        render.include(request) if out.kind == "Table" else "",
        options.parse_bool(request.arg("allowWatchBookmarks", "0")),
        options.parse_bool(request.arg("sendInitialEvents", "0")),
        Views(scope, chosen) if scope.views is not None else None,
    )
    try:
        opened = await _open(scope, request, stream)
    except Compacted as error:
        await _too_old(request, out, error.oldest)
        return STREAMED
    server.watching[request.user.name] += 1
    try:
        await _start(request, out)
        await _run(server, request, stream, opened, seconds)
    finally:
        server.watching[request.user.name] -= 1
        opened.watcher.close()
    return STREAMED


def _timeout(server: Server, request: Request) -> float:
    seconds = options.parse_int(request.arg("timeoutSeconds")) if "timeoutSeconds" in request.query else 0
    return float(seconds) if seconds > 0 else MIN_TIMEOUT * (1 + server.rng.random())


class Opened(NamedTuple):
    """A watch in its place. `initial` is sent first; nothing is told up to the revision `after`, which may be
    one that does not exist yet."""

    watcher: Watcher
    initial: Sequence[Entry]
    after: int


async def _open(scope: Scope, request: Request, stream: Stream) -> Opened:
    """The watcher and what it begins with. 410 when the revision is gone, 500 when it is none."""
    text = request.arg("resourceVersion")
    try:
        version = parse_version(text) if text else 0
    except ValueError as error:
        shown = field.quote(text)
        raise errors.StatusError(500, "", f"resourceVersion: Invalid value: {shown}: {error}") from None
    info = request.info
    name = stream.chosen.exact_field("metadata.name") or info.name
    initial: Sequence[Entry] = ()
    wants_initial = "sendInitialEvents" not in request.query or stream.initial_end
    if version == 0 or stream.initial_end:
        if version > scope.cache.revision:
            raise future(version, scope.cache.revision)
        version = scope.cache.revision
        if wants_initial:
            initial = _present(scope, info.namespace, stream)
            if info.name:
                initial = [e for e in initial if e.obj["metadata"]["name"] == info.name]
    if version == EMPTY_STORE < scope.cache.revision:
        raise Compacted(scope.cache.version)
    if stream.views is not None and stream.views.selects and not initial:
        source = scope.cache if version >= scope.cache.revision else await scope.cache.snapshot(version)
        await stream.views.initial(source.entries(info.namespace))
    watcher = await scope.cache.watch(
        min(version, scope.cache.revision),
        namespace=info.namespace,
        name=name if info.namespace or not scope.namespaced else "",
        predicate=None if stream.views is not None and stream.views.selects else stream.chosen.predicate(),
    )
    if stream.views is not None and initial:
        initial = await stream.views.initial(initial)
    return Opened(watcher, initial, version)


def _present(scope: Scope, namespace: str, stream: Stream) -> Sequence[Entry]:
    """What is there now, and chosen as far as the cache can tell."""
    if stream.views is not None and stream.views.selects:
        return scope.cache.entries(namespace)
    return stream.chosen.filter(candidates(scope, namespace, stream.chosen))


async def _too_old(request: Request, out: negotiation.Output, oldest: int) -> None:
    """Upstream answers 200 and says in the stream that the revision is gone."""
    error = errors.expired(f"too old resource version: {request.arg('resourceVersion')} ({oldest})")
    await _start(request, out)
    await _send(request.send, framed(out, "ERROR", error.status()))
    await request.send({"type": "http.response.body", "body": b"", "more_body": False})


async def _start(request: Request, out: negotiation.Output) -> None:
    headers = [(b"content-type", CONTENT_TYPES[out.media]), (b"cache-control", b"no-cache, private")]
    headers += map(header, limited(request.warnings))
    await request.send({"type": "http.response.start", "status": 200, "headers": headers})


async def _run(
    server: Server,
    request: Request,
    stream: Stream,
    opened: Opened,
    seconds: float,
) -> None:
    """Sends until the time is up, the client is gone or the watcher fell behind."""
    shaper = Shaper(stream, server.clock.now())
    deadline = asyncio.get_running_loop().time() + server.clock.real(seconds)
    request.life.look_out(opened.watcher.close)
    try:
        async with asyncio.timeout_at(deadline + UNREAD_SECONDS):
            await _send(request.send, _beginning(stream, opened.initial, shaper))
            await _pump(server, request, stream, opened, shaper, deadline)
            await request.send({"type": "http.response.body", "body": b"", "more_body": False})
    except TimeoutError:
        # The client reads nothing: what it has not read by now it never will, so nothing waits to be sent.
        log.info("%s %s was cut: its client does not read", request.method, request.path)
        request.abort()


def _beginning(stream: Stream, initial: Sequence[Entry], shaper: Shaper) -> bytes:
    """What there was when the watch was opened, as far as the client wants to know."""
    lines = [shaper.added(entry) for entry in initial]
    if stream.initial_end and stream.bookmarks:
        lines.append(shaper.bookmark(stream.scope.cache.revision, initial_end=True))
    return b"".join(lines)


async def _pump(
    server: Server, request: Request, stream: Stream, opened: Opened, shaper: Shaper, deadline: float
) -> None:
    """Drains the watcher whenever something is there; one timer wakes it for bookmarks and the end."""
    watcher, future = opened.watcher, opened.after > stream.scope.cache.revision
    loop, rounds = asyncio.get_running_loop(), _rounds(server, request)
    bell = Bell(loop, watcher.wake, end=deadline, interval=server.clock.real(BOOKMARK_SECONDS))
    due = 0.0
    try:
        while True:
            await watcher.wait()
            due = await rounds.turn(due)
            events = watcher.drain()
            if events and stream.views is not None:
                try:
                    events = await stream.views.events(events)
                except errors.StatusError as error:
                    await _send(request.send, framed(stream.out, "ERROR", error.status()))
                    return
            if future:
                events = [event for event in events if event.entry.revision > opened.after]
            if events:
                await _send(request.send, shaper.lines(events, server.clock.now()))
            if watcher.closed or bell.ended:
                return
            if bell.rang:
                if stream.bookmarks:
                    await _send(request.send, shaper.bookmark(watcher.progress_revision))
                bell.wind()
    finally:
        bell.stop()


def _rounds(server: Server, request: Request) -> Rounds:
    """Those of all watches of one client, as far as a client can be told from others."""
    return server.rounds.setdefault((request.user.name, request.headers.get(b"user-agent", b"")), Rounds())


async def _send(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


def framed(out: negotiation.Output, kind: str, obj: dict[str, Any]) -> bytes:
    """One event of the stream."""
    if out.media == negotiation.PROTOBUF_TYPE:
        return protobuf.watch_frame(kind, protobuf.encode(obj))
    return orjson.dumps({"type": kind, "object": obj}) + b"\n"


def frame(event: WatchEvent) -> bytes:
    """An event of a protobuf stream, encoded once for all watches."""
    data = event.frame
    if data is None:
        data = event.frame = protobuf.watch_frame(event.type, enveloped(event.entry))
    return data


def partial(event: WatchEvent) -> bytes:
    """The line of an event for who wants metadata only, encoded once for all watches."""
    line = event.partial
    if line is None:
        shown = {"type": event.type, "object": table.partial(event.entry.obj)}
        line = event.partial = orjson.dumps(shown) + b"\n"
    return line


def enveloped(entry: Entry) -> bytes:
    obj = entry.obj
    return protobuf.envelope(obj["apiVersion"], obj["kind"], render.message(entry))


class Shaper:
    """Turns events into the lines of the stream; the common case is the line all watchers share."""

    def __init__(self, stream: Stream, now: datetime) -> None:
        self._stream = stream
        self._now = now
        self._plain = not stream.out.kind and stream.scope.convert is None
        self._protobuf = stream.out.media == negotiation.PROTOBUF_TYPE
        metadata = stream.out.kind == "PartialObjectMetadata" and stream.out.version == "v1"
        whole = stream.scope.convert is None and not stream.scope.resource.converted_annotations
        self._partial = metadata and not self._protobuf and whole
        self._headers = True

    def lines(self, events: Sequence[WatchEvent], now: datetime) -> bytes:
        if self._plain:
            if self._protobuf:
                return b"".join([frame(event) for event in events])
            return b"".join([event.line for event in events])
        if self._partial:
            return b"".join([partial(event) for event in events])
        self._now = now
        return b"".join([self._line(event.type, event.entry.obj) for event in events])

    def added(self, entry: Entry) -> bytes:
        if self._plain:
            if self._protobuf:
                return protobuf.watch_frame("ADDED", enveloped(entry))
            return b'{"type":"ADDED","object":' + entry.data + b"}\n"
        return self._line("ADDED", entry.obj)

    def bookmark(self, revision: int, initial_end: bool = False) -> bytes:
        scope = self._stream.scope
        meta: dict[str, Any] = {"resourceVersion": str(revision)}
        if initial_end:
            meta["annotations"] = {INITIAL_EVENTS_END: "true"}
        body: dict[str, Any] = {"kind": scope.kind, "apiVersion": scope.api_version, "metadata": meta}
        if not self._stream.out.kind and scope.convert is None:
            body.update(scope.empty_fields())
            return framed(self._stream.out, "BOOKMARK", body)
        return self._shaped("BOOKMARK", body)

    def _line(self, kind: str, stored: dict[str, Any]) -> bytes:
        return self._shaped(kind, self._stream.scope.from_storage(stored))

    def _shaped(self, kind: str, obj: dict[str, Any]) -> bytes:
        out, scope = self._stream.out, self._stream.scope
        if out.kind == "Table":
            rows = table.rows(scope.resource, [obj], self._stream.include, self._now, out.version)
            meta = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
            shaped = table.document(scope.resource, rows, meta, out.version, self._headers)
            self._headers = False
        elif out.kind:
            shaped = table.partial(obj, out.version, scope.resource.converted_annotations)
        else:
            shaped = obj
        return framed(out, kind, shaped)
