"""Which old value a new one came from: by name in objects, by key in lists that are maps, else not at all.

Source: apiserver pkg/cel/common, CorrelatedObject.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import orjson

from .node import MISSING

Raw = dict[str, Any]


class Correlation:
    """A value and its old one, with the structural schema they have. Lives for one validation."""

    def __init__(self, raw: Raw, value: Any, old: Any) -> None:
        self.raw, self.value, self.old = raw, value, old

    def key(self, name: str) -> Correlation | None:
        """The pair below a field; None when one side lacks it or no schema describes it."""
        old, value = self.old, self.value
        if not isinstance(old, dict) or not isinstance(value, dict) or name not in old or name not in value:
            return None
        raw = (self.raw.get("properties") or {}).get(name, self.raw.get("additionalProperties"))
        return Correlation(raw, value[name], old[name]) if isinstance(raw, dict) else None

    def index(self, i: int) -> Correlation | None:
        """The pair of an element of a list that is a map by keys."""
        items = self.raw.get("items")
        if self._by_keys is None or not isinstance(items, dict) or i >= len(self.value):
            return None
        found = self._by_keys.get(self._keys(self.value[i]))
        return None if found is None else Correlation(items, self.value[i], found)

    @cached_property
    def unchanged(self) -> bool:
        """Whether the values are equal as far as the schema can tell."""
        value, old = self.value, self.old
        if value.__class__ is not old.__class__:
            return False
        if isinstance(value, dict):
            pairs = [self.key(name) for name in value]
            return len(value) == len(old) and all(pair is not None and pair.unchanged for pair in pairs)
        if not isinstance(value, list):
            return bool(value == old)
        if len(value) != len(old):
            return False
        if self._by_keys is None:
            return _text(value) == _text(old)
        elements = [self.index(i) for i in range(len(value))]
        return all(pair is not None and pair.unchanged for pair in elements)

    @cached_property
    def _by_keys(self) -> dict[bytes, Any] | None:
        if self.raw.get("x-kubernetes-list-type") != "map":
            return None
        if not isinstance(self.old, list) or not isinstance(self.value, list):
            return None
        return {self._keys(item): item for item in self.old}

    def _keys(self, item: Any) -> bytes:
        names = self.raw.get("x-kubernetes-list-map-keys") or ()
        return _text(
            [item.get(name) for name in names] if isinstance(item, dict) else MISSING.__class__.__name__
        )


def _text(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
