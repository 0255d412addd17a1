"""Pods that wait for a node: ready ones by priority, failed ones until something changes that may help them.

Source of the rules: kube-scheduler's queue. A pod that failed waits for an event, then for the rest of its
back-off (1 s, doubling to 10 s) unless nothing else is ready; a pod whose binding failed waits it out.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import Counter as Tally
from collections.abc import Callable, Iterable

from ..apimachinery.clock import Clock
from ..client import cause
from . import metrics
from .metrics import INCOMING, PENDING
from .pod import PodInfo

FIRST_BACKOFF = 1.0
LONGEST_BACKOFF = 10.0
LONGEST_WAIT = 300.0
"""Seconds after which a pod is tried again whatever happened."""

ACTIVE, BACKOFF, ERROR, UNSCHEDULABLE, GATED, BUSY = (
    "active", "backoff", "error backoff", "unschedulable", "gated", "busy"
)  # fmt: skip

ASIDE = "aside"
"""The heap of ready pods whose attempts take longer than others can wait for."""
FAILURE = "ScheduleAttemptFailure"


class Entry:
    """One waiting pod. `plugins` are those that refused it last."""

    __slots__ = (
        "added",
        "attempts",
        "backoff",
        "failed_at",
        "plugins",
        "pod",
        "started",
        "state",
        "ticket",
        "woken",
    )

    def __init__(self, pod: PodInfo, added: float) -> None:
        self.pod = pod
        self.added = added
        self.attempts = 0
        self.failed_at = added
        self.started = added
        """When the last attempt began."""
        self.backoff = 0.0
        """Seconds to wait after `failed_at`."""
        self.plugins: set[str] = set()
        self.state = ""
        self.ticket = 0
        """The heap item that speaks for this entry; older ones are void."""
        self.woken = ""
        """The version of the object whose event let it be tried (again)."""


Rank = tuple[float, int, float]
Item = tuple[Rank, int, Entry]
"""What comes first; the ticket; whom it is about."""


def _rank(entry: Entry, state: str) -> Rank:
    """Ready pods by priority, then by who failed (or came) first; those that back off by when they may go, of
    one second as if they were ready."""
    end = entry.failed_at + entry.backoff
    if state == ERROR:
        return end, 0, 0.0
    return float(int(end)) if state == BACKOFF else 0.0, -entry.pod.priority, entry.failed_at


class SchedulingQueue:
    """Durations are seconds of cluster time."""

    def __init__(
        self, clock: Clock, first_backoff: float = FIRST_BACKOFF, longest_backoff: float = LONGEST_BACKOFF
    ) -> None:
        self._clock = clock
        self._first_backoff = first_backoff
        self._longest_backoff = longest_backoff
        self._entries: dict[str, Entry] = {}
        self._unschedulable: dict[str, Entry] = {}
        self._heaps: dict[str, list[Item]] = {ACTIVE: [], BACKOFF: [], ERROR: [], ASIDE: []}
        self._order = itertools.count(1)
        self._wake = asyncio.Event()
        self._aside = asyncio.Event()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> Entry | None:
        return self._entries.get(key)

    @property
    def has_unschedulable(self) -> bool:
        return bool(self._unschedulable)

    def put(self, pod: PodInfo, *, gates: bool = True) -> None:
        """A pod that needs a node, new or changed. Without `gates` its scheduling gates mean nothing."""
        gated = gates and pod.gated
        entry = self._entries.get(pod.key)
        if entry is not None and entry.pod.uid != pod.uid:
            self.remove(pod.key)
            entry = None
        if entry is None:
            entry = self._entries[pod.key] = Entry(pod, self._clock.monotonic())
            self._enter(entry, GATED if gated else ACTIVE, "UnschedulablePodAdd")
            return
        entry.pod = pod
        if entry.state == GATED and not gated:
            self._enter(entry, ACTIVE, "UnschedulablePodUpdatePodSchedulingGatesEliminated")

    def remove(self, key: str) -> PodInfo | None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return None
        self._leave(entry)
        entry.ticket = 0
        return entry.pod

    def failed(self, entry: Entry, plugins: Iterable[str]) -> None:
        """No node suits the pod now; it waits until `move` lets it try again."""
        if self._entries.get(entry.pod.key) is entry:
            entry.plugins = set(plugins)
            self._back_off(entry)
            self._enter(entry, UNSCHEDULABLE, FAILURE)

    def broke(self, pod: PodInfo, attempts: int) -> None:
        """Binding failed: the pod is tried again after its back-off."""
        entry = self._entries.setdefault(pod.key, Entry(pod, self._clock.monotonic()))
        entry.attempts = attempts
        self._back_off(entry)
        self._enter(entry, ERROR, FAILURE)

    def move(self, helps: Callable[[Entry], bool], event: str) -> None:
        """Lets those unschedulable pods try again for which `helps` says so; `event` is what metrics say."""
        for entry in [e for e in self._unschedulable.values() if helps(e)]:
            self.retry(entry, event)

    def retry(self, entry: Entry, event: str) -> None:
        """Lets an unschedulable pod try again, once it has backed off or nothing else is ready."""
        if entry.state == UNSCHEDULABLE:
            waits = entry.failed_at + entry.backoff > self._clock.monotonic()
            self._enter(entry, BACKOFF if waits else ACTIVE, event)

    def retry_later(self, entry: Entry, event: str) -> None:
        """Lets an unschedulable pod try again once it has backed off, even if nothing else is ready."""
        if entry.state == UNSCHEDULABLE:
            self._enter(entry, ERROR, event)

    def move_stale(self) -> None:
        """Lets pods try again that have waited for the longest time."""
        limit = self._clock.monotonic() - LONGEST_WAIT
        self.move(lambda entry: entry.failed_at <= limit, "UnschedulableTimeout")

    def take(self) -> Entry | None:
        """The next pod to schedule, or None. The caller removes it or says `failed`."""
        self._end_backoffs()
        return self._taken(self._first(ACTIVE) or self._first(BACKOFF) or self._due())

    def _end_backoffs(self) -> None:
        """Those whose back-off ended before this second stand among the ready ones, by their priority."""
        now = int(self._clock.monotonic())
        while (item := self._peek(BACKOFF)) is not None and item[0][0] < now:
            self._enter(item[2], ACTIVE, "BackoffComplete")

    def _taken(self, entry: Entry | None) -> Entry | None:
        if entry is not None:
            entry.state, entry.ticket = BUSY, 0
            entry.attempts += 1
        return entry

    def set_aside(self, entry: Entry) -> None:
        """Takes an attempt back that has just begun: it is one for `take_aside`."""
        entry.attempts -= 1
        entry.state, entry.ticket = ACTIVE, next(self._order)
        heapq.heappush(self._heaps[ASIDE], (_rank(entry, ACTIVE), entry.ticket, entry))
        self._aside.set()

    def take_aside(self) -> Entry | None:
        """As `take`, of the pods that were set aside."""
        return self._taken(self._first(ASIDE))

    async def ready_aside(self) -> None:
        """Returns when `take_aside` may have something."""
        self._aside.clear()
        if not self._peek(ASIDE):
            await self._aside.wait()

    async def ready(self) -> None:
        """Returns when `take` may have something."""
        self._wake.clear()
        if self._peek(ACTIVE) or self._peek(BACKOFF):
            return
        error = self._peek(ERROR)
        if error is None:
            await self._wake.wait()
            return
        wait = self._clock.real(max(error[0][0] - self._clock.monotonic(), 0.0))
        try:
            await asyncio.wait_for(self._wake.wait(), wait)
        except TimeoutError:
            return

    def wake(self) -> None:
        self._wake.set()

    def report(self) -> None:
        """Sets the gauges."""
        counts = dict.fromkeys((ACTIVE, "backoff", UNSCHEDULABLE, GATED), 0)
        for entry in self._entries.values():
            name = "backoff" if entry.state in (BACKOFF, ERROR) else entry.state
            if name in counts:
                counts[name] += 1
        for name, count in counts.items():
            PENDING.labels(name).set(count)
        refused = Tally(
            (plugin, entry.pod.scheduler)
            for entry in self._unschedulable.values()
            for plugin in entry.plugins
        )
        metrics.UNSCHEDULABLE.clear()
        for (plugin, profile), count in refused.items():
            metrics.UNSCHEDULABLE.labels(plugin, profile).set(count)

    def _back_off(self, entry: Entry) -> None:
        entry.failed_at = self._clock.monotonic()
        doubled = self._first_backoff * 2.0 ** min(max(entry.attempts - 1, 0), 30)
        entry.backoff = min(doubled, self._longest_backoff)

    def _enter(self, entry: Entry, state: str, event: str) -> None:
        """`event` is what metrics say brought it there."""
        INCOMING.labels("backoff" if state == ERROR else state, event).inc()
        self._leave(entry)
        entry.state = state
        if state == UNSCHEDULABLE:
            self._unschedulable[entry.pod.key] = entry
        elif state != GATED:
            entry.ticket = next(self._order)
            entry.woken = cause.heard() or entry.woken
            heapq.heappush(self._heaps[state], (_rank(entry, state), entry.ticket, entry))
            self._wake.set()

    def _leave(self, entry: Entry) -> None:
        if entry.state == UNSCHEDULABLE:
            self._unschedulable.pop(entry.pod.key, None)

    def _peek(self, state: str) -> Item | None:
        heap = self._heaps[state]
        while heap:
            if heap[0][1] == heap[0][2].ticket:
                return heap[0]
            heapq.heappop(heap)
        return None

    def _first(self, state: str) -> Entry | None:
        item = self._peek(state)
        if item is None:
            return None
        heapq.heappop(self._heaps[state])
        return item[2]

    def _due(self) -> Entry | None:
        item = self._peek(ERROR)
        if item is None or item[0][0] > self._clock.monotonic():
            return None
        return self._first(ERROR)
