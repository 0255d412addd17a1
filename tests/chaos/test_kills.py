"""Controllers and scheduler die a hundred times in the middle of a churn: nothing is lost, doubled or left.

`CHAOS_SEED` repeats another run, `CHAOS_RUNS` makes more of them.
"""

from __future__ import annotations

import asyncio
import os
from random import Random

import pytest
from wherry.client.workqueue import MAX_DELAY

from tests.chaos import endstate, past
from tests.chaos.churn import Churn
from tests.chaos.killer import Killer
from tests.chaos.sim import simulate
from tests.chaos.wire import CALM, Faults
from tests.chaos.world import World, controllers, nodes, opened, scheduler

FIRST = int(os.environ.get("CHAOS_SEED", "1"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("CHAOS_RUNS", "1")))
LONGEST = MAX_DELAY * 1.1
"""Seconds that may pass before what failed is tried again."""
ROUGH = Faults(latency=0.05, lost=0.02, refused=0.02, cut=20.0, gone=0.05, lag=0.5, twice=0.1)
"""A network and a server on a bad day."""


async def stirring(churn: Churn, rng: Random, pace: float) -> None:
    while True:
        await churn.step()
        await asyncio.sleep(rng.expovariate(pace))


async def rest(world: World, churn: Churn) -> list[str]:
    """Lets everything come to an end, the faults first; what is wrong then, or was on the way."""
    for process in world.processes:
        process.link.faults = CALM
    await churn.end()
    await world.quiet(LONGEST)
    return endstate.problems(world) + past.problems(world)


async def survive(seed: int, kills: int, seconds: float, faults: Faults) -> list[str]:
    """What went wrong in a churn of so many kills, or of so many seconds when nobody is killed."""
    rng = Random(seed)
    async with opened(seed) as world:
        everything = [
            world.process("controllers", "controller-manager", controllers(world), faults),
            world.process("scheduler", "scheduler", scheduler(world), faults),
            world.process("nodes", "admin", nodes(world, "n1", "n2", "n3")),
        ]
        for process in everything:
            process.start()
        churn, killer = Churn(world.admin, rng), Killer(world, rng)
        await churn.prepare()
        stirred = asyncio.create_task(stirring(churn, rng, 1.0), name="churn")
        for _ in range(kills):
            await killer.kill(rng.choice(everything[:2]))
        await asyncio.sleep(seconds)
        stirred.cancel()
        return await rest(world, churn)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_hundred_kills_leave_no_trace(seed: int) -> None:
    assert simulate(survive(seed, 100, 0, CALM)) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_neither_do_lost_answers_late_events_and_broken_watches(seed: int) -> None:
    assert simulate(survive(seed, 0, 90, ROUGH)) == []
