"""One look at a Job and its pods: the counts, and whether the Job has ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...apimachinery import jsonio
from ...apimachinery.clock import rfc3339
from .. import pods as podlib
from . import facts, failures, indexes, policies
from .backoff import Record
from .indexes import Intervals

Object = dict[str, Any]


@dataclass
class Sync:
    """`job` is a copy whose status the sync changes; `pods` are those of the cache."""

    key: str
    job: Object
    pods: list[Object]
    removing: set[str]
    """Uids of pods whose finalizer has been removed, which the cache does not show yet."""
    now: datetime
    backoff: Record
    active: list[Object] = field(default_factory=list)
    terminating: int = 0
    ready: int = 0
    succeeded: int = 0
    failed: int = 0
    done_before: Intervals = ()
    done: Intervals = ()
    """Succeeded indexes, as the status had them and as they are now."""
    failed_indexes: Intervals | None = None
    """None unless the Job limits failures per index."""
    delayed: dict[int, Object] = field(default_factory=dict)
    """Failed pods kept until their index is tried again, since they carry its count of failures."""
    end: Object | None = None
    """The condition with which the Job ends."""
    written: bool = False
    """Whether the status has been written by this sync."""
    action: str = "reconciling"
    """What the sync did, as its metrics call it."""
    told: tuple[int, int] = (0, 0)
    told_indexes: tuple[int, int] = (0, 0)
    """Succeeded and failed pods, and indexes, that metrics know of."""
    handled: list[str] = field(default_factory=list)
    """Actions of the pod failure policy for the pods let go."""

    @property
    def spec(self) -> Object:
        spec: Object = self.job["spec"]
        return spec

    @property
    def status(self) -> Object:
        status: Object = self.job["status"]
        return status

    def uncounted(self, outcome: str) -> list[str]:
        """Uids of pods that ended, are in the status, and still have their finalizer."""
        return list(self.status["uncountedTerminatedPods"].get(outcome) or ())

    def is_pending(self, pod: Object) -> bool:
        """Whether the pod is still to be counted."""
        return facts.is_tracked(pod) and pod["metadata"]["uid"] not in self.removing

    def counts(self, pod: Object) -> bool:
        """Whether the Job is interested in how the pod ends; in an indexed one that takes a valid index."""
        if not facts.is_indexed(self.job):
            return True
        return indexes.valid_index(pod, self.spec["completions"]) is not None


def look(
    key: str, owner: Object, pods: list[Object], removing: set[str], now: datetime, backoff: Record
) -> Sync:
    job = jsonio.clone({**owner, "status": owner.get("status") or {}})
    job["status"].setdefault("uncountedTerminatedPods", {})
    sync = Sync(key, job, pods, removing, now, backoff)
    sync.active = [pod for pod in pods if podlib.is_active(pod)]
    sync.terminating = sum(map(podlib.is_terminating, pods))
    sync.ready = sum(map(podlib.is_ready, sync.active))
    if "startTime" not in sync.status and not facts.is_suspended(job):
        sync.status["startTime"] = rfc3339(now)
    sync.told = (sync.status.get("succeeded", 0), sync.status.get("failed", 0))
    _count(sync)
    sync.end = _end(sync)
    if facts.is_indexed(job):
        _count_indexes(sync)
    return sync


def _count(sync: Sync) -> None:
    known = {outcome: set(sync.uncounted(outcome)) for outcome in ("succeeded", "failed")}
    fresh = [pod for pod in sync.pods if sync.is_pending(pod) and sync.counts(pod)]
    succeeded = [
        pod
        for pod in fresh
        if podlib.phase(pod) == "Succeeded" and pod["metadata"]["uid"] not in known["succeeded"]
    ]
    failed = [
        pod
        for pod in fresh
        if facts.is_failed(pod, sync.job) and pod["metadata"]["uid"] not in known["failed"]
    ]
    counted = sum(1 for pod in failed if policies.judge(sync.job, pod).counts)
    sync.succeeded = sync.status.get("succeeded", 0) + len(succeeded) + len(known["succeeded"])
    sync.failed = sync.status.get("failed", 0) + counted + len(known["failed"])
    sync.backoff = sync.backoff.after(succeeded, failed)


def _end(sync: Sync) -> Object | None:
    """The condition that ends the Job, as far as it does not take indexes to know."""
    job = sync.job
    met = facts.true_condition(job, "SuccessCriteriaMet")
    if met is not None:
        return met
    target = facts.true_condition(job, "FailureTarget")
    if target is not None:
        return facts.condition("Failed", "True", target["reason"], target.get("message", ""), sync.now)
    for pod in sync.pods:
        message = policies.judge(job, pod).message if facts.is_failed(pod, job) else None
        if message is not None:
            return _failure("PodFailurePolicy", message, sync.now)
    if sync.failed > sync.spec["backoffLimit"] or facts.too_many_restarts(job, sync.pods):
        return _failure("BackoffLimitExceeded", "Job has reached the specified backoff limit", sync.now)
    left = facts.deadline_in(job, sync.now)
    if left is not None and left <= 0:
        return _failure("DeadlineExceeded", "Job was active longer than specified deadline", sync.now)
    return None


def _count_indexes(sync: Sync) -> None:
    completions = sync.spec["completions"]
    sync.done_before = indexes.parse(sync.status.get("completedIndexes", ""), completions)
    lost_before = indexes.parse(sync.status.get("failedIndexes") or "", completions)
    sync.told_indexes = (sync.told[0], indexes.total(lost_before))
    tracked = [pod for pod in sync.pods if facts.is_tracked(pod) and sync.counts(pod)]
    done = [pod for pod in tracked if podlib.phase(pod) == "Succeeded"]
    sync.done = indexes.with_indexes(sync.done_before, map(failures.index_of, done))
    sync.succeeded = indexes.total(sync.done)
    if facts.per_index(sync.job):
        lost = [pod for pod in tracked if failures.ends_index(sync.job, pod)]
        sync.failed_indexes = indexes.with_indexes(lost_before, map(failures.index_of, lost))
        sync.end = sync.end or _too_many_indexes(sync)
        sync.delayed = _delayed(sync)
    if sync.end is None:
        message = policies.success(sync.job, sync.done)
        if message is not None:
            sync.end = facts.condition("SuccessCriteriaMet", "True", "SuccessPolicy", message, sync.now)


def _too_many_indexes(sync: Sync) -> Object | None:
    lost, limit = indexes.total(sync.failed_indexes or ()), sync.spec.get("maxFailedIndexes")
    if limit is not None and lost > limit:
        message = "Job has exceeded the specified maximal number of failed indexes"
        return _failure("MaxFailedIndexesExceeded", message, sync.now)
    if lost and lost + indexes.total(sync.done) >= sync.spec["completions"]:
        return _failure("FailedIndexes", "Job has failed indexes", sync.now)
    return None


def _delayed(sync: Sync) -> dict[int, Object]:
    running = {indexes.completion_index(pod) for pod in sync.active}
    kept: dict[int, Object] = {}
    for pod in sync.pods:
        if not (sync.is_pending(pod) and sync.counts(pod) and facts.is_failed(pod, sync.job)):
            continue
        index = failures.index_of(pod)
        settled = indexes.has(sync.done, index) or indexes.has(sync.failed_indexes or (), index)
        if not settled and index not in running and failures.is_later(pod, kept.get(index)):
            kept[index] = pod
    return kept


def _failure(reason: str, message: str, now: datetime) -> Object:
    return facts.condition("FailureTarget", "True", reason, message, now)
