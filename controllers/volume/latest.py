"""An informer's cache, ahead of it by what this process wrote itself."""

from __future__ import annotations

from typing import Any

from ...client.informer import Informer, key_of

Object = dict[str, Any]


class Latest:
    """Without it, each write of a binding would be followed by a look at the objects as they were before."""

    def __init__(self, informer: Informer) -> None:
        self._informer = informer
        self._written: dict[str, Object] = {}

    def wrote(self, obj: Object) -> Object:
        self._written[key_of(obj)] = obj
        return obj

    def get(self, key: str) -> Object | None:
        cached = self._informer.get(key)
        written = self._written.get(key)
        if written is None:
            return cached
        if cached is not None and _version(cached) < _version(written):
            return written
        del self._written[key]
        return cached

    def list(self) -> list[Object]:
        if not self._written:
            return self._informer.list()
        found = (self.get(key_of(obj)) for obj in self._informer.list())
        return [obj for obj in found if obj is not None]


def _version(obj: Object) -> int:
    """Versions of one resource are ordered (KEP-5504)."""
    return int(obj["metadata"]["resourceVersion"])
