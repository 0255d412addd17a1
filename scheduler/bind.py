"""Writes decisions to the API, several at a time: bindings, conditions, evictions."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from ..apimachinery.clock import Clock, rfc3339
from ..apimachinery.errors import StatusError
from ..client import cause
from ..client.client import Client, Object
from ..client.errors import Unreachable
from ..client.resources import PODS
from .pod import PodInfo

WORKERS = 12
BACKLOG = 512
"""Writes waiting above which scheduling pauses."""
_log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]


class Writer:
    """A bounded pool. `room` holds the scheduler back when the API is slower than it."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._queue: deque[tuple[str, Work]] = deque()
        """With what the submitting task tells as its cause."""
        self._wake = asyncio.Semaphore(0)
        self._apart: deque[tuple[str, str, Work]] = deque()
        self._called = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def submit_apart(self, name: str, work: Work) -> None:
        """Work that may wait long for others, and must not keep a worker from its queue."""
        self._apart.append((name, cause.header(), work))
        self._called.set()

    def submit(self, work: Work) -> None:
        self._queue.append((cause.header(), work))
        if len(self._queue) >= BACKLOG:
            self._room.clear()
        self._wake.release()

    async def room(self) -> None:
        await self._room.wait()

    async def run(self) -> None:
        """Works until cancelled."""
        async with asyncio.TaskGroup() as group:
            for number in range(WORKERS):
                group.create_task(self._work(), name=f"writer {number}")
            while True:
                await self._called.wait()
                self._called.clear()
                while self._apart:
                    name, why, work = self._apart.popleft()
                    group.create_task(_awaited(why, work), name=name)

    async def _work(self) -> None:
        while True:
            await self._wake.acquire()
            why, work = self._queue.popleft()
            cause.resume(why)
            if len(self._queue) < BACKLOG:
                self._room.set()
            await work()

    async def bind(self, pod: PodInfo, node: str) -> str:
        """Empty when the pod is bound, else what went wrong."""
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": pod.name, "namespace": pod.namespace, "uid": pod.uid},
            "target": {"kind": "Node", "name": node},
        }
        try:
            await self._client.create(PODS, binding, pod.namespace, subresource="binding", name=pod.name)
        except (StatusError, Unreachable) as error:
            return f'running Bind plugin "DefaultBinder": {error}'
        return ""

    async def set_condition(self, pod: PodInfo, condition: Object, nominated: str | None = None) -> None:
        """Sets a condition and, unless None, the nominated node (empty takes it away)."""
        status = pod.obj.get("status") or {}
        known: Object = next(
            (c for c in status.get("conditions") or () if c["type"] == condition["type"]), {}
        )
        since = known.get("lastTransitionTime") if known.get("status") == condition["status"] else None
        full = {
            **condition,
            "observedGeneration": pod.generation,
            "lastProbeTime": None,
            "lastTransitionTime": since or rfc3339(self._clock.now()),
        }
        change: dict[str, Any] = {}
        if any(known.get(name) != full[name] for name in (*condition, "observedGeneration")):
            change["conditions"] = [full]
            types = [c["type"] for c in status.get("conditions") or ()]
            order = types if condition["type"] in types else [*types, condition["type"]]
            change["$setElementOrder/conditions"] = [{"type": name} for name in order]
        if nominated is not None and nominated != status.get("nominatedNodeName", ""):
            change["nominatedNodeName"] = nominated or None
        if change:
            await self._patch_status(pod, change)

    async def nominate(self, pod: PodInfo, node: str) -> None:
        """Tells where the pod is about to go; an empty name that it goes nowhere yet."""
        seen = pod.obj
        status = seen.get("status") or {}
        if node != status.get("nominatedNodeName", ""):
            await self._patch_status(pod, {"nominatedNodeName": node or None})
            if pod.obj is seen:
                pod.obj = {**seen, "status": {**status, "nominatedNodeName": node}}

    async def _patch_status(self, pod: PodInfo, change: Object) -> None:
        patch = {"metadata": {"uid": pod.uid}, "status": change}
        try:
            await self._client.patch(
                PODS, pod.name, patch, pod.namespace, kind="strategic", subresource="status"
            )
        except StatusError as error:
            if error.code not in (404, 409):
                _log.warning("status of pod %s: %s", pod.key, error)
        except Unreachable as error:
            _log.info("status of pod %s: %s", pod.key, error)

    async def evict(self, pod: PodInfo, message: str) -> bool:
        """Marks and deletes a preemption victim; whether there was one. Raises StatusError, Unreachable."""
        target = {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}
        await self.set_condition(pod, {**target, "message": message})
        try:
            await self._client.delete(PODS, pod.name, pod.namespace, uid=pod.uid)
        except StatusError as error:
            if error.code not in (404, 409):
                raise
            return False
        return True


async def _awaited(why: str, work: Work) -> None:
    cause.resume(why)
    await work()
