"""A queue of keys: each waits at most once, none is handled twice at a time, and retries slow down.

Source of the rules: client-go's workqueue (exponential back-off from 5 ms to 1000 s per key).
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

from prometheus_client import Counter, Gauge, Histogram

from ..apimachinery.clock import Clock
from . import cause

Key = TypeVar("Key", bound=Hashable)

BASE_DELAY = 0.005
MAX_DELAY = 1000.0

DEPTH = Gauge("workqueue_depth", "Keys waiting", ["name"])
ADDS = Counter("workqueue_adds", "Keys added", ["name"])
RETRIES = Counter("workqueue_retries", "Keys added again after a failure", ["name"])
_SECONDS = [10.0**power for power in range(-8, 4)]
WAITED = Histogram("workqueue_queue_duration_seconds", "Seconds a key waited", ["name"], buckets=_SECONDS)
WORKED = Histogram(
    "workqueue_work_duration_seconds", "Seconds handling a key took", ["name"], buckets=_SECONDS
)
UNFINISHED = Gauge(
    "workqueue_unfinished_work_seconds", "Seconds that the keys being handled have taken, in all", ["name"]
)
LONGEST = Gauge(
    "workqueue_longest_running_processor_seconds", "Seconds that the slowest of them has taken", ["name"]
)


class ShutDown(Exception):  # noqa: N818
    """The queue has been shut down; a worker ends."""


class WorkQueue(Generic[Key]):
    """All durations are seconds of cluster time. `name` labels the metrics, `worker` is who is told to write
    what the keys lead to, `longest` is the longest wait after a failure."""

    def __init__(self, name: str, clock: Clock, *, worker: str = "", longest: float = MAX_DELAY) -> None:
        self.name = name
        self.worker = worker or name
        self._clock = clock
        self._longest = longest
        self._ready: deque[Key] = deque()
        self._since: dict[Key, float] = {}
        self._dirty: set[Key] = set()
        self._busy: dict[Key, float] = {}
        self._failures: dict[Key, int] = {}
        self._due: dict[Key, float] = {}
        self._delayed: list[tuple[float, int, Key]] = []
        self._order = itertools.count()
        self._timer: asyncio.Task[None] | None = None
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._closed = False
        self._causes = cause.Causes()
        self._depth, self._adds, self._retries = DEPTH.labels(name), ADDS.labels(name), RETRIES.labels(name)
        self._waited, self._worked = WAITED.labels(name), WORKED.labels(name)
        UNFINISHED.labels(name).set_function(lambda: sum(self._running()))
        LONGEST.labels(name).set_function(lambda: max(self._running(), default=0.0))

    def __len__(self) -> int:
        """Keys ready to be handled."""
        return len(self._ready)

    @property
    def idle(self) -> bool:
        """Nothing ready and nothing being handled; delayed keys do not count."""
        return not self._ready and not self._busy

    def _running(self) -> list[float]:
        """Seconds since each of the keys at hand was taken."""
        now = self._clock.monotonic()
        return [now - since for since in self._busy.values()]

    def add(self, key: Key) -> None:
        if self._closed:
            return
        self._causes.note(key)
        if key in self._dirty:
            return
        self._adds.inc()
        self._dirty.add(key)
        if key not in self._busy:
            self._enqueue(key)

    def add_after(self, key: Key, seconds: float) -> None:
        """Adds the key when `seconds` have passed; of several times asked for, the earliest counts."""
        if seconds <= 0:
            self.add(key)
            return
        if self._closed:
            return
        self._causes.note(key, seconds)
        due = self._clock.monotonic() + seconds
        if self._due.get(key, due + 1) <= due:
            return
        self._due[key] = due
        heapq.heappush(self._delayed, (due, next(self._order), key))
        if self._delayed[0][2] == key or self._timer is None:
            self._restart_timer()

    def add_rate_limited(self, key: Key) -> None:
        """Adds the key after a delay that doubles with each failure since `forget`."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        self._retries.inc()
        self.add_after(key, min(BASE_DELAY * 2.0 ** min(failures, 30), self._longest))

    def forget(self, key: Key) -> None:
        """The key went well: its next failure waits the shortest time again."""
        self._failures.pop(key, None)

    def failures(self, key: Key) -> int:
        return self._failures.get(key, 0)

    async def get(self) -> Key:
        """The next key; call `done` for it afterwards. What the caller's task writes from now on is because
        of the events that asked for the key. Raises ShutDown."""
        while not self._ready:
            if self._closed:
                raise ShutDown
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled():
                    self._wake()
                raise
        key = self._ready.popleft()
        now = self._clock.monotonic()
        self._depth.dec()
        self._waited.observe(now - self._since.pop(key))
        self._dirty.discard(key)
        self._busy[key] = now
        cause.begin(self.worker, str(key), self._causes.take(key))
        return key

    def done(self, key: Key) -> None:
        """Handling ended; a key added meanwhile becomes ready again."""
        self._worked.observe(self._clock.monotonic() - self._busy.pop(key))
        self._causes.done(key)
        if key in self._dirty:
            self._enqueue(key)

    def shut_down(self) -> None:
        """Refuses new keys, drops delayed ones and ends waiting workers."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiters:
            self._wake()

    def _enqueue(self, key: Key) -> None:
        self._ready.append(key)
        self._since[key] = self._clock.monotonic()
        self._depth.inc()
        self._wake()

    def _wake(self) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _restart_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().create_task(self._run_timer(), name=f"workqueue {self.name}")

    async def _run_timer(self) -> None:
        while self._delayed:
            await self._clock.sleep(self._delayed[0][0] - self._clock.monotonic())
            now = self._clock.monotonic()
            while self._delayed and self._delayed[0][0] <= now:
                due, _, key = heapq.heappop(self._delayed)
                if self._due.get(key) == due:
                    del self._due[key]
                    self.add(key)
        self._timer = None
