"""Answers the API server's questions about pods: why here, why nowhere, and what if now (`wherry why`).

The questions come as the events of a watch that this scheduler keeps open, so nobody has to know where it
runs; an instance that does not lead asks for none.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from ..apimachinery.clock import Clock, rfc3339_micro
from ..apimachinery.errors import StatusError
from ..apimachinery.gvk import GroupVersionResource
from ..client.client import Client
from ..client.errors import Unreachable
from ..client.watch import ADDED
from . import explain
from .queue import Entry
from .scheduler import Scheduler

Object = dict[str, Any]
REQUESTS = GroupVersionResource("wherry.dev", "v1", "placementrequests", False)
FIRST_WAIT, LONGEST_WAIT = 0.2, 10.0
"""Seconds between attempts to open the watch; an API server of another make has none."""
LASTED = 1.0
"""Seconds after which a watch was one."""
_log = logging.getLogger(__name__)


class Answers:
    """`run` until cancelled."""

    def __init__(self, client: Client, scheduler: Scheduler, clock: Clock) -> None:
        self._client = client
        self._scheduler = scheduler
        self._clock = clock

    async def run(self) -> None:
        wait = FIRST_WAIT
        while True:
            began = self._clock.monotonic()
            try:
                async for event in self._client.watch(REQUESTS, resource_version="0", bookmarks=False):
                    if event.type == ADDED:
                        await self._answer(event.object)
            except (StatusError, Unreachable) as error:
                _log.debug("questions: %s", error)
            wait = FIRST_WAIT if self._clock.monotonic() - began > LASTED else min(wait * 2, LONGEST_WAIT)
            await self._clock.sleep(wait)

    async def _answer(self, question: Object) -> None:
        spec = question["spec"]
        status = await self.placement(f"{spec['namespace']}/{spec['name']}", spec["uid"])
        answer: Object = {
            "apiVersion": REQUESTS.api_version,
            "kind": "PlacementRequest",
            "metadata": {"name": question["metadata"]["name"]},
            "status": status,
        }
        try:
            await self._client.create(REQUESTS, answer, subresource="answer", name=answer["metadata"]["name"])
        except StatusError as error:
            if error.code != 404:
                raise
            # Whoever asked waits no more; others may.
            _log.debug("answer: %s", error)

    async def placement(self, key: str, uid: str) -> Object:
        """What is known of a pod: a Placement's status. Empty when it was never seen, or is forgotten."""
        entry = self._scheduler.queue.get(key)
        if entry is not None and entry.pod.uid != uid:
            entry = None
        told: Object = {}
        if entry is not None:
            told = await self._waiting(entry)
        decisions = self._scheduler.decisions.of(uid)
        if decisions:
            told["attempts"] = [explain.attempt(decision, self._moment) for decision in decisions]
        return told

    async def _waiting(self, entry: Entry) -> Object:
        framework = self._scheduler.desk(entry.pod).framework
        told: Object = {"queue": explain.waiting(entry, framework.profile, self._moment)}
        gates = explain.gates(entry.pod)
        if gates:
            return told | {"gates": gates}
        return told | {"now": explain.rehearsal(await framework.rehearse(entry.pod))}

    def _moment(self, at: float) -> str:
        passed = self._clock.monotonic() - at
        return rfc3339_micro(self._clock.now() - timedelta(seconds=passed))
