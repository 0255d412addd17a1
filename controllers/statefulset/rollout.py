"""One pass over a set: the next pods are made, removed or replaced, as far as order allows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from .. import pods as podlib
from ..podcontrol import slow_start
from . import facts
from .members import Members

Object = dict[str, Any]


class Revisions(NamedTuple):
    """Pods come from `current` and go to `update`; `collisions` counts names that were taken."""

    current: Object
    update: Object
    collisions: int


class Rollout:
    """`owner` and `pods` are what the caches hold; only `members` writes."""

    def __init__(
        self, members: Members, owner: Object, revisions: Revisions, pods: Sequence[Object], now: datetime
    ) -> None:
        self._members = members
        self._owner = owner
        self._update = revisions.update["metadata"]["name"]
        self._revisions = revisions
        self._now = now
        self._ordered = not facts.is_parallel(owner)
        self._at_update = facts.at_revision(owner, revisions.update)
        self._replicas = self._places(pods)
        self._condemned = sorted(
            (p for p in pods if facts.ordinal(p) >= 0 and not facts.in_range(owner, p)),
            key=facts.ordinal,
            reverse=True,
        )
        self._pods = pods
        self._replaced = 0

    async def run(self) -> Exception | None:
        """What failed, after which the pass ended early."""
        if podlib.is_deleted(self._owner):
            return None
        try:
            done = await self._each(self._replicas, self._keep)
            done = done and await self._each(self._condemned, self._apply_policy)
            done = done and await self._each(self._condemned, self._remove)
            if done and facts.is_rolling(self._owner):
                await self._replace()
        except Exception as error:
            return error
        return None

    def status(self) -> Object:
        r = self._revisions
        found = facts.status(self._owner, r.current, r.update, r.collisions, self._pods, self._now)
        # What was replaced may have been of a revision between the two.
        found["currentReplicas"] = max(0, found["currentReplicas"] - self._replaced)
        return facts.complete(self._owner, found)

    def _places(self, pods: Sequence[Object]) -> list[Object]:
        """A pod for each ordinal; those that are missing are planned at the revision of their place."""
        owner = self._owner
        have = {facts.ordinal(pod): pod for pod in pods if facts.in_range(owner, pod)}
        first = facts.start(owner)
        return [
            have.get(place) or self._planned(place) for place in range(first, first + facts.replicas(owner))
        ]

    def _planned(self, place: int) -> Object:
        owner, current = self._owner, self._revisions.current
        if facts.is_rolling(owner) and place < facts.start(owner) + facts.partition(owner):
            return facts.new_pod(facts.at_revision(owner, current), place, current["metadata"]["name"])
        return facts.new_pod(self._at_update, place, self._update)

    async def _each(self, pods: Sequence[Object], step: Callable[[Object], Awaitable[bool]]) -> bool:
        """Whether the pass may go on. In order, the first pod that `step` waits for ends it."""
        if self._ordered:
            for pod in pods:
                if not await step(pod):
                    return False
            return True
        rest = iter(pods)
        _, failure = await slow_start(len(pods), lambda: step(next(rest)))
        if failure is not None:
            raise failure
        return True

    async def _keep(self, pod: Object) -> bool:
        """Makes, corrects or clears away one pod of the set; False when the next ones must wait."""
        if podlib.is_finished(pod):
            if not podlib.is_deleted(pod):
                await self._members.delete(self._owner, pod)
            return False
        if not facts.is_created(pod):
            if self._members.claims.are_stale(self._owner, pod):
                return False
            await self._members.create(self._owner, pod)
            return not self._ordered
        if podlib.phase(pod) == "Pending":
            await self._members.complete_claims(self._owner, pod)
        if self._ordered and facts.is_unavailable(self._owner, pod, self._now):
            return False
        if not self._is_right(pod):
            await self._members.correct(self._at_update, pod)
        return True

    def _is_right(self, pod: Object) -> bool:
        owner = self._owner
        if not facts.has_identity(owner, pod) or not facts.has_storage(owner, pod):
            return False
        return self._members.claims.follow_policy(self._at_update, pod)

    async def _apply_policy(self, pod: Object) -> bool:
        if not self._members.claims.follow_policy(self._at_update, pod):
            await self._members.claims.apply_policy(self._at_update, pod)
        return True

    async def _remove(self, pod: Object) -> bool:
        """Scales one pod away, in order only while every other one is well."""
        if podlib.is_deleted(pod):
            return False
        if (
            self._ordered
            and facts.is_unavailable(self._owner, pod, self._now)
            and pod is not self._first_ill()
        ):
            return False
        await self._members.delete(self._owner, pod)
        return False

    def _first_ill(self) -> Object | None:
        for pod in [*self._replicas, *reversed(self._condemned)]:
            if facts.is_unavailable(self._owner, pod, self._now):
                return pod
        return None

    async def _replace(self) -> None:
        """Deletes the highest pod of another revision, once those above it have been updated and work."""
        owner = self._owner
        for pod in reversed(self._replicas[facts.partition(owner) :]):
            if facts.revision_of(pod) != self._update and not podlib.is_deleted(pod):
                await self._members.delete(owner, pod)
                self._replaced += 1
                return
            if facts.is_unavailable(owner, pod, self._now):
                return
