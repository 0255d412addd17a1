"""Counting every pod of a Job exactly once, across crashes.

A pod keeps the finalizer `batch.kubernetes.io/job-tracking` until it is counted. First its uid goes into
`status.uncountedTerminatedPods`, then its finalizer goes, then the uid becomes a number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ...apimachinery import jsonio
from ...apimachinery.errors import StatusError
from ...client.client import Client
from ...client.resources import JOBS, PODS
from .. import pods as podlib
from . import facts, indexes, policies, telling
from .sync import Sync

Object = dict[str, Any]
MOST_UNCOUNTED = 500
"""Uids in a status at a time; what is over waits for the next sync."""


class Tracker:
    def __init__(self, client: Client, wrote: Callable[[Object], object]) -> None:
        self._client = client
        self._wrote = wrote
        self._removing: dict[str, set[str]] = {}

    def removing(self, key: str) -> set[str]:
        """Uids of a Job's pods whose finalizer is gone though the cache still shows it."""
        return set(self._removing.get(key, ()))

    def removed(self, key: str, uid: str) -> None:
        """The cache shows the pod without its finalizer."""
        self._removing.get(key, set()).discard(uid)

    def forget(self, key: str) -> None:
        self._removing.pop(key, None)

    async def track(self, sync: Sync, changed: bool) -> bool:
        """Counts what has ended and writes the status; `changed`: there is something to write anyhow.

        True when the Job is finished by this. Raises the first failure; a later sync continues.
        """
        pending = {pod["metadata"]["uid"] for pod in sync.pods if sync.is_pending(pod)}
        changed |= settle(sync.status, pending)
        ended, full, counted = collect(sync)
        changed |= counted | show_indexes(sync) | announce(sync)
        if changed:
            await self._write(sync)
        gone, failure = await self._release(sync.key, ended)
        changed = settle(sync.status, pending - gone)
        if failure is not None:
            if changed:
                await self._write(sync)
            raise failure
        finished = not full and finish(sync)
        if changed or finished:
            await self._write(sync)
        return finished

    async def _write(self, sync: Sync) -> None:
        written = await self._client.update(JOBS, sync.job, subresource="status")
        self._wrote(jsonio.clone(written))
        written["status"].setdefault("uncountedTerminatedPods", {})
        telling.counted(sync, written)
        sync.job, sync.written = written, True

    async def _release(self, key: str, pods: list[Object]) -> tuple[set[str], Exception | None]:
        """The uids of the pods without a finalizer when done, and the first failure."""
        if not pods:
            return set(), None
        uids = [pod["metadata"]["uid"] for pod in pods]
        self._removing.setdefault(key, set()).update(uids)
        results = await asyncio.gather(*(self.free(pod) for pod in pods), return_exceptions=True)
        gone, failure = set(), None
        for uid, result in zip(uids, results, strict=True):
            if isinstance(result, Exception):
                failure = failure or result
            elif isinstance(result, BaseException):
                raise result
            else:
                gone.add(uid)
            if result is not True:
                self.removed(key, uid)
        return gone, failure

    async def free(self, pod: Object) -> bool:
        """Takes the finalizer off; False when the pod is gone already."""
        patch = {"metadata": {"$deleteFromPrimitiveList/finalizers": [facts.TRACKING]}}
        meta = pod["metadata"]
        try:
            await self._client.patch(PODS, meta["name"], patch, meta["namespace"], kind="strategic")
        except StatusError as error:
            if error.code == 404:
                return False
            raise
        return True


def settle(status: Object, pending: set[str]) -> bool:
    """Turns uncounted uids without a finalizer into numbers."""
    changed = False
    uncounted = status["uncountedTerminatedPods"]
    for outcome in ("succeeded", "failed"):
        uids = uncounted.get(outcome) or []
        left = [uid for uid in uids if uid in pending]
        if len(left) == len(uids):
            continue
        changed = True
        status[outcome] = status.get(outcome, 0) + len(uids) - len(left)
        if left:
            uncounted[outcome] = left
        else:
            del uncounted[outcome]
    return changed


def collect(sync: Sync) -> tuple[list[Object], bool, bool]:
    """The pods to let go, whether there are more of them, and whether the status changed.

    Succeeded indexes are shown by `completedIndexes`, other ends by their uids.
    """
    lists = {outcome: sync.uncounted(outcome) for outcome in ("succeeded", "failed")}
    known = {uid for uids in lists.values() for uid in uids}
    ended: list[Object] = []
    changed = full = False
    room = MOST_UNCOUNTED - len(known)
    for pod in _in_order(sync):
        if not sync.is_pending(pod) or not _may_go(sync, pod):
            continue
        uid, outcome = pod["metadata"]["uid"], _outcome(sync, pod)
        if outcome and uid not in known:
            if room <= 0:
                full = True
                continue
            changed, room = True, room - 1
            if outcome in lists:
                lists[outcome].append(uid)
        ended.append(pod)
    sync.status["uncountedTerminatedPods"] = {outcome: uids for outcome, uids in lists.items() if uids}
    return ended, full, changed


def _in_order(sync: Sync) -> list[Object]:
    if not facts.is_indexed(sync.job):
        return sync.pods
    return sorted(sync.pods, key=lambda pod: indexes.completion_index(pod) or 0)


def _may_go(sync: Sync, pod: Object) -> bool:
    """Whether the pod has ended, or is of no interest any more."""
    if podlib.is_deleted(sync.job) or sync.end is not None or podlib.phase(pod) == "Succeeded":
        return True
    if not facts.is_failed(pod, sync.job):
        return False
    kept = sync.delayed.get(indexes.completion_index(pod) or 0)
    return kept is None or kept["metadata"]["uid"] != pod["metadata"]["uid"]


def _outcome(sync: Sync, pod: Object) -> str:
    """`succeeded`, `failed`, `index` for one more completed index, or nothing that counts."""
    if not sync.counts(pod):
        return ""
    if podlib.phase(pod) == "Succeeded":
        if not facts.is_indexed(sync.job):
            return "succeeded"
        index = indexes.completion_index(pod) or 0
        return "" if indexes.has(sync.done_before, index) else "index"
    # A Job that fails counts the pods it had to stop as failed; one that has enough successes does not.
    stopped = sync.end is not None and sync.end["type"] != "SuccessCriteriaMet"
    if not stopped and not facts.is_failed(pod, sync.job):
        return ""
    verdict = policies.judge(sync.job, pod)
    if verdict.action:
        sync.handled.append(verdict.action)
    return "failed" if verdict.counts else ""


def show_indexes(sync: Sync) -> bool:
    """Writes the completed and the failed indexes into the status."""
    if not facts.is_indexed(sync.job):
        return False
    done = indexes.text_of(sync.done)
    failed = None if sync.failed_indexes is None else indexes.text_of(sync.failed_indexes)
    changed = done != sync.status.get("completedIndexes", "") or failed != sync.status.get("failedIndexes")
    facts.set_count(sync.status, "succeeded", indexes.total(sync.done))
    for field, value in (("completedIndexes", done or None), ("failedIndexes", failed)):
        if value is None:
            sync.status.pop(field, None)
        else:
            sync.status[field] = value
    return changed


def announce(sync: Sync) -> bool:
    """Shows why the Job will end before its pods are let go, and prepares the final condition."""
    end = sync.end
    if end is None or end["type"] not in ("FailureTarget", "SuccessCriteriaMet"):
        return False
    changed = facts.true_condition(sync.job, end["type"]) is None
    if changed:
        facts.put_condition(sync.status, end)
    final = "Failed" if end["type"] == "FailureTarget" else "Complete"
    sync.end = facts.condition(final, "True", end["reason"], end["message"], sync.now)
    return changed


def finish(sync: Sync) -> bool:
    """Adds the final condition once all pods are counted and none is terminating."""
    if sync.end is None or sync.terminating or any(sync.status["uncountedTerminatedPods"].values()):
        return False
    facts.put_condition(sync.status, sync.end)
    if sync.end["type"] == "Complete":
        sync.status["completionTime"] = sync.end["lastTransitionTime"]
    return True
