"""A watch of a custom resource: stored objects are shown, and selected, as the version that is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from ...storage.change import ADDED, DELETED, MODIFIED, WatchEvent
from ...storage.entry import Entry, restamp
from ..scope import Scope
from ..selection import Selection


class Views:
    """Translates what the cache tells. Where objects may be stored in other versions, selectors are applied
    here and not in the cache: `known` holds what the client has of the objects that matched so far."""

    def __init__(self, scope: Scope, chosen: Selection) -> None:
        self._scope, self._chosen = scope, chosen
        self.selects = scope.several and not chosen.everything
        self._known: dict[str, Entry] = {}

    async def initial(self, entries: Sequence[Entry]) -> list[Entry]:
        """The stored objects to begin with, of which those that match are known from now on."""
        seen = await self._seen(entries)
        if not self.selects:
            return seen
        found = self._chosen.filter(seen)
        self._known = {entry.key: entry for entry in found}
        return found

    async def events(self, events: Sequence[WatchEvent]) -> list[WatchEvent]:
        """StatusError when an object cannot be converted."""
        seen = await self._seen([event.entry for event in events])
        told = []
        for event, entry in zip(events, seen, strict=True):
            if self.selects:
                shown = self._selected(event, entry)
                if shown is not None:
                    told.append(shown)
            else:
                told.append(event if entry is event.entry else WatchEvent(event.type, entry))
        return told

    async def _seen(self, entries: Sequence[Entry]) -> list[Entry]:
        assert self._scope.views is not None
        return await self._scope.views(entries)

    def _selected(self, event: WatchEvent, entry: Entry) -> WatchEvent | None:
        before = self._known.pop(entry.key, None)
        if event.type == DELETED:
            return WatchEvent(DELETED, entry) if before is not None else None
        if self._chosen.matches(entry.obj):
            self._known[entry.key] = entry
            return WatchEvent(MODIFIED if before is not None else ADDED, entry)
        return WatchEvent(DELETED, restamp(before, entry.revision)) if before is not None else None
