"""The scheduler's events, in the shape of events.k8s.io/v1: repeated ones become a series.

Source of the rules: client-go `tools/events`: the second of a kind is counted on the first at once, further
ones are written when the series has rested for six minutes. Events of another state of the object are others.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from typing import Any

from ..apimachinery.clock import Clock, rfc3339_micro
from ..apimachinery.errors import StatusError
from ..client.client import Client, Object
from ..client.errors import Unreachable
from ..client.events import reference
from ..client.resources import EVENTS_V1

QUEUE_LENGTH = 1000
SENDERS = 2
CACHE_LENGTH = 4096
REST_SECONDS = 360.0
NOTE_LENGTH = 1024
"""Bytes that the API takes."""
CUT = " ..."
_log = logging.getLogger(__name__)

Key = tuple[str, str, str, str, str]


class _Series:
    __slots__ = ("count", "last", "sent", "stored")

    def __init__(self, last: float) -> None:
        self.stored: tuple[str, str] | None = None
        """Namespace and name of the event, once the API has it."""
        self.count = 1
        self.sent = 1
        self.last = last


class Events:
    """`tell` never waits; a full queue drops new events."""

    def __init__(self, client: Client, component: str, host: str, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._component = component
        self._instance = f"{component}-{host}"
        self._queue: deque[tuple[Key, Object | None]] = deque()
        self._series: OrderedDict[Key, _Series] = OrderedDict()
        self._wake = asyncio.Event()

    def tell(
        self, obj: Object, kind: str, reason: str, action: str, note: str, *, related: Object | None = None
    ) -> None:
        """`kind` is Normal or Warning."""
        meta = obj["metadata"]
        key = (meta.get("uid", ""), meta.get("resourceVersion", ""), kind, reason, action)
        now = self._clock.monotonic()
        known = self._series.get(key)
        if known is not None and now - known.last < REST_SECONDS:
            known.count += 1
            known.last = now
            if known.count == 2:
                self._push(key, None)
            return
        self._series[key] = _Series(now)
        if len(self._series) > CACHE_LENGTH:
            self._series.popitem(last=False)
        self._push(key, self._event(obj, kind, reason, action, _short(note), related))

    async def run(self) -> None:
        """Sends until cancelled."""
        async with asyncio.TaskGroup() as group:
            for number in range(SENDERS):
                group.create_task(self._send(), name=f"event sender {number}")
            group.create_task(self._settle(), name="event series")

    def _push(self, key: Key, event: Object | None) -> None:
        if len(self._queue) < QUEUE_LENGTH:
            self._queue.append((key, event))
            self._wake.set()

    async def _send(self) -> None:
        while True:
            while self._queue:
                await self._deliver(*self._queue.popleft())
            self._wake.clear()
            await self._wake.wait()

    async def _deliver(self, key: Key, event: Object | None) -> None:
        """A new event, or (None) the count of a known one."""
        series = self._series.get(key)
        try:
            if event is not None:
                stored = await self._client.create(EVENTS_V1, event)
                if series is not None:
                    series.stored = stored["metadata"]["namespace"], stored["metadata"]["name"]
            elif series is not None and series.stored is not None and series.sent != series.count:
                await self._count(series, *series.stored)
        except StatusError as error:
            _log.info("an event was refused: %s", error)
        except Unreachable as error:
            _log.info("an event was lost: %s", error)

    async def _count(self, series: _Series, namespace: str, name: str) -> None:
        series.sent = series.count
        change = {"series": {"count": series.count, "lastObservedTime": rfc3339_micro(self._clock.now())}}
        await self._client.patch(EVENTS_V1, name, change, namespace)

    async def _settle(self) -> None:
        """Writes the final count of series that have rested, and forgets them."""
        while True:
            await self._clock.sleep(REST_SECONDS)
            limit = self._clock.monotonic() - REST_SECONDS
            for key in [key for key, series in self._series.items() if series.last <= limit]:
                await self._deliver(key, None)
                self._series.pop(key, None)

    def _event(
        self, obj: Object, kind: str, reason: str, action: str, note: str, related: Object | None
    ) -> Object:
        meta = obj["metadata"]
        moment = self._clock.now()
        event: dict[str, Any] = {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {
                "name": f"{meta['name']}.{int(moment.timestamp() * 1_000_000_000):x}",
                "namespace": meta.get("namespace") or "default",
            },
            "eventTime": rfc3339_micro(moment),
            "reportingController": self._component,
            "reportingInstance": self._instance,
            "action": action,
            "reason": reason,
            "regarding": reference(obj),
            "note": note,
            "type": kind,
        }
        if related is not None:
            event["related"] = reference(related)
        return event


def _short(note: str) -> str:
    """What the API takes of it, marked where it was cut."""
    encoded = note.encode()
    if len(encoded) <= NOTE_LENGTH:
        return note
    return encoded[: NOTE_LENGTH - len(CUT)].decode(errors="ignore") + CUT
