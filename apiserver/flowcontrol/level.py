"""A priority level: its seats, who has them, and who waits for them."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from .queues import Queue, Queues
from .statistics import Demand, FlowCounts

Header = tuple[bytes, bytes]
CONCURRENCY, FULL, TIMED_OUT = "concurrency-limit", "queue-full", "time-out"


class Shape(NamedTuple):
    """What a PriorityLevelConfiguration says about waiting. No `queues`: what has no seat is refused."""

    exempt: bool
    shares: int
    lendable: int = 0
    """Per cent."""
    borrowing: int | None = None
    """Per cent; None: as much as there is."""
    queues: int = 0
    hand: int = 0
    length: int = 0


class Rejected(Exception):  # noqa: N818
    """The request cannot be served now; the text is upstream's reason."""


class Flow(NamedTuple):
    """What a request was classified as. `stamps` are the headers of its answer."""

    schema: str
    level: Level
    by: str
    """How its flows are told apart: ByUser, ByNamespace, or not ("")."""
    stamps: tuple[Header, ...]
    counts: FlowCounts


class Ticket:
    """One request's seats, from the moment it asks for them. `waiting` is set while it has none."""

    __slots__ = (
        "arrived",
        "flow",
        "gone",
        "queue",
        "seats",
        "started",
        "subject",
        "timer",
        "times",
        "waiting",
    )

    def __init__(self, flow: Flow, seats: int, arrived: float, subject: object = None) -> None:
        self.flow = flow
        self.seats = seats
        self.arrived = self.started = arrived
        self.times = flow.counts.ran
        """Where its duration is counted."""
        self.subject = subject
        """The request, for the debugging dump."""
        self.queue: Queue | None = None
        self.waiting: asyncio.Future[None] | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.gone = False


class Level:
    """Gives out seats. Times are the clock's monotonic seconds."""

    def __init__(self, name: str, uid: str, shape: Shape, now: float) -> None:
        self.name, self.uid, self.shape = name, uid, shape
        self.exempt = shape.exempt
        self.nominal = self.lower = self.upper = self.limit = 0
        self.largest = 1
        """The most seats one request takes."""
        self.seats = 0
        self.waiting = 0
        self.rejected = self.timed_out = self.cancelled = 0
        self.demand = Demand(now)
        self.running: set[Ticket] = set()
        self.queues = Queues(shape.queues, shape.hand, shape.length) if shape.queues else None

    @property
    def idle(self) -> bool:
        return not self.running and not self.waiting

    def reshape(self, uid: str, shape: Shape) -> None:
        """Takes on a changed configuration. Who waits keeps waiting, in the queue it is in."""
        before, self.uid, self.shape = self.shape, uid, shape
        if shape[-3:] == before[-3:]:
            return
        used = self.queues.used if self.queues else {}
        self.queues = Queues(shape.queues, shape.hand, shape.length) if shape.queues else None
        if used:
            self.queues = self.queues or Queues(len(used), 1, 0)
            self.queues.used.update(used)

    def seat(self, ticket: Ticket) -> bool:
        """Whether the request got its seats at once. Nobody overtakes who waits."""
        if self.exempt or (not self.waiting and self._fits(ticket.seats)):
            self.demand.change(ticket.seats, ticket.arrived)
            self._seat(ticket)
            return True
        return False

    def enqueue(self, ticket: Ticket, distinguisher: str) -> None:
        """Lets a request wait that was not seated. Rejected."""
        queue = self._queue(ticket, distinguisher)
        self.demand.change(ticket.seats, ticket.arrived)
        ticket.queue = queue
        ticket.waiting = asyncio.get_running_loop().create_future()
        queue.push(ticket)
        self.waiting += 1
        ticket.flow.counts.queued(ticket.seats, len(queue.waiting))
        self.dispatch(ticket.arrived)

    def _queue(self, ticket: Ticket, distinguisher: str) -> Queue:
        if self.queues is None or not self.shape.queues:
            raise self.reject(ticket, CONCURRENCY)
        queue = self.queues.choose(ticket.flow.schema, distinguisher)
        if len(queue.waiting) >= self.queues.length:
            raise self.reject(ticket, FULL)
        return queue

    def reject(self, ticket: Ticket, reason: str) -> Rejected:
        """Counts a refusal, to be raised."""
        self.rejected += 1
        ticket.gone = True
        ticket.flow.counts.rejected[reason] += 1
        return Rejected(reason)

    def _fits(self, seats: int) -> bool:
        if self.seats >= self.limit:
            return False
        return self.seats + seats <= self.limit or not self.running

    def _seat(self, ticket: Ticket) -> None:
        self.seats += ticket.seats
        self.running.add(ticket)
        ticket.flow.counts.dispatched += 1

    def leave(self, ticket: Ticket, now: float) -> None:
        """Gives the seats back. Once for each ticket that was seated."""
        ticket.gone = True
        self.seats -= ticket.seats
        self.running.discard(ticket)
        self.demand.change(-ticket.seats, now)
        if ticket.queue is not None and self.queues is not None:
            self.queues.done(ticket.queue, ticket.seats, now - ticket.started)
        if self.waiting:
            self.dispatch(now)

    def dispatch(self, now: float) -> None:
        """Seats whoever waits and fits, in fair order; nobody overtakes who is next."""
        assert self.queues is not None
        while (queue := self.queues.first()) is not None and self._fits(queue.waiting[0].seats):
            ticket = queue.pop()
            ticket.started = now
            self._unqueue(ticket, now, executed=True)
            self.queues.serve(queue, ticket.seats)
            self._seat(ticket)
            waiting, ticket.waiting = ticket.waiting, None
            assert waiting is not None
            if not waiting.done():
                waiting.set_result(None)

    def _unqueue(self, ticket: Ticket, now: float, *, executed: bool) -> None:
        self.waiting -= 1
        ticket.flow.counts.unqueued(ticket.seats)
        ticket.flow.counts.waited(now - ticket.arrived, executed=executed)
        if ticket.timer is not None:
            ticket.timer.cancel()

    def expire(self, ticket: Ticket, now: float) -> None:
        """Ends the wait of a request that has waited for long enough."""
        waiting = ticket.waiting
        if waiting is not None:
            self.timed_out += 1
            ticket.flow.counts.rejected[TIMED_OUT] += 1
            self._withdraw(ticket, now)
            if not waiting.done():
                waiting.set_exception(Rejected(TIMED_OUT))

    def cancel(self, ticket: Ticket, now: float) -> None:
        """The request has gone while it waited."""
        if ticket.waiting is not None:
            self.cancelled += 1
            self._withdraw(ticket, now)

    def _withdraw(self, ticket: Ticket, now: float) -> None:
        assert ticket.queue is not None and self.queues is not None
        ticket.queue.drop(ticket)
        self._unqueue(ticket, now, executed=False)
        ticket.waiting = None
        ticket.gone = True
        self.demand.change(-ticket.seats, now)
        self.queues.forget(ticket.queue)
        # Who was behind may fit where this one did not.
        self.dispatch(now)
