"""How often an owner of pods is looked at."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.client.client import Client
from wherry.client.resources import PODS, REPLICASETS
from wherry.client.tasks import Tasks
from wherry.controllers.context import Context
from wherry.controllers.pod_owner import MANY, PACE
from wherry.controllers.replicaset.controller import ReplicaSetController
from wherry.controllers.settings import Settings

from tests.controllers.objects import Object, pod, replica_set
from tests.support import run

KEY = "ns/rs"


class Silent:
    """A server that never answers: the caches hold what the test puts there."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    async def list(self, *_: Any, **__: Any) -> None:
        await self._clock.sleep(1e9)


class World:
    """A ReplicaSet with its pods in the caches, and nobody at work on the queue."""

    def __init__(self, clock: FakeClock, tasks: Tasks, pods: int) -> None:
        ctx = Context(cast(Client, Silent(clock)), clock, tasks, Settings(), random.Random(0))
        self.controller = ReplicaSetController(ctx)
        self.queue = self.controller.queue
        self.owner = replica_set("rs", pods, 0)
        self._owners, self._pods = ctx.informers.of(REPLICASETS), ctx.informers.of(PODS)
        self._owners._apply("ADDED", self.owner)
        for n in range(pods):
            self.pod_heard("ADDED", n)

    def pod_heard(self, kind: str, n: int) -> None:
        meta = self.owner["metadata"]
        ref = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "rs", "uid": meta["uid"]}
        self._pods._apply(kind, pod(f"p{n}", ownerReferences=[{**ref, "controller": True}]))

    def owner_heard(self, **meta: Any) -> None:
        changed = {"resourceVersion": "999999", **meta}
        self._owners._apply("MODIFIED", {**self.owner, "metadata": {**self.owner["metadata"], **changed}})


def in_world(pods: int, scenario: Callable[[World, FakeClock], Awaitable[None]]) -> None:
    async def main() -> None:
        clock = FakeClock()
        async with Tasks() as tasks:
            world = World(clock, tasks, pods)
            await clock.advance(10)
            while len(world.queue):
                world.queue.done(await world.queue.get())
            await scenario(world, clock)
            world.queue.shut_down()

    run(main())


def test_an_owner_of_few_is_looked_at_with_each_change() -> None:
    async def scenario(world: World, clock: FakeClock) -> None:
        world.pod_heard("MODIFIED", 0)
        assert await world.queue.get() == KEY

    in_world(3, scenario)


def test_an_owner_of_many_is_looked_at_once_for_many_changes() -> None:
    async def scenario(world: World, clock: FakeClock) -> None:
        for n in range(50):
            world.pod_heard("MODIFIED", n)
        assert not len(world.queue)
        await clock.advance(MANY * 2 * PACE)
        assert len(world.queue) == 1

    in_world(MANY * 2, scenario)


def test_the_last_pod_waited_for_brings_a_look_at_once() -> None:
    async def scenario(world: World, clock: FakeClock) -> None:
        world.controller.expectations.expect_creations(KEY, 2)
        world.pod_heard("ADDED", 1001)
        assert not len(world.queue)
        world.pod_heard("ADDED", 1002)
        assert len(world.queue) == 1

    in_world(MANY * 2, scenario)


@pytest.mark.parametrize(
    ("change", "at_once"),
    [({}, False), ({"generation": 7}, True), ({"deletionTimestamp": "2026-01-01T00:00:00Z"}, True)],
)
def test_only_what_the_owner_asks_for_is_urgent(change: Object, at_once: bool) -> None:
    async def scenario(world: World, clock: FakeClock) -> None:
        world.owner_heard(**change)
        assert bool(len(world.queue)) is at_once
        await clock.advance(MANY * 2 * PACE)
        assert len(world.queue) == 1

    in_world(MANY * 2, scenario)
