"""The plain limits that hold without priority and fairness: so many reads and so many writes at once."""

from __future__ import annotations

from ..endpoints.exchange import Request
from ..registry.strategy import User
from .controller import LONG_SUBRESOURCES
from .level import CONCURRENCY, Flow, Level, Shape, Ticket
from .statistics import FlowCounts

READS = frozenset(("get", "list", "watch"))
MASTERS = "system:masters"


class MaxInFlight:
    """Counts requests; who is all-powerful is always answered. No limit (0) counts nothing. Implements
    `controller.Gate`."""

    def __init__(self, reads: int, writes: int, now: float) -> None:
        self.reads = _kind("readOnly", reads, now)
        self.writes = _kind("mutating", writes, now)

    def enter(self, request: Request, now: float) -> Ticket | None:
        info = request.info
        if info.verb in ("watch", "proxy") or info.subresource in LONG_SUBRESOURCES:
            return None
        kind = self.reads if info.verb in READS else self.writes
        if not kind.level.limit or _all_powerful(request.user):
            return None
        ticket = Ticket(kind, 1, now, request)
        if not kind.level.seat(ticket):
            raise kind.level.reject(ticket, CONCURRENCY)
        return ticket

    async def wait(self, ticket: Ticket) -> None:
        """Nobody waits here."""

    def leave(self, ticket: Ticket, now: float) -> None:
        if not ticket.gone:
            ticket.flow.level.leave(ticket, now)

    def start(self) -> None:
        """Nothing runs in the background."""

    async def close(self) -> None:
        """Nothing is open."""


def _all_powerful(user: User) -> bool:
    return MASTERS in user.groups


def _kind(name: str, limit: int, now: float) -> Flow:
    level = Level(name, "", Shape(exempt=False, shares=0), now)
    level.limit = limit
    return Flow(name, level, "", (), FlowCounts())
