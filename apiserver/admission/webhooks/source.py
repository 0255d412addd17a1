"""The hooks of one kind of configuration, in order: by configuration name, then as written."""

from __future__ import annotations

from ...storage.watch_cache import WatchCache
from ..candidates import Source
from ..matching import Scopes
from .hook import Hook


def source(cache: WatchCache, scopes: Scopes) -> Source[Hook]:
    """Follows the configurations' watch cache."""

    def read() -> tuple[Hook, ...]:
        return tuple(
            Hook.of(spec, entry.obj["metadata"]["name"], i)
            for entry in cache.entries()
            for i, spec in enumerate(entry.obj.get("webhooks") or ())
        )

    def vacant() -> bool:
        return not any(entry.obj.get("webhooks") for entry in cache.entries())

    return Source((cache,), scopes, read=read, vacant=vacant)
