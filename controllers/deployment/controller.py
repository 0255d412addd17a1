"""Which road a Deployment takes: paused, scaled, recreated or rolled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...apimachinery import labels
from ...apimachinery.errors import StatusError
from ...client.resources import DEPLOYMENTS, PODS, REPLICASETS
from .. import pods as podlib
from ..base import Controller
from ..context import Context
from ..owners import Owners, follow
from ..ownership import CONTROLLER_INDEX
from . import facts, progress, rolling
from .revisions import Revisions, Sets
from .scaling import Scaler

Object = dict[str, Any]


class DeploymentController(Controller):
    name = "deployment-controller"
    queue_name = "deployment"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._recorder = ctx.recorder("deployment-controller")
        self._revisions = Revisions(ctx.client, ctx.clock, self._recorder)
        self._scaler = Scaler(ctx.client, self._recorder)
        self._deployments = Owners(ctx.client, self.informer(DEPLOYMENTS, self.on_change), facts.KIND)
        self._sets = follow(self.informer(REPLICASETS))
        self._set_owners = Owners(ctx.client, self._sets, facts.RS_KIND)
        self._pods = follow(self.informer(PODS))
        self._sets.on_event(self._set_changed)
        self._pods.on_event(self._pod_changed)

    async def reconcile(self, key: str) -> None:
        cached = self._deployments.informer.get(key)
        if cached is None:
            return
        d = facts.copy(cached)
        if labels.from_label_selector(d["spec"].get("selector")).empty:
            await self._selects_all(d)
            return
        sets = await self._deployments.claim(d, self._sets)
        if podlib.is_deleted(d):
            new = facts.find_new(d, sets)
            await self._write_status(d, progress.calculate(d, sets, new, self.clock.now()))
            return
        if await self._noted_pause(d):
            return
        if d["spec"].get("paused") or self._is_scaling(d, sets):
            await self._resize(d, sets)
        elif facts.is_rolling(d):
            await self._roll(key, d, sets)
        else:
            await self._recreate(key, d, sets)

    async def _selects_all(self, d: Object) -> None:
        message = "This deployment is selecting all pods. A non-empty selector is required."
        self._recorder.event(d, "Warning", "SelectingAll", message)
        generation = d["metadata"].get("generation", 0)
        if d.get("status", {}).get("observedGeneration", 0) < generation:
            await self._write_status(d, {**d.get("status", {}), "observedGeneration": generation})

    async def _noted_pause(self, d: Object) -> bool:
        """Pausing stops the progress clock and resuming starts it anew. The change of the status, if there
        was one, brings the Deployment back: upstream's pass ends there, too, in a conflict."""
        current = progress.progressing(d)
        if not facts.has_deadline(d) or (current is not None and current.get("reason") == progress.TIMED_OUT):
            return False
        noted = current is not None and current.get("reason") == progress.PAUSED
        if bool(d["spec"].get("paused")) == noted:
            return False
        reason, message = (
            (progress.RESUMED, "Deployment is resumed")
            if noted
            else (progress.PAUSED, "Deployment is paused")
        )
        status = d.setdefault("status", {})
        progress.put(status, progress.condition("Progressing", "Unknown", reason, message, self.clock.now()))
        await self.client.update(DEPLOYMENTS, d, subresource="status")
        return True

    def _is_scaling(self, d: Object, sets: Sequence[Object]) -> bool:
        """Whether the Deployment's size changed since its ReplicaSets were last sized."""
        sizes = (facts.noted(rs, facts.DESIRED) for rs in facts.active(sets))
        return any(size is not None and size != facts.replicas(d) for size in sizes)

    async def _resize(self, d: Object, found: Sequence[Object]) -> None:
        sets = await self._revisions.sort_out(d, found, create=False)
        sets = await self._scaler.resize(d, sets)
        if d["spec"].get("paused"):
            await self._clean_up(d, sets.old)
        await self._write_status(d, progress.calculate(d, sets.all, sets.new, self.clock.now()))

    async def _roll(self, key: str, d: Object, found: Sequence[Object]) -> None:
        sets = await self._revisions.sort_out(d, found, create=True)
        sets, moved = await rolling.step(self._scaler, d, sets)
        if not moved and progress.is_complete(d, d.get("status", {})):
            await self._clean_up(d, sets.old)
        await self._write_rollout(key, d, sets)

    async def _recreate(self, key: str, d: Object, found: Sequence[Object]) -> None:
        """Every old pod is gone before the first new one is made."""
        sets = await self._revisions.sort_out(d, found, create=False)
        going = facts.active(sets.old)
        for rs in going:
            sets = sets.replaced(await self._scaler.scale(d, rs, 0))
        if going or self._old_pods_run(sets):
            await self._write_rollout(key, d, sets)
            return
        if sets.new is None:
            sets = await self._revisions.sort_out(d, sets.old, create=True)
        if sets.new is not None:
            sets = sets.replaced(await self._scaler.scale(d, sets.new, facts.replicas(d)))
        if progress.is_complete(d, d.get("status", {})):
            await self._clean_up(d, sets.old)
        await self._write_rollout(key, d, sets)

    def _old_pods_run(self, sets: Sets) -> bool:
        if facts.total_status(sets.old, "replicas") > 0:
            return True
        return any(
            not podlib.is_finished(pod)
            for rs in sets.old
            for pod in self._pods.by_index(CONTROLLER_INDEX, rs["metadata"]["uid"])
        )

    async def _write_rollout(self, key: str, d: Object, sets: Sets) -> None:
        status = progress.rollout(d, sets.all, sets.new, self.clock.now())
        if await self._write_status(d, status):
            return
        wait = progress.check_in(d, status, self.clock.now())
        if wait is not None:
            self.queue.add_after(key, wait)

    async def _write_status(self, d: Object, status: Object) -> bool:
        """Whether there was anything to write."""
        if progress.same(d.get("status") or {}, status):
            return False
        await self.client.update(DEPLOYMENTS, {**d, "status": status}, subresource="status")
        return True

    async def _clean_up(self, d: Object, old: Sequence[Object]) -> None:
        """Deletes the oldest empty ReplicaSets beyond the history limit."""
        limit = d["spec"].get("revisionHistoryLimit")
        alive = [rs for rs in old if not podlib.is_deleted(rs)]
        if limit is None or limit == facts.NO_LIMIT or len(alive) <= limit:
            return
        for rs in sorted(alive, key=facts.revision)[: len(alive) - limit]:
            observed = rs.get("status", {}).get("observedGeneration", 0)
            busy = facts.status_count(rs, "replicas") or facts.replicas(rs)
            if busy or rs["metadata"].get("generation", 0) > observed:
                continue
            try:
                await self.client.delete(REPLICASETS, rs["metadata"]["name"], rs["metadata"]["namespace"])
            except StatusError as error:
                if error.code != 404:
                    raise

    def _set_changed(self, kind: str, new: Object, old: Object | None) -> None:
        for d in self._deployments.concerned(kind, new, old):
            self.enqueue(d)

    def _pod_changed(self, kind: str, new: Object, old: Object | None) -> None:
        """A pod that is gone may be the last that a Recreate waits for."""
        if kind != "DELETED" and not podlib.is_finished(new):
            return
        rs = self._set_owners.of(new)
        d = self._deployments.of(rs) if rs is not None else None
        if d is not None and not facts.is_rolling(d):
            self.enqueue(d)
