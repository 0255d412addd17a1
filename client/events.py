"""Events: what a component tells about an object, in upstream's words, without flooding the API.

Source of the rules: client-go's event correlation. The same event again raises a count; more than ten
alike within ten minutes are combined; per object 25 at once and then one per five minutes are sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

from ..apimachinery.clock import Clock, rfc3339
from ..apimachinery.errors import StatusError
from .client import Client, Object
from .errors import Unreachable
from .resources import EVENTS

QUEUE_LENGTH = 1000
CACHE_LENGTH = 4096
SIMILAR = 10
SIMILAR_SECONDS = 600.0
BURST = 25
REFILL_SECONDS = 300.0
TRIES = 12
RETRY_SECONDS = 10.0
COMBINED = "(combined from similar events): "
_log = logging.getLogger(__name__)


def reference(obj: Object) -> Object:
    """The ObjectReference of an object; a reference is returned as it is."""
    if "metadata" not in obj:
        return obj
    meta = obj["metadata"]
    wanted = {
        "kind": obj.get("kind"),
        "namespace": meta.get("namespace"),
        "name": meta.get("name"),
        "uid": meta.get("uid"),
        "apiVersion": obj.get("apiVersion"),
        "resourceVersion": meta.get("resourceVersion"),
    }
    return {key: value for key, value in wanted.items() if value}


@dataclass
class _Similar:
    """Events that differ in their message only."""

    messages: set[str] = field(default_factory=set)
    last: float = 0.0


@dataclass
class _Bucket:
    tokens: float
    at: float


class EventRecorder:
    """`event` never waits and never fails; the `run` task sends in order. A full queue drops new events.

    Recorders that share a `lane` send no more at once than it lets through, so that the events of many do
    not keep more important requests waiting.
    """

    def __init__(
        self,
        client: Client,
        component: str,
        clock: Clock,
        *,
        host: str = "",
        lane: asyncio.Semaphore | None = None,
    ) -> None:
        self._client = client
        self._clock = clock
        self._source = {"component": component, **({"host": host} if host else {})}
        self._host = host
        self._lane = lane or asyncio.Semaphore(1)
        self._queue: deque[Object] = deque()
        self._wake = asyncio.Event()
        self._busy = False
        self._serial = 0
        self._similar: OrderedDict[tuple[str, ...], _Similar] = OrderedDict()
        self._sent: OrderedDict[tuple[str, ...], Object] = OrderedDict()
        self._buckets: OrderedDict[tuple[str, ...], _Bucket] = OrderedDict()

    @property
    def idle(self) -> bool:
        return not self._queue and not self._busy

    def event(
        self,
        obj: Object,
        type: str,  # noqa: A002
        reason: str,
        message: str,
        *,
        action: str = "",
        related: Object | None = None,
    ) -> None:
        """`obj` is an object or an ObjectReference; `type` is Normal or Warning."""
        if len(self._queue) >= QUEUE_LENGTH:
            return
        self._queue.append(self._build(reference(obj), type, reason, message, action, related))
        self._wake.set()

    async def run(self) -> None:
        while True:
            while self._queue:
                event = self._correlate(self._queue.popleft())
                if event is not None:
                    self._busy = True
                    try:
                        await self._deliver(event)
                    finally:
                        self._busy = False
            self._wake.clear()
            await self._wake.wait()

    def _build(
        self, ref: Object, kind: str, reason: str, message: str, action: str, related: Object | None
    ) -> Object:
        now = self._clock.now()
        self._serial = (self._serial + 1) % 1000
        nanos = int(now.timestamp() * 1_000_000) * 1000 + self._serial
        namespace = ref.get("namespace") or "default"
        event: Object = {
            "kind": "Event",
            "apiVersion": "v1",
            "metadata": {"name": f"{ref.get('name', '')}.{nanos:x}", "namespace": namespace},
            "involvedObject": ref,
            "reason": reason,
            "message": message[:1024],
            "source": self._source,
            "firstTimestamp": rfc3339(now),
            "lastTimestamp": rfc3339(now),
            "count": 1,
            "type": kind,
            "reportingComponent": self._source["component"],
            "reportingInstance": self._host,
        }
        if action:
            event["action"] = action
        if related is not None:
            event["related"] = reference(related)
        return event

    def _correlate(self, event: Object) -> Object | None:
        """The event to send: combined, counted up, or None when its object has had its share."""
        event = self._combine(event)
        key = _key(event, event["message"])
        known = self._sent.get(key)
        if known is not None:
            event = {**known, "count": known["count"] + 1, "lastTimestamp": event["lastTimestamp"]}
        _remember(self._sent, key, event)
        return event if self._allowed(event) else None

    def _combine(self, event: Object) -> Object:
        key = _key(event, "")
        now = self._clock.monotonic()
        group = self._similar.get(key)
        if group is None or now - group.last > SIMILAR_SECONDS:
            group = _Similar()
            _remember(self._similar, key, group)
        group.last = now
        group.messages.add(event["message"])
        if len(group.messages) < SIMILAR:
            return event
        group.messages.pop()
        # What upstream makes of many names nobody who reports.
        unsigned = {"reportingComponent": "", "reportingInstance": ""}
        return {**event, **unsigned, "message": (COMBINED + event["message"])[:1024]}

    def _allowed(self, event: Object) -> bool:
        ref = event["involvedObject"]
        key = (ref.get("kind", ""), ref.get("namespace", ""), ref.get("name", ""), ref.get("uid", ""))
        now = self._clock.monotonic()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = _Bucket(BURST, now)
            _remember(self._buckets, key, bucket)
        bucket.tokens = min(BURST, bucket.tokens + (now - bucket.at) / REFILL_SECONDS)
        bucket.at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    async def _deliver(self, event: Object) -> None:
        """Sends one event; only an unreachable server is tried again."""
        for _ in range(TRIES):
            try:
                async with self._lane:
                    await self._send(event)
                return
            except StatusError as error:
                if not (error.code == 403 and "because it is being terminated" in error.message):
                    _log.warning("event %s dropped: %s", event["reason"], error)
                return
            except Unreachable:
                await self._clock.sleep(RETRY_SECONDS)

    async def _send(self, event: Object) -> None:
        meta = event["metadata"]
        if event["count"] > 1:
            patch = {key: event[key] for key in ("count", "lastTimestamp", "message")}
            try:
                await self._client.patch(EVENTS, meta["name"], patch, meta["namespace"])
                return
            except StatusError as error:
                if error.code != 404:
                    raise
        fresh = {"name": meta["name"], "namespace": meta["namespace"]}
        await self._client.create(EVENTS, {**event, "metadata": fresh})


def _key(event: Object, message: str) -> tuple[str, ...]:
    ref = event["involvedObject"]
    return (
        *(ref.get(name, "") for name in ("kind", "namespace", "name", "uid", "apiVersion", "fieldPath")),
        event["type"],
        event["reason"],
        message,
    )


def _remember(cache: OrderedDict[tuple[str, ...], Any], key: tuple[str, ...], value: Any) -> None:
    """Keeps the most recent entries only."""
    cache[key] = value
    cache.move_to_end(key)
    if len(cache) > CACHE_LENGTH:
        cache.popitem(last=False)
