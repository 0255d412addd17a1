"""The hooks of one kind of configuration, in order: by configuration name, then as written."""

from __future__ import annotations

from typing import NamedTuple

from ...storage.watch_cache import WatchCache
from ..matching import Match, Scopes, equivalents, exempt
from ..plugin import Attributes
from .hook import Hook

Key = tuple[str, str, str, str, str]


class Candidate(NamedTuple):
    """A hook whose rules name the resource and operation, and the resource's other versions."""

    hook: Hook
    equivalents: tuple[Match, ...]


class Source:
    """Follows the configurations' watch cache."""

    def __init__(self, cache: WatchCache, scopes: Scopes) -> None:
        self._cache = cache
        self._scopes = scopes
        self._hooks: tuple[Hook, ...] | None = None
        self._chosen: dict[Key, tuple[Candidate, ...]] = {}
        self.empty = True
        """Whether nothing at all is configured: what every write asks first."""
        self._follow()
        cache.listen(lambda change: self._follow())

    def _follow(self) -> None:
        self._hooks = None
        self._chosen.clear()
        self.empty = not any(entry.obj.get("webhooks") for entry in self._cache.entries())

    @property
    def hooks(self) -> tuple[Hook, ...]:
        if self._hooks is None:
            self._hooks = tuple(
                Hook.of(spec, entry.obj["metadata"]["name"], i)
                for entry in self._cache.entries()
                for i, spec in enumerate(entry.obj.get("webhooks") or ())
            )
        return self._hooks

    def candidates(self, attrs: Attributes) -> tuple[Candidate, ...]:
        """Hooks that may have to be asked, in order."""
        if exempt(attrs):
            return ()
        key = (attrs.operation, attrs.group, attrs.version, attrs.resource, attrs.subresource)
        found = self._chosen.get(key)
        if found is None:
            found = self._candidates(attrs)
            scope = self._scopes.get((attrs.group, attrs.version, attrs.resource))
            # The versions of a custom resource come and go without a word to this cache.
            if scope is None or not scope.custom:
                self._chosen[key] = found
        return found

    def _candidates(self, attrs: Attributes) -> tuple[Candidate, ...]:
        own = Match(attrs.group, attrs.version, attrs.resource, attrs.gvk)
        others = equivalents(self._scopes, attrs)
        return tuple(
            Candidate(hook, others)
            for hook in self.hooks
            if any(rule.may_cover(attrs, where) for rule in hook.criteria.rules for where in (own, *others))
        )
