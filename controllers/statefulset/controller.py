"""The loop behind StatefulSets: what belongs to a set, and its history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...apimachinery import labels
from ...client.informer import key_of
from ...client.resources import CONTROLLERREVISIONS, PERSISTENTVOLUMECLAIMS, PODS, STATEFULSETS
from .. import pods as podlib
from ..base import Controller
from ..context import Context, index
from ..history import History, of_data
from ..ownership import CONTROLLER_INDEX, Claimer, by_controller, controller_of, orphans
from ..status_writer import write_status
from . import facts
from .claims import Claims
from .members import Members
from .rollout import Revisions, Rollout

Object = dict[str, Any]
HASH_LABEL = "controller.kubernetes.io/hash"


class StatefulSetController(Controller):
    name = "statefulset-controller"
    queue_name = "statefulset"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        recorder = ctx.recorder("statefulset-controller")
        self._sets = self.informer(STATEFULSETS, self.on_change)
        self._pods = self.informer(PODS)
        self._revisions = self.informer(CONTROLLERREVISIONS)
        for informer in (self._pods, self._revisions):
            index(informer, CONTROLLER_INDEX, by_controller)
        claims = Claims(ctx.client, self.informer(PERSISTENTVOLUMECLAIMS), recorder)
        self._members = Members(ctx.client, claims, recorder)
        self._history = History(ctx.client, self._revisions, STATEFULSETS, facts.KIND, HASH_LABEL, of_data)
        self._pods.on_event(self._pod_changed)

    async def reconcile(self, key: str) -> None:
        owner = self._sets.get(key)
        if owner is None:
            return
        known = await self._history.claim(owner)
        pods = await self._claim(owner)
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
        self._come_back(key, owner, pods)

    async def _claim(self, owner: Object) -> list[Object]:
        meta = owner["metadata"]
        owned = self._pods.by_index(CONTROLLER_INDEX, meta["uid"])
        strays = self._pods.by_index(CONTROLLER_INDEX, orphans(meta["namespace"]))

        async def fresh() -> Object:
            return await self.client.get(STATEFULSETS, meta["name"], meta["namespace"])

        selector = labels.from_label_selector(owner["spec"]["selector"])
        claimer = Claimer(self.client, PODS, owner, facts.KIND, selector, fresh)
        return await claimer.claim([pod for pod in owned + strays if facts.is_member(owner, pod)])

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

    def _come_back(self, key: str, owner: Object, pods: Sequence[Object]) -> None:
        """Ready pods become available by time alone: look again when the first of them does."""
        now = self.clock.now()
        waits = [podlib.available_in(pod, facts.min_ready(owner), now) for pod in pods]
        pending = [wait for wait in waits if wait]
        if pending:
            self.queue.add_after(key, min(pending))

    def _pod_changed(self, kind: str, new: Object, old: Object | None) -> None:
        before = controller_of(old) if old is not None else None
        after = controller_of(new)
        if before is not None and before != after:
            self._enqueue_owner(new, before)
        if after is not None:
            self._enqueue_owner(new, after)
        elif kind != "DELETED" and not podlib.is_deleted(new):
            self._enqueue_matching(new)

    def _enqueue_owner(self, pod: Object, ref: Object) -> None:
        if ref["kind"] != facts.KIND.kind or ref["apiVersion"] != facts.KIND.api_version:
            return
        owner = self._sets.get(f"{pod['metadata']['namespace']}/{ref['name']}")
        if owner is not None and owner["metadata"]["uid"] == ref["uid"]:
            self.queue.add(key_of(owner))

    def _enqueue_matching(self, pod: Object) -> None:
        for owner in self._sets.list(pod["metadata"]["namespace"]):
            selector = labels.from_label_selector(owner["spec"]["selector"])
            if selector.matches(pod["metadata"].get("labels")):
                self.enqueue(owner)
