"""The loop behind Jobs: pods as the Job wants them, its status as they end."""

from __future__ import annotations

import asyncio
from typing import Any

from ...apimachinery.clock import rfc3339
from ...apimachinery.errors import StatusError
from ...client.informer import key_of
from ...client.latest import Latest
from ...client.resources import JOBS
from .. import metrics
from .. import pods as podlib
from ..context import Context
from ..ownership import CONTROLLER_INDEX, controller_of
from ..pod_owner import PodOwner
from ..podcontrol import namespace_is_going, slow_start
from . import facts, telling, workforce
from .backoff import Record
from .sync import Sync, look
from .tracking import Tracker

Object = dict[str, Any]
BATCH_SECONDS = 0.1
LONGEST_BATCH_SECONDS = 1.0
"""Upstream's, for Jobs of any size."""
_STRAY = "stray pod "
"""Begins the key of a pod whose finalizer no Job will take off."""


class JobController(PodOwner):
    name = "job-controller"
    queue_name = "job"
    longest_wait = 60.0
    resource = JOBS
    kind = workforce.KIND
    component = "job-controller"
    finalizers = (facts.TRACKING,)

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._jobs = Latest(self.owners.informer)
        """A cache that lags behind our own counting would have us make pods for what was counted already."""
        self._tracker = Tracker(ctx.client, self._jobs.wrote)
        self._backoffs: dict[str, Record] = {}
        self._sizes: dict[str, int] = {}
        self.listen()

    async def reconcile(self, key: str) -> None:
        if key.startswith(_STRAY):
            await self._free(key.removeprefix(_STRAY))
            return
        job = self._jobs.get(key)
        if job is None or facts.finished_condition(job) is not None:
            self.expectations.forget(key)
            self._tracker.forget(key)
            self._backoffs.pop(key, None)
            self._sizes.pop(key, None)
        elif facts.is_ours(job):
            await self._sync(key, job)

    async def _sync(self, key: str, job: Object) -> None:
        # Both before the pods are looked at: the cache goes on while some are adopted.
        settled, removing = self.expectations.satisfied(key), self._tracker.removing(key)
        pods = await self.claim(job)
        self._sizes[key] = len(pods)
        sync = look(key, job, pods, removing, self.clock.now(), self._backoffs.get(key, Record()))
        start, failed = self.clock.monotonic(), True
        try:
            await self._act(sync, settled)
            failed = False
        finally:
            telling.synced(sync, self.clock.monotonic() - start, failed)

    async def _act(self, sync: Sync, settled: bool) -> None:
        key = sync.key
        left = facts.deadline_in(sync.job, sync.now)
        if sync.end is None and left is not None:
            self.queue.add_after(key, left)
        if sync.end is not None:
            active, failure = await self._stop(sync, settled)
            changed = False
        else:
            active, failure, changed = await self._go_on(sync, settled)
        changed |= _show_counts(sync, active)
        try:
            finished = await self._tracker.track(sync, changed)
        finally:
            # Pods whose end is written are not seen as ending again, whatever failed after the write.
            if sync.written:
                self._backoffs[key] = sync.backoff
        if finished:
            self._tell_end(sync)
        if failure is not None:
            raise failure

    async def claim(self, owner: Object) -> list[Object]:
        """An adopted pod as it is from now on."""
        claimed = await super().claim(owner)
        return [pod if controller_of(pod) is not None else _with_finalizer(pod) for pod in claimed]

    async def _stop(self, sync: Sync, settled: bool) -> tuple[int, Exception | None]:
        """Deletes the active pods of a Job that ends; its end waits until that went well."""

        async def one(pod: Object) -> None:
            try:
                await self.pod_control.delete(sync.job, pod)
            except StatusError as error:
                if error.code != 404:
                    raise

        sync.action = "pods_deleted"
        removed, failure = await _each(sync, one, sync.active)
        if removed != len(sync.active) or not settled:
            sync.end = None
        return len(sync.active) - removed, failure

    async def _go_on(self, sync: Sync, settled: bool) -> tuple[int, Exception | None, bool]:
        """The number of active pods, what failed, and whether the conditions changed."""
        active, failure = len(sync.active), None
        managed = settled and not podlib.is_deleted(sync.job)
        if managed:
            active, failure = await self._manage(sync)
        completions = sync.spec.get("completions")
        enough = sync.succeeded > 0 if completions is None else sync.succeeded >= completions
        if enough and active == 0:
            message = "Reached expected number of succeeded pods"
            sync.end = facts.condition("SuccessCriteriaMet", "True", "CompletionsReached", message, sync.now)
            return active, failure, False
        return active, failure, managed and self._show_suspension(sync)

    def _show_suspension(self, sync: Sync) -> bool:
        """Updates the condition Suspended. A Job that runs on starts anew, and so does its deadline."""
        suspended = facts.is_suspended(sync.job)
        word = "suspended" if suspended else "resumed"
        reason = word.capitalize()
        new = facts.condition("Suspended", str(suspended), f"Job{reason}", f"Job {word}", sync.now)
        changed = facts.put_condition(sync.status, new)
        if changed:
            self.recorder.event(sync.job, "Normal", reason, new["message"])
        if suspended:
            return sync.status.pop("startTime", None) is not None or changed
        if changed:
            sync.status["startTime"] = rfc3339(sync.now)
        return changed

    async def _manage(self, sync: Sync) -> tuple[int, Exception | None]:
        """Deletes or creates pods, one of both at a time; the number of active pods afterwards."""
        sync.action = "tracking"
        extra = workforce.surplus(sync)
        if extra:
            sync.action = "pods_deleted"
            removed, failure = await self._shrink(sync, extra)
            return len(sync.active) - removed, failure
        todo, delay = workforce.missing(sync)
        if delay > 0:
            self.queue.add_after(sync.key, max(delay, BATCH_SECONDS))
            # Upstream shows no active pods while a replacement waits, even if others run.
            return 0, None
        if not todo:
            return len(sync.active), None
        sync.action = "pods_created"
        made, failure = await self._grow(sync, todo)
        return len(sync.active) + made, failure

    async def _grow(self, sync: Sync, todo: list[int | None]) -> tuple[int, Exception | None]:
        self.expectations.expect_creations(sync.key, len(todo))
        pending = iter(todo)

        async def one() -> None:
            try:
                await self.pod_control.create(sync.job, workforce.new_pod(sync, next(pending)))
                telling.made(sync, failed=False)
            except StatusError as error:
                telling.made(sync, failed=True)
                if not namespace_is_going(error):
                    raise
                self.expectations.creation_observed(sync.key)

        made, failure = await slow_start(len(todo), one)
        if made < len(todo):
            self.expectations.creation_observed(sync.key, len(todo) - made)
        return made, failure

    async def _shrink(self, sync: Sync, pods: list[Object]) -> tuple[int, Exception | None]:
        """Deletes pods without counting them: their finalizer goes first."""
        self.expectations.expect_deletions(sync.key, {key_of(pod) for pod in pods})

        async def one(pod: Object) -> None:
            try:
                if facts.is_tracked(pod):
                    await self._tracker.free(pod)
                await self.pod_control.delete(sync.job, pod)
            except StatusError as error:
                self.expectations.deletion_observed(sync.key, key_of(pod))
                if error.code != 404:
                    raise

        return await _each(sync, one, pods)

    def _tell_end(self, sync: Sync) -> None:
        end = sync.end
        if end is None:
            return
        telling.ended(sync.job, end)
        if end["type"] != "Complete":
            self.recorder.event(sync.job, "Warning", end["reason"], end["message"])
            return
        completions = sync.spec.get("completions")
        if completions is not None and sync.status.get("succeeded", 0) > completions:
            message = "Too many succeeded pods running after completion count reached"
            self.recorder.event(sync.job, "Warning", "TooManySucceededPods", message)
        self.recorder.event(sync.job, "Normal", "Completed", "Job completed")

    async def _free(self, key: str) -> None:
        """Takes the finalizer off a pod, unless a Job still counts it."""
        pod = self.pods.get(key)
        if pod is None or not facts.is_tracked(pod):
            return
        ref = controller_of(pod)
        if ref is not None:
            if (ref["kind"], ref["apiVersion"]) != (workforce.KIND.kind, workforce.KIND.api_version):
                return
            job = self.owners.of(pod)
            if job is not None and (not facts.is_ours(job) or facts.finished_condition(job) is None):
                return
        await self._tracker.free(pod)

    def owner_changed(self, kind: str, new: Object, old: Object | None) -> None:
        key = key_of(new)
        if kind == "ADDED" and not facts.is_ours(new):
            metrics.EXTERNAL_JOBS.labels(new["spec"]["managedBy"]).inc()
        if kind == "DELETED":
            self.expectations.forget(key)
        same_spec = old is not None and old["metadata"].get("generation") == new["metadata"].get("generation")
        if kind == "MODIFIED" and same_spec:
            self._soon(key)
        else:
            self.queue.add(key)
        if kind == "DELETED" or facts.finished_condition(new) is not None:
            for pod in self.pods.by_index(CONTROLLER_INDEX, new["metadata"]["uid"]):
                self._stray(pod)

    def _stray(self, pod: Object) -> None:
        if facts.is_tracked(pod):
            self.queue.add(_STRAY + key_of(pod))

    def pod_changed(self, kind: str, new: Object, old: Object | None) -> None:
        telling.tracked(old, new)
        self._note_freed(kind, new, old)
        if self._is_stray(kind, new):
            self._stray(new)
        super().pod_changed(kind, new, old)

    def _note_freed(self, kind: str, new: Object, old: Object | None) -> None:
        """The cache shows that a pod's finalizer is gone."""
        if kind != "DELETED" and facts.is_tracked(new):
            return
        for ref in (controller_of(old) if old is not None else None, controller_of(new)):
            job = self.owners.of(new, ref) if ref is not None else None
            if job is not None:
                self._tracker.removed(key_of(job), new["metadata"]["uid"])

    def _is_stray(self, kind: str, pod: Object) -> bool:
        """Whether nobody may be there to take the pod's finalizer off."""
        ref = controller_of(pod)
        if ref is None:
            return True
        if ref["kind"] != workforce.KIND.kind or not (kind == "DELETED" or podlib.is_deleted(pod)):
            return False
        job = self.owners.of(pod)
        return job is None or facts.finished_condition(job) is not None

    def wake(self, owner: Object) -> None:
        self._soon(key_of(owner))

    def _soon(self, key: str) -> None:
        self.queue.add_after(key, batch_seconds(self._sizes.get(key, 0)))


def batch_seconds(pods: int) -> float:
    """How long a change of a pod waits for others to be written with it: a sync looks at every pod."""
    return min(BATCH_SECONDS * (1 + pods / 500), LONGEST_BATCH_SECONDS)


async def _each(sync: Sync, one: Any, pods: list[Object]) -> tuple[int, Exception | None]:
    """Deletes pods at once; counts them as terminating and no longer ready."""
    results = await asyncio.gather(*(one(pod) for pod in pods), return_exceptions=True)
    failure = None
    removed = 0
    for pod, result in zip(pods, results, strict=True):
        if isinstance(result, Exception):
            failure = failure or result
            continue
        if isinstance(result, BaseException):
            raise result
        removed += 1
        sync.terminating += 1
        sync.ready -= podlib.is_ready(pod)
    return removed, failure


def _show_counts(sync: Sync, active: int) -> bool:
    status = sync.status
    shown = (status.get("active", 0), status.get("ready"), status.get("terminating"))
    facts.set_count(status, "active", active)
    status["ready"], status["terminating"] = sync.ready, sync.terminating
    return shown != (active, sync.ready, sync.terminating)


def _with_finalizer(pod: Object) -> Object:
    meta = pod["metadata"]
    finalizers = [*(meta.get("finalizers") or ()), facts.TRACKING]
    return pod if facts.is_tracked(pod) else {**pod, "metadata": {**meta, "finalizers": finalizers}}
