"""What a committed write means to a watcher, worked out once and shared by all of them."""

from __future__ import annotations

from collections.abc import Callable

from .entry import Entry, Object, restamp

Predicate = Callable[[Object], bool]

ADDED, MODIFIED, DELETED = "ADDED", "MODIFIED", "DELETED"


class WatchEvent:
    """One event as a watch sends it."""

    __slots__ = ("_line", "entry", "frame", "partial", "type")

    def __init__(self, kind: str, entry: Entry) -> None:
        self.type = kind
        self.entry = entry
        self._line: bytes | None = None
        self.frame: bytes | None = None
        """The event in a protobuf stream, once a watch had to send it."""
        self.partial: bytes | None = None
        """The event's line with PartialObjectMetadata (meta.k8s.io/v1), once a watch had to send it."""

    @property
    def line(self) -> bytes:
        """`{"type":"ADDED","object":{…}}` and a newline; built at first use."""
        if self._line is None:
            self._line = b'{"type":"%s","object":%s}\n' % (self.type.encode(), self.entry.data)
        return self._line

    def __repr__(self) -> str:
        return f"WatchEvent({self.type}, {self.entry!r})"


class Change:
    """A write of one object: `entry` is its new state (None: deleted), `previous` the one before (None: it is
    new)."""

    __slots__ = ("_events", "entry", "key", "previous", "revision")

    def __init__(self, key: str, revision: int, entry: Entry | None, previous: Entry | None) -> None:
        self.key = key
        self.revision = revision
        self.entry = entry
        self.previous = previous
        self._events: dict[str, WatchEvent] = {}

    def seen_by(self, predicate: Predicate | None) -> WatchEvent | None:
        """The event for a watcher that selects by `predicate`: an object that starts to match is ADDED, one
        that ceases to is DELETED in the state it had while it matched."""
        entry, previous = self.entry, self.previous
        now = entry is not None and (predicate is None or predicate(entry.obj))
        before = previous is not None and (predicate is None or predicate(previous.obj))
        if now:
            return self._event(MODIFIED if before else ADDED)
        return self._event(DELETED) if before else None

    def _event(self, kind: str) -> WatchEvent:
        event = self._events.get(kind)
        if event is None:
            event = self._events[kind] = WatchEvent(kind, self._shown(kind))
        return event

    def _shown(self, kind: str) -> Entry:
        if kind != DELETED:
            assert self.entry is not None
            return self.entry
        assert self.previous is not None
        return restamp(self.previous, self.revision)
