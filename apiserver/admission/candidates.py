"""Which hooks or policies a request may concern, kept in step with the objects that configure them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from ..storage.watch_cache import WatchCache
from .matching import Criteria, Match, Scopes, equivalents, exempt
from .plugin import Attributes

Key = tuple[str, str, str, str, str]


class Configured(Protocol):
    """A hook or a policy."""

    @property
    def criteria(self) -> Criteria: ...


T = TypeVar("T", bound=Configured)


class Candidate(NamedTuple, Generic[T]):
    """One whose rules name the resource and operation, and the resource's other versions."""

    subject: T
    equivalents: tuple[Match, ...]


class Source(Generic[T]):
    """Follows watch caches: a change counts for the next request.

    `read` makes the hooks or policies of what the caches hold now, in the order they are asked; `vacant`
    says, without making them, that there can be none.
    """

    def __init__(
        self,
        caches: Sequence[WatchCache],
        scopes: Scopes,
        *,
        read: Callable[[], tuple[T, ...]],
        vacant: Callable[[], bool],
    ) -> None:
        self._scopes = scopes
        self._read = read
        self._vacant = vacant
        self._subjects: tuple[T, ...] | None = None
        self._chosen: dict[Key, tuple[Candidate[T], ...]] = {}
        self._empty = True
        """Whether nothing at all is configured: what every write asks first."""
        self._follow()
        for cache in caches:
            cache.listen(lambda change: self._follow())

    def _follow(self) -> None:
        self._subjects = None
        self._chosen.clear()
        self._empty = self._vacant()

    @property
    def subjects(self) -> tuple[T, ...]:
        if self._subjects is None:
            self._subjects = self._read()
        return self._subjects

    def candidates(self, attrs: Attributes) -> tuple[Candidate[T], ...]:
        """Those that may have something to say, in order."""
        if self._empty or exempt(attrs):
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

    def _candidates(self, attrs: Attributes) -> tuple[Candidate[T], ...]:
        own = Match(attrs.group, attrs.version, attrs.resource, attrs.gvk)
        others = equivalents(self._scopes, attrs)
        return tuple(
            Candidate(subject, others)
            for subject in self.subjects
            if any(
                rule.may_cover(attrs, where) for rule in subject.criteria.rules for where in (own, *others)
            )
        )
