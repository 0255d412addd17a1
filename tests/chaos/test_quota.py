"""What a quota says comes right by itself, whoever was mistaken."""

from __future__ import annotations

import asyncio

from wherry.client.resources import CONFIGMAPS, RESOURCEQUOTAS
from wherry.controllers.resourcequota import STILL

from tests.chaos.sim import simulate
from tests.chaos.world import World, controllers, opened

COUNTED = "count/configmaps"


async def prepared(world: World) -> None:
    """A quota that says 1."""
    process = world.process(
        "controllers", "controller-manager", controllers(world, "resourcequota-controller")
    )
    process.start()
    quota = {"metadata": {"name": "q", "namespace": "default"}, "spec": {"hard": {COUNTED: "9"}}}
    await world.admin.create(CONFIGMAPS, {"metadata": {"name": "a", "namespace": "default"}})
    await world.admin.create(RESOURCEQUOTAS, quota)
    await asyncio.sleep(5)
    assert await used(world) == "1"


async def used(world: World) -> str:
    quota = await world.admin.get(RESOURCEQUOTAS, "q", "default")
    return str(quota["status"]["used"][COUNTED])


async def charge(world: World, amount: str) -> None:
    """As admission does for a request that then comes to nothing."""
    status = {"status": {"used": {COUNTED: amount}}}
    await world.admin.patch(RESOURCEQUOTAS, "q", status, "default", subresource="status")


def test_a_charge_for_what_never_came_to_be_is_given_back() -> None:
    async def scenario() -> str:
        async with opened(1) as world:
            await prepared(world)
            await charge(world, "2")
            await asyncio.sleep(STILL + 1)
            return await used(world)

    assert simulate(scenario()) == "1"


def test_nothing_is_given_back_while_admission_is_at_work() -> None:
    """What it charged for a moment ago may be on its way."""

    async def scenario() -> list[str]:
        async with opened(1) as world:
            await prepared(world)
            said = []
            for amount in ("2", "3", "4"):
                await charge(world, amount)
                await asyncio.sleep(STILL - 1)
                said.append(await used(world))
            return said

    assert simulate(scenario()) == ["2", "3", "4"]
