"""The queues of a priority level: which one a flow's request joins, and which one is served next.

A flow is dealt a hand of queues (shuffle sharding), so that a heavy flow fills few of them. Among the queues
that wait, the one whose next request starts earliest in virtual time is served: seats times seconds push a
queue's start back, so that all queues get an equal share of the work however long their requests are.
"""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .level import Ticket

ESTIMATED_SECONDS = 0.003
"""What a request is taken to last until it has ended."""


class Queue:
    """Requests that wait, and how much work of this queue runs."""

    __slots__ = ("executing", "index", "seats", "start", "waiting", "wanted")

    def __init__(self, index: int, start: float) -> None:
        self.index = index
        self.waiting: deque[Ticket] = deque()
        self.wanted = 0
        """Seats that are waited for."""
        self.executing = 0
        self.seats = 0
        self.start = start
        """Virtual time at which the next request starts."""

    @property
    def load(self) -> int:
        return self.wanted + self.seats

    def push(self, ticket: Ticket) -> None:
        self.waiting.append(ticket)
        self.wanted += ticket.seats

    def pop(self) -> Ticket:
        """Who has waited longest."""
        ticket = self.waiting.popleft()
        self.wanted -= ticket.seats
        return ticket

    def drop(self, ticket: Ticket) -> None:
        """Takes somebody out who no longer waits."""
        self.waiting.remove(ticket)
        self.wanted -= ticket.seats


class Queues:
    """`count` queues, of which those in use are kept."""

    def __init__(self, count: int, hand: int, length: int) -> None:
        self.count, self.hand, self.length = count, hand, length
        self.used: dict[int, Queue] = {}
        self._now = 0.0
        """Virtual time: the start of the request served last."""

    def choose(self, schema: str, distinguisher: str) -> Queue:
        """The least loaded queue of the flow's hand."""
        hand = deal(schema, distinguisher, self.count, self.hand)
        index = min(hand, key=lambda i: self.used[i].load if i in self.used else 0)
        queue = self.used.get(index)
        if queue is None:
            queue = self.used[index] = Queue(index, self._now)
        return queue

    def first(self) -> Queue | None:
        """The queue to be served next; None when nothing waits."""
        return min(
            (queue for queue in self.used.values() if queue.waiting),
            key=lambda queue: max(queue.start, self._now),
            default=None,
        )

    def serve(self, queue: Queue, seats: int) -> None:
        """Accounts for a request that begins."""
        self._now = max(self._now, queue.start)
        queue.start = self._now + seats * ESTIMATED_SECONDS
        queue.executing += 1
        queue.seats += seats

    def done(self, queue: Queue, seats: int, seconds: float) -> None:
        """Accounts for a request that has ended; a queue without any is forgotten."""
        queue.executing -= 1
        queue.seats -= seats
        queue.start += seats * (seconds - ESTIMATED_SECONDS)
        self.forget(queue)

    def forget(self, queue: Queue) -> None:
        if not queue.executing and not queue.waiting and self.used.get(queue.index) is queue:
            del self.used[queue.index]


@lru_cache(maxsize=4096)
def deal(schema: str, distinguisher: str, deck: int, hand: int) -> tuple[int, ...]:
    """The queues of a flow: `hand` different numbers below `deck`, always the same for the same flow."""
    value = int.from_bytes(sha256(f"{schema},{distinguisher}".encode()).digest()[:8], "little")
    cards = list(range(deck)) if deck <= 4096 else None
    dealt: list[int] = []
    for i in range(hand):
        value, card = divmod(value, deck - i)
        dealt.append(cards.pop(card) if cards is not None else _nth_left(card, dealt))
    return tuple(dealt)


def _nth_left(card: int, dealt: list[int]) -> int:
    """The card at a position of what is left of a deck too large to be laid out."""
    for taken in sorted(dealt):
        if taken <= card:
            card += 1
    return card
