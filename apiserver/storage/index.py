"""What the committed log says: the newest version of every key, and which older ones can still be read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

from sortedcontainers import SortedList

from .contract import Event, KeyValue

_CHUNK = 500


class Index:
    """Heads with their values, and per key the revisions of its superseded versions.

    A past of `[4, 7, -9, 12]` with a head of 15 means: written at 4 and 7, deleted at 9, created again at 12,
    replaced at 15. Values of superseded versions are the journal's to keep.
    """

    def __init__(self) -> None:
        self.heads: dict[str, KeyValue] = {}
        self.revision = 1
        self.compacted = 0
        self._keys: SortedList = SortedList()
        self._past: dict[str, list[int]] = {}

    def apply(self, event: Event) -> None:
        """Takes in the next committed event; revisions only grow."""
        kv, key = event.kv, event.kv.key
        head = self.heads.get(key)
        if head is not None:
            self._past.setdefault(key, []).append(head.mod_revision)
        if event.type == "DELETE":
            self._past.setdefault(key, []).append(-kv.mod_revision)
            if self.heads.pop(key, None) is not None:
                self._keys.remove(key)
        else:
            self.heads[key] = kv
            if head is None:
                self._keys.add(key)
        self.revision = kv.mod_revision

    def keys(self, prefix: str, start: str = "") -> Iterator[str]:
        """Live keys beginning with `prefix`, from `start` on, in order."""
        for key in self._keys.irange(max(prefix, start)):
            if not key.startswith(prefix):
                return
            yield key

    def find(self, key: str, revision: int) -> int | None:
        """The revision of the version of `key` that was current at `revision`."""
        head = self.heads.get(key)
        if head is not None and head.mod_revision <= revision:
            return head.mod_revision
        past = self._past.get(key, ())
        position = bisect_right(past, revision, key=abs)
        found = past[position - 1] if position else 0
        return found if found > 0 else None

    def found_at(self, prefix: str, start: str, revision: int) -> list[tuple[str, int]]:
        """(key, revision of its version) of every key under `prefix` that existed at `revision`, in order."""
        keys = set(self.keys(prefix, start))
        keys.update(key for key in self._past if key.startswith(prefix) and key >= start)
        found = ((key, self.find(key, revision)) for key in sorted(keys))
        return [(key, at) for key, at in found if at is not None]

    def compact(self, revision: int) -> Iterator[list[int]]:
        """Drops what was superseded at or before `revision`. Yields the dropped revisions, in no order, some
        hundred keys at a time so that the caller can let others run in between."""
        self.compacted = max(self.compacted, revision)
        dropped: list[int] = []
        for number, key in enumerate(list(self._past), 1):
            dropped.extend(self._compact_key(key, revision))
            if number % _CHUNK == 0:
                yield dropped
                dropped = []
        yield dropped

    def _compact_key(self, key: str, revision: int) -> list[int]:
        past = self._past[key]
        head = self.heads.get(key)
        # Without a head the last version is a deletion, whose successor does not matter.
        successors = pairwise([*past, head.mod_revision if head else 0])
        kept = [version for version, after in successors if _needed(version, abs(after), revision)]
        if kept:
            self._past[key] = kept
        else:
            del self._past[key]
        return [abs(version) for version in set(past).difference(kept)]


def _needed(version: int, superseded: int, compacted: int) -> bool:
    """Whether a read at or after `compacted`, or an event after it, can still ask for `version`."""
    if version < 0:
        return -version > compacted
    return superseded > compacted
