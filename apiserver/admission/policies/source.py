"""Policies that are bound, in order of their names, and which of them a request may concern."""

from __future__ import annotations

from typing import NamedTuple

from ...storage.watch_cache import WatchCache
from ..matching import Match, Scopes, equivalents, exempt
from ..plugin import Attributes
from .policy import Binding, Kind, Policy

Key = tuple[str, str, str, str, str]


class Candidate(NamedTuple):
    """A policy whose rules name the resource and operation, and the resource's other versions."""

    policy: Policy
    equivalents: tuple[Match, ...]


class Source:
    """Follows the watch caches of one kind's policies and bindings: a change counts for the next request."""

    def __init__(self, policies: WatchCache, bindings: WatchCache, scopes: Scopes, kind: Kind) -> None:
        self.kind = kind
        self._caches = policies, bindings
        self._scopes = scopes
        self._policies: tuple[Policy, ...] | None = None
        self._chosen: dict[Key, tuple[Candidate, ...]] = {}
        self.empty = True
        """Whether nothing is bound: what every write asks first."""
        self._follow()
        for cache in self._caches:
            cache.listen(lambda change: self._follow())

    def _follow(self) -> None:
        policies, bindings = self._caches
        self._policies = None
        self._chosen.clear()
        self.empty = not (policies.count and bindings.count)

    @property
    def policies(self) -> tuple[Policy, ...]:
        if self._policies is None:
            policies, bindings = self._caches
            bound: dict[str, list[Binding]] = {}
            for entry in bindings.entries():
                name = (entry.obj.get("spec") or {}).get("policyName", "")
                bound.setdefault(name, []).append(Binding(entry.obj))
            self._policies = tuple(
                Policy(entry.obj, tuple(bound[name]))
                for entry in policies.entries()
                if (name := entry.obj["metadata"]["name"]) in bound
            )
        return self._policies

    def candidates(self, attrs: Attributes) -> tuple[Candidate, ...]:
        """Policies that may have something to say, in order."""
        if exempt(attrs):
            return ()
        key = (attrs.operation, attrs.group, attrs.version, attrs.resource, attrs.subresource)
        found = self._chosen.get(key)
        if found is None:
            found = self._candidates(attrs)
            scope = self._scopes.get((attrs.group, attrs.version, attrs.resource))
            # The versions of a custom resource come and go without a word to these caches.
            if scope is None or not scope.custom:
                self._chosen[key] = found
        return found

    def _candidates(self, attrs: Attributes) -> tuple[Candidate, ...]:
        own = Match(attrs.group, attrs.version, attrs.resource, attrs.gvk)
        others = equivalents(self._scopes, attrs)
        return tuple(
            Candidate(policy, others)
            for policy in self.policies
            if any(rule.may_cover(attrs, where) for rule in policy.criteria.rules for where in (own, *others))
        )
