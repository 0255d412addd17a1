"""What a watch sends: its events and bookmarks in the form its client asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from ....apimachinery import protobuf
from ...storage.change import WatchEvent
from ...storage.entry import Entry
from .. import negotiation, render, table
from ..scope import Scope
from ..selection import Selection
from .watch_views import Views

INITIAL_EVENTS_END = "k8s.io/initial-events-end"


class Stream(NamedTuple):
    """What one watch sends and how."""

    scope: Scope
    chosen: Selection
    out: negotiation.Output
    include: str
    """What the rows of a Table carry of their objects."""
    bookmarks: bool
    initial_end: bool
    views: Views | None = None
    """What a custom resource's objects look like."""


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


def whole_lines(events: Sequence[WatchEvent]) -> bytes:
    return events[0].line if len(events) == 1 else b"".join([event.line for event in events])


def frames(events: Sequence[WatchEvent]) -> bytes:
    return b"".join([frame(event) for event in events])


def partials(events: Sequence[WatchEvent]) -> bytes:
    return b"".join([partial(event) for event in events])


class Shaper:
    """Turns events into the lines of the stream; the common case is the line all watchers share."""

    def __init__(self, stream: Stream, now: datetime) -> None:
        scope, out = stream.scope, stream.out
        self._stream = stream
        self._now = now
        self._plain = not out.kind and scope.convert is None
        self._protobuf = out.media == negotiation.PROTOBUF_TYPE
        metadata = out.kind == "PartialObjectMetadata" and out.version == "v1"
        whole = scope.convert is None and not scope.resource.converted_annotations
        self._partial = metadata and not self._protobuf and whole
        self._headers = True
        self.shared = self._shared()
        """What makes lines that are worked out once for all watches; None when this watch's are its own."""

    def _shared(self) -> Callable[[Sequence[WatchEvent]], bytes] | None:
        if self._plain:
            return frames if self._protobuf else whole_lines
        return partials if self._partial else None

    def lines(self, events: Sequence[WatchEvent], now: datetime) -> bytes:
        if self.shared is not None:
            return self.shared(events)
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
