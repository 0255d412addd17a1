"""Once everything has come to rest, nobody writes: no controller, no scheduler, no kubelet.

The exceptions are heartbeats: the kubelets' Leases every ten seconds, the API server's own Lease, and the
kubelets' node status every five minutes; and events of autoscalers that lack metrics.
"""

from __future__ import annotations

import asyncio
from random import Random
from typing import NamedTuple

import pytest

from tests.chaos.churn import Churn
from tests.chaos.sim import simulate
from tests.chaos.test_kills import LONGEST
from tests.chaos.wire import Asked
from tests.chaos.world import World, controllers, nodes, opened, scheduler

HEARTBEATS = ("/leases/", "/api/v1/nodes/")
STEPS = 40


async def converged(world: World) -> None:
    """A cluster with every kind of workload in it, some of it changed and deleted on the way."""
    for process in (
        world.process("controllers", "controller-manager", controllers(world)),
        world.process("scheduler", "scheduler", scheduler(world)),
        world.process("nodes", "admin", nodes(world, "n1", "n2", "n3")),
    ):
        process.start()
    churn = Churn(world.admin, Random(world.seed))
    await churn.prepare()
    for _ in range(STEPS):
        await churn.step()
        await asyncio.sleep(0.5)
    await churn.end()
    await world.quiet(LONGEST)


class Writes(NamedTuple):
    """What was asked for, of effect or not, heartbeats aside."""

    at_rest: list[Asked]
    after_start: list[Asked]
    """Once controllers and scheduler were started again."""


async def written(world: World, seconds: float) -> list[Asked]:
    start = world.clock.monotonic()
    await asyncio.sleep(seconds)
    log = [a for a in world.log if a.at > start and a.method != "GET"]
    return [a for a in log if not any(part in a.path for part in (*HEARTBEATS, *_told_again(world)))]


def _told_again(world: World) -> list[str]:
    """An autoscaler that gets no metrics looks every 15 seconds, and says so every few minutes."""
    events = [e for e in world.objects("events") if e["involvedObject"]["kind"] == "HorizontalPodAutoscaler"]
    return [f"/events/{event['metadata']['name']}" for event in events]


@pytest.fixture(scope="module")
def writes() -> Writes:
    async def scenario() -> Writes:
        async with opened(7) as world:
            await converged(world)
            at_rest = await written(world, 300)
            for process in world.processes[:2]:
                await process.kill()
                process.start()
            return Writes(at_rest, await written(world, 120))

    return simulate(scenario())


def test_a_cluster_at_rest_is_quiet_for_five_minutes(writes: Writes) -> None:
    assert writes.at_rest == []


def test_who_starts_again_finds_nothing_to_do(writes: Writes) -> None:
    assert [a for a in writes.after_start if "/events" not in a.path] == []
