"""Writing pod statuses: the latest one of each pod, only when it changed, and the final removal of a pod."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from ..apimachinery.clock import Clock
from ..apimachinery.errors import StatusError
from ..client import cause
from ..client.client import Client
from ..client.errors import Unreachable
from ..client.resources import PODS

Object = dict[str, Any]
NOTHING_WRONG: Object = {"reason": None, "message": None}
"""Takes away what an earlier state of a condition said: conditions are merged field by field."""
PASSING = frozenset({"PodResizePending", "PodResizeInProgress"})
"""Conditions of ours that are there only as long as they are true."""
RETRY_SECONDS = 1.0
AT_ONCE, EARLY_AT_ONCE = 24, 4
"""Writes under way: in all, and of first statuses."""
log = logging.getLogger(__name__)


class _Written(NamedTuple):
    """What was written last, and the version of the pod that came of it; 0 where none did."""

    status: Object
    revision: int

    def is_lost(self, pod: Object) -> bool:
        """Whether somebody made another condition of ours of it since: the node was given up, and is back."""
        if not 0 < self.revision < _revision(pod):
            return False
        shown = pod.get("status") or {}
        if shown.get("phase") in ("Succeeded", "Failed"):
            return False
        held = {condition["type"]: condition["status"] for condition in shown.get("conditions") or ()}
        ours = self.status.get("conditions") or ()
        return any(held.get(condition["type"]) != condition["status"] for condition in ours)


class StatusWriter:
    """At most one write per pod is under way; what comes meanwhile replaces what waits.

    With thousands of pods the server sets the pace. Then the first status of a pod, that nothing runs yet,
    gives way to the others: most often a better one takes its place before its turn comes.
    """

    def __init__(
        self,
        client: Client,
        clock: Clock,
        spawn: Callable[[str, Coroutine[Any, Any, None]], asyncio.Task[Any]],
    ) -> None:
        self._client = client
        self._clock = clock
        self._spawn = spawn
        self._written: dict[str, _Written] = {}
        self._waiting: dict[str, tuple[Object, Object]] = {}
        self._ending: dict[str, Object] = {}
        self._due: dict[str, None] = {}
        self._early: dict[str, None] = {}
        """Pods whose turn is still to come, in order; those with a first status apart."""
        self._busy: dict[str, bool] = {}
        """Pods being written; whether that began with a first status."""

    def publish(self, pod: Object, status: Object) -> None:
        """Writes what changed, and again what another wrote over: the pod as it is shows it."""
        uid = pod["metadata"]["uid"]
        if uid in self._waiting:
            told = status == self._waiting[uid][1]
        else:
            written = self._written.get(uid)
            told = written is not None and status == written.status and not written.is_lost(pod)
        if not told:
            self._waiting[uid] = (pod, status)
            self._queue(uid)

    def finish(self, pod: Object) -> None:
        """Deletes the pod for good, after its last status."""
        uid = pod["metadata"]["uid"]
        self._ending[uid] = pod
        self._queue(uid)

    def forget(self, uid: str) -> None:
        """The pod is gone from the API: drops what is known and what waits."""
        self._waiting.pop(uid, None)
        self._written.pop(uid, None)

    def _queue(self, uid: str) -> None:
        if uid in self._busy:
            return
        if uid not in self._ending and self._waiting[uid][1].get("phase") == "Pending":
            self._early[uid] = None
        else:
            self._early.pop(uid, None)
            self._due[uid] = None
        self._begin()

    def _begin(self) -> None:
        """Starts as many writes as may be under way."""
        while len(self._busy) < AT_ONCE:
            early = not self._due
            queue = self._early if early else self._due
            if not queue or (early and sum(self._busy.values()) >= EARLY_AT_ONCE):
                return
            uid = next(iter(queue))
            del queue[uid]
            self._busy[uid] = early
            self._spawn(f"status {uid}", self._drain(uid))

    async def _drain(self, uid: str) -> None:
        try:
            while uid in self._waiting:
                pod, status = self._waiting.pop(uid)
                answer = await self._attempt(self._patch(pod, status))
                if answer is not None:
                    self._written[uid] = _Written(status, _revision(answer))
                elif uid not in self._waiting:
                    self._waiting[uid] = (pod, status)
            while uid in self._ending:
                if await self._attempt(self._delete(self._ending[uid])) is not None:
                    self._ending.pop(uid, None)
                    self._written.pop(uid, None)
        finally:
            del self._busy[uid]
        self._begin()

    async def _attempt(self, write: Coroutine[Any, Any, Object]) -> Object | None:
        """The answer; empty when there is none, as a pod that is gone needs no status; None to try again."""
        try:
            return await write
        except StatusError as error:
            if error.code in (404, 409):
                return {}
            log.warning("pod status: %s", error)
            if error.code in (400, 403, 422):
                return {}
        except Unreachable:
            pass
        await self._clock.sleep(RETRY_SECONDS)
        return None

    def _patch(self, pod: Object, status: Object) -> Coroutine[Any, Any, Object]:
        meta = _because_of(pod)
        told = dict(status)
        if "reason" not in status and (pod.get("status") or {}).get("reason"):
            told |= {"reason": None, "message": None}
        if "conditions" in status:
            told["conditions"] = [{**NOTHING_WRONG, **condition} for condition in status["conditions"]]
            told["conditions"] += self._over(pod, status)
        patch: Object = {"metadata": {"uid": meta["uid"]}, "status": told}
        return self._client.patch(
            PODS, meta["name"], patch, meta["namespace"], kind="strategic", subresource="status"
        )

    def _over(self, pod: Object, status: Object) -> list[Object]:
        """Takes away conditions of a resize that hold no more."""
        written = self._written.get(pod["metadata"]["uid"])
        before = [pod.get("status") or {}, written.status if written is not None else {}]
        shown = {c["type"] for said in before for c in said.get("conditions") or ()}
        gone = (shown & PASSING) - {c["type"] for c in status["conditions"]}
        return [{"type": kind, "$patch": "delete"} for kind in sorted(gone)]

    def _delete(self, pod: Object) -> Coroutine[Any, Any, Object]:
        meta = _because_of(pod)
        return self._client.delete(PODS, meta["name"], meta["namespace"], uid=meta["uid"], grace=0)


def _revision(obj: Object) -> int:
    return int((obj.get("metadata") or {}).get("resourceVersion") or 0)


def _because_of(pod: Object) -> Object:
    """The pod's metadata; the write to come is because of this state of it."""
    meta: Object = pod["metadata"]
    key = f"{meta['namespace']}/{meta['name']}"
    cause.begin(f"kubelet {pod['spec'].get('nodeName', '')}", key, [meta.get("resourceVersion", "")])
    return meta
