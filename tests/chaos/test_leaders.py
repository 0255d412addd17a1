"""Two components and one lease: leaders die, are stopped and wake up, and never write beside another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from wherry.client.client import Client
from wherry.client.errors import Unreachable
from wherry.client.leaderelection import LeaderElector, LeadershipLost
from wherry.client.resources import CONFIGMAPS, LEASES

from tests.chaos.sim import SimClock, simulate
from tests.chaos.wire import Asked
from tests.chaos.world import Process, World, opened

LEASE, DEADLINE, RETRY = 15.0, 10.0, 2.0
SLACK = 0.5
"""Of requests under way."""


class StoppableClock(SimClock):
    """Of a process that can be stopped: its timers fire once it goes on."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def sleep(self, seconds: float) -> None:
        awake = self._process.link.awake
        await super().sleep(seconds)
        await awake.wait()


def component(world: World, name: str) -> Process:
    """Leads when it can, writes without pause as long as it leads, and ends when it lost the lease."""

    async def live(client: Client) -> None:
        clock = StoppableClock(process)
        elector = LeaderElector(client, "kube-system", "busy", process.link.who, clock=clock)
        with suppress(LeadershipLost):
            await elector.run(lambda: busy(client.guarded(elector.leads), process.link.who, clock))

    process = world.process(name, "controller-manager", live)
    return process


async def busy(client: Client, who: str, clock: SimClock) -> None:
    number = 0
    while True:
        number += 1
        with suppress(Unreachable):
            await client.create(CONFIGMAPS, {"metadata": {"name": f"{who}-{number}", "namespace": "default"}})
        await clock.sleep(0.1)


def writes(world: World) -> list[Asked]:
    return [asked for asked in world.log if asked.is_write and asked.path.endswith("/configmaps")]


def reigns(world: World) -> list[tuple[str, float, float]]:
    """(who, first write, last write), in order; a component that wrote in two stretches is there twice."""
    found: list[tuple[str, float, float]] = []
    for asked in writes(world):
        if found and found[-1][0] == asked.who:
            found[-1] = (asked.who, found[-1][1], asked.at)
        else:
            found.append((asked.who, asked.at, asked.at))
    return found


async def leader(world: World) -> str:
    """Who holds the lease now."""
    lease = await world.admin.get(LEASES, "busy", "kube-system")
    return str(lease["spec"]["holderIdentity"])


def disturbed(
    disturb: Callable[[Process], Awaitable[None]], seconds: float
) -> list[tuple[str, float, float]]:
    """The reigns when the first of two leaders is disturbed after five seconds."""

    async def scenario() -> list[tuple[str, float, float]]:
        async with opened(1) as world:
            one, two = component(world, "one"), component(world, "two")
            one.start()
            await asyncio.sleep(1)
            two.start()
            await asyncio.sleep(5)
            assert await leader(world) == "one-1"
            await disturb(one)
            await asyncio.sleep(seconds)
            return reigns(world)

    return simulate(scenario())


def test_one_leads_while_it_lives() -> None:
    async def nothing(process: Process) -> None:
        assert process.task is not None

    assert [who for who, _, _ in disturbed(nothing, 60)] == ["one-1"]


def test_a_killed_leader_is_followed_within_its_lease() -> None:
    (first, _, last), (second, start, _) = disturbed(lambda process: process.kill(), 40)
    assert (first, second) == ("one-1", "two-1")
    assert LEASE - RETRY - SLACK <= start - last <= LEASE + RETRY * 2 + SLACK


@pytest.mark.parametrize("seconds", [5.0, 9.0, 11.0, 14.0, 15.5, 17.0, 19.0, 60.0])
def test_a_leader_that_was_stopped_never_writes_beside_the_next(seconds: float) -> None:
    async def stop(process: Process) -> None:
        process.link.awake.clear()
        await asyncio.sleep(seconds)
        process.link.awake.set()

    found = disturbed(stop, 60)
    names = [who for who, _, _ in found]
    assert names in (["one-1"], ["one-1", "two-1"])
    if not DEADLINE < seconds <= LEASE + RETRY:
        assert (len(names) == 2) == (seconds > LEASE)
