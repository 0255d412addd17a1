"""The gate that the settings ask for."""

from __future__ import annotations

from ...apimachinery.clock import rfc3339
from ..bootstrap import flow_control
from ..bootstrap.reconcile import restore
from ..endpoints.internal import InternalWriter
from ..endpoints.server import Server
from ..settings import Settings
from .controller import Gate, PriorityAndFairness
from .in_flight import MaxInFlight
from .objects import GROUP, Keeper


def build(server: Server, settings: Settings) -> Gate:
    reads, writes = settings.max_requests_inflight, settings.max_mutating_requests_inflight
    if not settings.enable_priority_and_fairness or not reads + writes:
        return MaxInFlight(reads, writes, server.clock.monotonic())
    schemas = server.stored[GROUP, "flowschemas"].cache
    levels = server.stored[GROUP, "prioritylevelconfigurations"].cache
    writer = InternalWriter(server)

    async def defaults() -> None:
        await restore(writer, flow_control.defaults(rfc3339(server.clock.now())))

    def count(group: str, plural: str) -> int:
        scope = server.stored.get((group, plural))
        return scope.cache.count if scope is not None else 0

    keeper = Keeper(schemas, levels, writer, server.clock, defaults)
    limit = settings.request_timeout
    return PriorityAndFairness(schemas, levels, count, keeper, server.clock, reads + writes, limit)
