"""An informer's cache, ahead of it by what this process wrote or is about to write."""

from __future__ import annotations

from typing import Any

from .informer import Informer, key_of

Object = dict[str, Any]


class Latest:
    """Without it, each write of a binding would be followed by a look at the objects as they were before."""

    def __init__(self, informer: Informer) -> None:
        self._informer = informer
        self._written: dict[str, Object] = {}
        self._assumed: dict[str, Object] = {}

    def wrote(self, obj: Object) -> Object:
        """What the API server answered; it counts until the informer has caught up."""
        key = key_of(obj)
        self._assumed.pop(key, None)
        self._written[key] = obj
        return obj

    def assume(self, obj: Object) -> None:
        """What is about to be written; it counts until the object changes or `forget`."""
        self._assumed[key_of(obj)] = obj

    def forget(self, key: str) -> None:
        self._assumed.pop(key, None)

    def get(self, key: str) -> Object | None:
        cached = self._informer.get(key)
        for layer, wait in ((self._written, 1), (self._assumed, 0)):
            ahead = layer.get(key)
            if ahead is None:
                continue
            if cached is not None and _version(cached) + wait <= _version(ahead):
                return ahead
            del layer[key]
        return cached

    def list(self) -> list[Object]:
        if not self._written and not self._assumed:
            return self._informer.list()
        found = (self.get(key_of(obj)) for obj in self._informer.list())
        return [obj for obj in found if obj is not None]


def _version(obj: Object) -> int:
    """Versions of one resource are ordered (KEP-5504)."""
    return int(obj["metadata"]["resourceVersion"])
