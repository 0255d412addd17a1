"""/debug/api_priority_and_fairness/dump_*: what levels, queues and requests do just now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from ...apimachinery.clock import Clock, rfc3339
from ..endpoints.exchange import Request
from .controller import PriorityAndFairness
from .level import Level, Ticket

Rows = Iterable[Sequence[object]]
LEVELS = (
    "PriorityLevelName", "ActiveQueues", "IsIdle", "IsQuiescing", "WaitingRequests", "ExecutingRequests",
    "DispatchedRequests", "RejectedRequests", "TimedoutRequests", "CancelledRequests",
)  # fmt: skip
QUEUES = ("PriorityLevelName", "Index", "PendingRequests", "ExecutingRequests", "SeatsInUse", "NextDispatchR",
          "InitialSeatsSum", "MaxSeatsSum", "TotalWorkSum")  # fmt: skip
REQUESTS = ("PriorityLevelName", "FlowSchemaName", "QueueIndex", "RequestIndexInQueue", "FlowDistingsher",
            "ArriveTime", "InitialSeats", "FinalSeats", "AdditionalLatency", "StartTime")  # fmt: skip
DETAILS = ("UserName", "Verb", "APIPath", "Namespace", "Name", "APIVersion", "Resource", "SubResource")
WIDTH = 8


class Dumps:
    """The three tables. `details` adds what each request asks."""

    def __init__(self, flows: PriorityAndFairness, clock: Clock) -> None:
        self._flows = flows
        self._clock = clock

    def priority_levels(self, details: bool = False) -> str:
        return table(LEVELS, (self._level(level) for level in self._levels()))

    def queues(self, details: bool = False) -> str:
        return table(QUEUES, (row for level in self._levels() for row in _queues(level)))

    def requests(self, details: bool = False) -> str:
        rows = (self._request(*found, details) for level in self._levels() for found in _tickets(level))
        return table((*REQUESTS, *DETAILS) if details else REQUESTS, rows)

    def _levels(self) -> list[Level]:
        return [level for _, level in sorted(self._flows.config.levels.items())]

    def _level(self, level: Level) -> Sequence[object]:
        active = sum(1 for queue in level.queues.used.values() if queue.waiting) if level.queues else 0
        counts = self._flows.config.counts()
        dispatched = sum(found.dispatched for (name, _), found in counts.items() if name == level.name)
        told = level.waiting, len(level.running), dispatched, level.rejected, level.timed_out, level.cancelled
        return level.name, active, _bool(level.idle), _bool(level.name in self._flows.config.quiescing), *told

    def _request(
        self, level: Level, queue: int, index: int, ticket: Ticket, details: bool
    ) -> Sequence[object]:
        who = ticket.subject
        distinguisher = ""
        if isinstance(who, Request):
            distinguisher = self._flows.distinguisher(ticket.flow, who)
        started = self._time(ticket.started) if ticket.waiting is None else "0001-01-01T00:00:00Z"
        row = (level.name, ticket.flow.schema, queue, index, distinguisher, self._time(ticket.arrived))
        row_end = (ticket.seats, 0, "0s", started)
        if not details or not isinstance(who, Request):
            return *row, *row_end
        info = who.info
        version = f"{info.group}/{info.version}" if info.group else info.version
        asked = who.user.name, info.verb, who.path, info.namespace, info.name, version
        return *row, *row_end, *asked, info.resource, info.subresource

    def _time(self, monotonic: float) -> str:
        moment: datetime = self._clock.now() - timedelta(seconds=self._clock.monotonic() - monotonic)
        return rfc3339(moment)


def _queues(level: Level) -> Iterator[Sequence[object]]:
    if level.queues is None:
        return
    for index in range(level.queues.count):
        queue = level.queues.used.get(index)
        if queue is None:
            yield level.name, index, 0, 0, 0, "0.00000000ss", 0, 0, "0.00000000ss"
            continue
        waiting = queue.wanted
        told = index, len(queue.waiting), queue.executing, queue.seats, f"{queue.start:.8f}ss"
        yield level.name, *told, waiting, waiting, f"{waiting * 0.003:.8f}ss"


def _tickets(level: Level) -> Iterator[tuple[Level, int, int, Ticket]]:
    if level.queues is not None:
        for index, queue in sorted(level.queues.used.items()):
            yield from ((level, index, i, ticket) for i, ticket in enumerate(queue.waiting))
    for ticket in level.running:
        yield level, ticket.queue.index if ticket.queue else -1, -1, ticket


def _bool(value: bool) -> str:
    return str(value).lower()


def table(head: Sequence[str], rows: Rows) -> str:
    """Columns as Go's tabwriter lays them out: cells end in a comma, and all but the last are padded to the
    widest of theirs and one space."""
    lines = [list(head), *([str(cell) for cell in row] for row in rows)]
    cells = [[f"{cell}," if i < len(line) - 1 else cell for i, cell in enumerate(line)] for line in lines]
    widths = [max(max(len(line[i]) for line in cells) + 1, WIDTH) for i in range(len(head) - 1)]
    return "".join(
        "".join(cell.ljust(width) for cell, width in zip(line, (*widths, 0), strict=True)) + "\n"
        for line in cells
    )


def paths(dumps: Dumps) -> dict[str, Callable[[bool], str]]:
    """What answers each path; the argument says whether details are wanted."""
    root = "/debug/api_priority_and_fairness/dump_"
    return {
        f"{root}priority_levels": dumps.priority_levels,
        f"{root}queues": dumps.queues,
        f"{root}requests": dumps.requests,
    }
