"""The objects of one resource in key order: pages, namespaces, and indexes for selectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeGuard

from sortedcontainers import SortedDict

from .entry import Entry, Object

_MAX_LABELS = 16
_MIN_INDEXED = 32

IndexFunction = Callable[[Object], str]


class Page(NamedTuple):
    """A part of a listing; `remaining` is how many entries follow it."""

    entries: list[Entry]
    remaining: int


class Listing:
    """Entries sorted by key. A namespace is a range of keys; the indexes narrow exact selectors."""

    def __init__(self, prefix: str, entries: Iterable[Entry] = ()) -> None:
        self.prefix = prefix
        self._entries: SortedDict = SortedDict((entry.key, entry) for entry in entries)
        self._indexes: dict[str, _Index] = {}
        self._labels: dict[str, _Index] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> Entry | None:
        found: Entry | None = self._entries.get(key)
        return found

    def put(self, key: str, entry: Entry | None) -> Entry | None:
        """Sets or (None) removes; the entry that was there."""
        previous: Entry | None = self._entries.get(key)
        if entry is not None:
            self._entries[key] = entry
        elif previous is not None:
            del self._entries[key]
        if self._indexes or self._labels:
            for index in (*self._indexes.values(), *self._labels.values()):
                index.put(key, entry, previous)
        return previous

    def copy(self) -> Listing:
        """Another listing of the same entries, without indexes."""
        return Listing(self.prefix, self._entries.values())

    def entries(self, namespace: str = "") -> list[Entry]:
        """All entries (of a namespace), in key order."""
        if not self._entries:
            return []
        first, last = self._bounds(namespace)
        found: list[Entry] = self._entries.values()[first:last]
        return found

    def select(
        self,
        namespace: str = "",
        *,
        labels: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> list[Entry]:
        """Entries that may have these labels and index values, in key order. Indexes only narrow: the caller
        still applies the whole selector."""
        smallest = self._narrowed(labels or {}, fields or {})
        if smallest is None:
            return self.entries(namespace)
        scope = f"{self.prefix}{namespace}/" if namespace else self.prefix
        return [smallest[key] for key in sorted(smallest) if key.startswith(scope)]

    def page(self, namespace: str = "", *, after: str = "", limit: int = 0) -> Page:
        """Up to `limit` (0: all) entries whose keys follow the key `after`, in key order."""
        first, last = self._bounds(namespace)
        if after:
            first = min(max(first, self._entries.bisect_right(after)), last)
        end = min(first + limit, last) if limit else last
        return Page(self._entries.values()[first:end], last - end)

    def add_index(self, name: str, function: IndexFunction) -> None:
        """Makes `select(fields={name: …})` fast; `function` gives an object's value, "" for none."""
        self._indexes[name] = _Index(function, self._entries.values(), absent=True)

    def _narrowed(self, labels: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, Entry] | None:
        indexes = [(self._indexes.get(name), value) for name, value in fields.items()]
        indexes += [(self._label_index(name), value) for name, value in labels.items() if value]
        found = (index.having(value) for index, value in indexes if index is not None)
        return min(found, key=len, default=None)

    def _label_index(self, name: str) -> _Index | None:
        index = self._labels.get(name)
        if index is None and len(self._labels) < _MAX_LABELS and len(self._entries) >= _MIN_INDEXED:
            index = self._labels[name] = _Index(_label(name), self._entries.values())
        return index

    def _bounds(self, namespace: str) -> tuple[int, int]:
        if not namespace:
            return 0, len(self._entries)
        # "0" is the character after "/".
        scope = f"{self.prefix}{namespace}"
        return self._entries.bisect_left(scope + "/"), self._entries.bisect_left(scope + "0")


class _Index:
    """Entries by one value of theirs; those without it ("") are left out unless `absent` are asked for."""

    def __init__(self, function: IndexFunction, entries: Iterable[Entry], *, absent: bool = False) -> None:
        self._function = function
        self._absent = absent
        self._values: dict[str, dict[str, Entry]] = {}
        for entry in entries:
            self.put(entry.key, entry, None)

    def having(self, value: str) -> dict[str, Entry]:
        return self._values.get(value, {})

    def put(self, key: str, entry: Entry | None, previous: Entry | None) -> None:
        after = self._function(entry.obj) if entry else None
        before = self._function(previous.obj) if previous else None
        if before != after and self._holds(before):
            keys = self._values[before]
            del keys[key]
            if not keys:
                del self._values[before]
        if entry and self._holds(after):
            self._values.setdefault(after, {})[key] = entry

    def _holds(self, value: str | None) -> TypeGuard[str]:
        return bool(value) or (self._absent and value is not None)


def _label(name: str) -> IndexFunction:
    def value(obj: Object) -> str:
        found: str = (obj["metadata"].get("labels") or {}).get(name, "")
        return found

    return value
