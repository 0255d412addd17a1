"""Two controller managers and one lease in the midst of a churn: whoever leads is stopped or killed again and
again, and what comes of it is as if one had led all the time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from random import Random

import pytest
from wherry.client.client import Client
from wherry.client.leaderelection import LeaderElector, LeadershipLost
from wherry.client.resources import LEASES
from wherry.controllers.manager import Manager
from wherry.controllers.settings import Settings

from tests.chaos.churn import Churn
from tests.chaos.record import Commit
from tests.chaos.sim import simulate
from tests.chaos.test_kills import SEEDS, rest, stirring
from tests.chaos.test_leaders import StoppableClock
from tests.chaos.wire import Asked
from tests.chaos.world import Process, World, nodes, opened, scheduler

LEASE = "kube-controller-manager"
NAMES = ("one", "two")
REIGNS = 3
SLACK = 0.1
"""Of requests under way."""
LONGEST_STOP = 25.0
"""Seconds; a lease lasts fifteen."""


def manager(world: World, name: str) -> Process:
    """All controllers, while it leads; another life begins when it lost the lease."""

    async def live(client: Client) -> None:
        while True:
            clock, settings = StoppableClock(process), Settings(seed=world.rng.getrandbits(32))
            elector = LeaderElector(client, "kube-system", LEASE, process.link.who, clock=clock)
            led = Manager(client.guarded(elector.leads), clock, settings)
            with suppress(LeadershipLost):
                await elector.run(led.run)

    process = world.process(name, "controller-manager", live)
    return process


async def overthrow(world: World, managers: list[Process], rng: Random, *, surely: bool) -> None:
    """Kills or stops the leader for a while; `surely` so long that the other one leads."""
    holder = (await world.admin.get(LEASES, LEASE, "kube-system"))["spec"].get("holderIdentity", "")
    leader = next((m for m in managers if m.link.who == holder), managers[0])
    if rng.random() < 0.3 and not surely:
        await leader.kill()
        leader.start()
        return
    leader.link.awake.clear()
    await asyncio.sleep(LONGEST_STOP if surely else rng.random() * LONGEST_STOP)
    leader.link.awake.set()


def writes(world: World) -> list[Asked]:
    """Of the two, other than to leases and of events."""
    wrote = [a for a in world.log if a.is_write and a.who.partition("-")[0] in NAMES]
    return [a for a in wrote if "/leases" not in a.path and "/events" not in a.path]


def strange(world: World) -> Iterator[str]:
    """Writes of who did not have the lease."""
    held = [(c.at, c.obj["spec"].get("holderIdentity")) for c in world.history if c.obj and is_lease(c)]
    for asked in writes(world):
        holders = [[who for at, who in held if at <= moment][-1:] for moment in (asked.at - SLACK, asked.at)]
        if [asked.who] not in holders:
            yield f"{asked.at:.2f} {asked.who} {asked.method} {asked.path}, when {holders} had the lease"


def is_lease(commit: Commit) -> bool:
    return commit.key.endswith(f"/kube-system/{LEASE}")


@pytest.mark.parametrize("seed", SEEDS)
def test_leaders_that_are_overthrown_leave_no_trace(seed: int) -> None:
    async def scenario() -> tuple[list[str], set[str]]:
        rng = Random(seed)
        async with opened(seed) as world:
            managers = [manager(world, name) for name in NAMES]
            others = [
                world.process("scheduler", "scheduler", scheduler(world)),
                world.process("nodes", "admin", nodes(world, "n1", "n2", "n3")),
            ]
            for process in (*others, *managers):
                process.start()
            churn = Churn(world.admin, rng)
            await churn.prepare()
            stirred = asyncio.create_task(stirring(churn, rng, 1.0), name="churn")
            for number in range(REIGNS):
                await asyncio.sleep(5 + rng.random() * 20)
                await overthrow(world, managers, rng, surely=number == 0)
            stirred.cancel()
            wrong = await rest(world, churn) + list(strange(world))
            return wrong, {asked.who.partition("-")[0] for asked in writes(world)}

    wrong, leaders = simulate(scenario())
    assert wrong == []
    assert leaders == set(NAMES)
