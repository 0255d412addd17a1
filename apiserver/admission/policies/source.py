"""Policies that are bound, in order of their names."""

from __future__ import annotations

from ...storage.watch_cache import WatchCache
from ..candidates import Source
from ..matching import Scopes
from .policy import Binding, Policy


def source(policies: WatchCache, bindings: WatchCache, scopes: Scopes) -> Source[Policy]:
    """Follows the watch caches of one kind's policies and bindings."""

    def read() -> tuple[Policy, ...]:
        bound: dict[str, list[Binding]] = {}
        for entry in bindings.entries():
            name = (entry.obj.get("spec") or {}).get("policyName", "")
            bound.setdefault(name, []).append(Binding(entry.obj))
        return tuple(
            Policy(entry.obj, tuple(bound[name]))
            for entry in policies.entries()
            if (name := entry.obj["metadata"]["name"]) in bound
        )

    def vacant() -> bool:
        return not (policies.count and bindings.count)

    return Source((policies, bindings), scopes, read=read, vacant=vacant)
