"""The pods of a Job: which to make, how they look, which to delete."""

from __future__ import annotations

from typing import Any

from ...apimachinery.clock import parse_rfc3339
from ...apimachinery.gvk import GroupVersionKind
from .. import pods as podlib
from ..podcontrol import pod_from_template
from . import facts, failures, indexes
from .sync import Sync

Object = dict[str, Any]
BURST = 500
KIND = GroupVersionKind("batch", "v1", "Job")
INDEX_ENV = "JOB_COMPLETION_INDEX"
_NAME_LENGTH = 63 - 5
_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}


def wanted(sync: Sync) -> int:
    """How many pods should be active."""
    if facts.is_suspended(sync.job):
        return 0
    parallelism: int = sync.spec["parallelism"]
    completions: int | None = sync.spec.get("completions")
    if completions is not None:
        return max(0, min(parallelism, completions - sync.succeeded))
    return len(sync.active) if sync.succeeded else parallelism


def surplus(sync: Sync) -> list[Object]:
    """Active pods to delete: of no, a double or a too high index first, then those that have done least."""
    at_least = max(0, len(sync.active) - wanted(sync))
    extra: list[Object] = []
    kept = sync.active
    if facts.is_indexed(sync.job):
        extra, kept = _misplaced(sync)
    if len(extra) < at_least:
        extra = extra + sorted(kept, key=_progress)[: at_least - len(extra)]
    return extra if facts.is_suspended(sync.job) else extra[:BURST]


def _misplaced(sync: Sync) -> tuple[list[Object], list[Object]]:
    by_index: dict[int | None, list[Object]] = {}
    for pod in sync.active:
        by_index.setdefault(indexes.valid_index(pod, sync.spec["completions"]), []).append(pod)
    extra = by_index.pop(None, [])
    kept = []
    for same in by_index.values():
        same.sort(key=_progress)
        extra += same[:-1]
        kept.append(same[-1])
    return extra, kept


def _progress(pod: Object) -> tuple[Any, ...]:
    """Sorts by what a deletion loses: unassigned, pending, not or just ready, often restarted."""
    since = podlib.ready_since(pod)
    restarts = [status.get("restartCount", 0) for status in pod["status"].get("containerStatuses") or ()]
    return (
        bool(pod["spec"].get("nodeName")),
        _PHASES.get(podlib.phase(pod), 0),
        podlib.is_ready(pod),
        -since.timestamp() if since is not None else float("-inf"),
        -max(restarts, default=0),
        -parse_rfc3339(pod["metadata"]["creationTimestamp"]).timestamp(),
    )


def missing(sync: Sync) -> tuple[list[int | None], float]:
    """What to make, as an index per pod (None in a Job without); and in how long, when it is too early."""
    waiting = sync.terminating if facts.replaces_failed_only(sync.job) else 0
    count = min(wanted(sync) - waiting - len(sync.active), BURST)
    if count <= 0:
        return [], 0.0
    if not facts.per_index(sync.job):
        delay = sync.backoff.remaining(sync.now)
        if delay > 0:
            return [], delay
    if not facts.is_indexed(sync.job):
        return [None] * count, 0.0
    pending = _pending_indexes(sync, count)
    if not facts.per_index(sync.job):
        return list(pending), 0.0
    delays = {index: failures.remaining(sync.delayed.get(index), sync.now) for index in pending}
    ready: list[int | None] = [index for index, delay in delays.items() if delay == 0]
    return ready, 0.0 if ready else min(delays.values(), default=0.0)


def _pending_indexes(sync: Sync, count: int) -> list[int]:
    busy = list(sync.active)
    if facts.replaces_failed_only(sync.job):
        busy += filter(podlib.is_terminating, sync.pods)
    found = (indexes.completion_index(pod) for pod in busy)
    taken = indexes.with_indexes(sync.done, (index for index in found if index is not None))
    taken = indexes.merge([*taken, *(sync.failed_indexes or ())])
    return indexes.first_missing(taken, count, sync.spec["completions"])


def new_pod(sync: Sync, index: int | None) -> Object:
    job = sync.job
    pod = pod_from_template(job["spec"]["template"], job, KIND)
    meta = pod["metadata"]
    if facts.TRACKING not in meta.get("finalizers", ()):
        meta["finalizers"] = [*meta.get("finalizers", ()), facts.TRACKING]
    if index is None:
        return pod
    name, suffix = job["metadata"]["name"], f"-{index}-"
    meta["generateName"] = name[: _NAME_LENGTH - len(suffix)] + suffix
    meta["labels"] = {**meta.get("labels", {}), indexes.INDEX_KEY: str(index)}
    meta["annotations"] = {**meta.get("annotations", {}), indexes.INDEX_KEY: str(index)}
    if facts.per_index(job):
        meta["annotations"].update(failures.counters(job, sync.delayed.get(index)))
    pod["spec"]["hostname"] = f"{name}-{index}"
    for container in (*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]):
        _tell_index(container)
    return pod


def _tell_index(container: Object) -> None:
    env = container.get("env") or []
    if any(variable.get("name") == INDEX_ENV for variable in env):
        return
    path = f"metadata.labels['{indexes.INDEX_KEY}']"
    container["env"] = [*env, {"name": INDEX_ENV, "valueFrom": {"fieldRef": {"fieldPath": path}}}]
