"""GET with `watch`: a stream of events from a revision on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from ....apimachinery import errors, field, strconv
from ...storage.contract import Compacted
from ...storage.entry import Entry
from .. import negotiation, options, render
from ..exchange import STREAMED, Answer, Request
from ..scope import Scope
from ..server import Server
from ..warnings import header, limited
from .list import candidates, choice, future
from .watch_lines import Shaper, Stream, framed
from .watch_pump import Opened, Pump, send
from .watch_views import Views

log = logging.getLogger("wherry.apiserver")

MIN_TIMEOUT = 1800
UNREAD_SECONDS = 10.0
"""How long after its time a watch may take to be read to the end."""
EMPTY_STORE = 1
"""Upstream's caches are filled after the first writes, so this revision is always too old for them."""
CONTENT_TYPES = {
    negotiation.JSON_TYPE: b"application/json",
    negotiation.PROTOBUF_TYPE: b"application/vnd.kubernetes.protobuf;stream=watch",
}


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


async def _open(scope: Scope, request: Request, stream: Stream) -> Opened:
    """The watcher and what it begins with. 410 when the revision is gone, 500 when it is none."""
    text = request.arg("resourceVersion")
    try:
        version = strconv.parse_uint(text) if text else 0
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
    await send(request, framed(out, "ERROR", error.status()))
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
            await send(request, _beginning(stream, opened.initial, shaper))
            await Pump(server, request, stream, opened, shaper).run(deadline)
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
