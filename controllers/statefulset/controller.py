"""The loop behind StatefulSets: what belongs to a set, and its history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...client.resources import CONTROLLERREVISIONS, PERSISTENTVOLUMECLAIMS, STATEFULSETS
from .. import owners
from ..context import Context
from ..history import History, of_data
from ..pod_owner import PodOwner
from ..status_writer import write_status
from . import facts
from .claims import Claims
from .members import Members
from .rollout import Revisions, Rollout

Object = dict[str, Any]
HASH_LABEL = "controller.kubernetes.io/hash"


class StatefulSetController(PodOwner):
    name = "statefulset-controller"
    queue_name = "statefulset"
    resource = STATEFULSETS
    kind = facts.KIND
    component = "statefulset-controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        revisions = owners.follow(self.informer(CONTROLLERREVISIONS))
        claims = Claims(ctx.client, self.informer(PERSISTENTVOLUMECLAIMS), self.recorder)
        self._members = Members(ctx.client, claims, self.recorder)
        self._history = History(ctx.client, revisions, self.owners, HASH_LABEL, of_data)
        self.listen()
        revisions.on_event(self.dependent_changed)

    def may_own(self, owner: Object, pod: Object) -> bool:
        return facts.is_member(owner, pod)

    async def reconcile(self, key: str) -> None:
        owner = self.owners.informer.get(key)
        if owner is None:
            return
        known = await self._history.claim(owner)
        pods = await self.claim(owner)
        update, collisions = await self._history.current(owner, known)
        current = self._current(owner, known, update)
        rollout = Rollout(
            self._members, owner, Revisions(current, update, collisions), pods, self.clock.now()
        )
        failure = await rollout.run()
        await write_status(self.client, STATEFULSETS, owner, rollout.status(), facts.same_status)
        await self._forget(owner, known, pods, (current, update))
        if failure is not None:
            raise failure
        self.come_back(owner, pods)

    def _current(self, owner: Object, known: Sequence[Object], update: Object) -> Object:
        """The revision that the pods come from."""
        name = owner.get("status", {}).get("currentRevision")
        return next((revision for revision in known if revision["metadata"]["name"] == name), update)

    async def _forget(
        self, owner: Object, known: Sequence[Object], pods: Sequence[Object], live: Sequence[Object]
    ) -> None:
        """Deletes the oldest revisions beyond the history limit that no pod has."""
        limit = owner["spec"].get("revisionHistoryLimit")
        used = {facts.revision_of(pod) for pod in pods} | {r["metadata"]["name"] for r in live}
        idle = [revision for revision in known if revision["metadata"]["name"] not in used]
        if limit is None or limit < 0:
            return
        for revision in idle[: max(0, len(idle) - limit)]:
            await self._history.delete(revision)
