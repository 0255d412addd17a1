"""What the metrics say of Jobs. Source: upstream's job controller."""

from __future__ import annotations

from typing import Any

from .. import metrics
from .. import pods as podlib
from . import facts, indexes
from .sync import Sync

Object = dict[str, Any]


def mode(job: Object) -> str:
    return str(job["spec"].get("completionMode", "NonIndexed"))


def synced(sync: Sync, seconds: float, failed: bool) -> None:
    labels = (mode(sync.job), "error" if failed else "success", sync.action)
    metrics.JOB_SYNCS.labels(*labels).inc()
    metrics.JOB_SYNC_SECONDS.labels(*labels).observe(seconds)


def counted(sync: Sync, written: Object) -> None:
    """What a write of the status added to the one of the write before."""
    status, before = written["status"], sync.told
    now = (status.get("succeeded", 0), status.get("failed", 0))
    for result, count in zip(("succeeded", "failed"), _growth(before, now), strict=True):
        metrics.JOB_PODS_FINISHED.labels(mode(written), result).inc(count)
    if facts.is_indexed(written):
        limit = "perIndex" if facts.per_index(written) else "global"
        completions = written["spec"]["completions"]
        lost = indexes.total(indexes.parse(status.get("failedIndexes") or "", completions))
        ended = (now[0], lost)
        for result, count in zip(("succeeded", "failed"), _growth(sync.told_indexes, ended), strict=True):
            metrics.JOB_INDEXES.labels(result, limit).inc(count)
        sync.told_indexes = ended
    sync.told = now
    for action in sync.handled:
        metrics.FAILURE_POLICY.labels(action).inc()
    sync.handled.clear()


def _growth(before: tuple[int, int], now: tuple[int, int]) -> list[int]:
    return [max(0, new - old) for old, new in zip(before, now, strict=True)]


def made(sync: Sync, *, failed: bool) -> None:
    """A pod was made, or was refused."""
    reason = "new"
    if facts.replaces_failed_only(sync.job):
        reason = "recreate_failed" if sync.failed else reason
    elif sync.failed or sync.terminating:
        reason = "recreate_terminating_or_failed"
    metrics.JOB_PODS_CREATED.labels(reason, "failed" if failed else "succeeded").inc()


def ended(job: Object, condition: Object) -> None:
    result = "succeeded" if condition["type"] == "Complete" else "failed"
    metrics.JOBS_FINISHED.labels(mode(job), result, condition["reason"]).inc()


def tracked(old: Object | None, new: Object) -> None:
    """A change of a pod: with a finalizer it ends once, and once its finalizer goes afterwards."""
    if old is None:
        return
    was_over = facts.is_tracked(old) and podlib.is_finished(old)
    is_over = facts.is_tracked(new) and podlib.is_finished(new)
    if is_over != was_over:
        metrics.TRACKED_PODS.labels("add" if is_over else "delete").inc()
