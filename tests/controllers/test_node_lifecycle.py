"""Whose pods are marked not ready with their node, and when."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from wherry.apimachinery.clock import FakeClock, rfc3339
from wherry.apimachinery.errors import StatusError
from wherry.client.client import Client
from wherry.client.resources import NODES, PODS
from wherry.client.tasks import Tasks
from wherry.controllers.context import Context
from wherry.controllers.node_lifecycle import NodeLifecycleController
from wherry.controllers.settings import Settings

from tests.support import run

Object = dict[str, Any]


class World:
    """A client that takes every write; the caches hear of nothing but what the test says."""

    def __init__(self, clock: FakeClock, tasks: Tasks) -> None:
        self.clock = clock
        self.marked: list[str] = []
        self.events: list[str] = []
        self.refusing = ""
        """What is refused for now: `update` or `patch`."""
        ctx = Context(cast(Client, self), clock, tasks, Settings(), random.Random(0))
        self.controller = NodeLifecycleController(ctx)
        self.controller._recorder = cast(Any, self)
        self._nodes, self._pods = ctx.informers.of(NODES), ctx.informers.of(PODS)

    async def list(self, *_: Any, **__: Any) -> None:
        await self.clock.sleep(1e9)

    async def update(self, r: object, obj: Object, **_: Any) -> Object:
        self._refuse("update")
        return obj

    async def patch(self, r: object, name: str, *_: Any, **__: Any) -> None:
        self._refuse("patch")
        if r == PODS:
            self.marked.append(name)

    def _refuse(self, verb: str) -> None:
        if self.refusing == verb:
            raise StatusError(500, "InternalError", "not now")

    def event(self, obj: Object, kind: str, reason: str, message: str) -> None:
        if kind == "Normal":
            self.events.append(reason)

    def node(self, ready: str) -> None:
        meta = {"name": "n", "uid": "u", "resourceVersion": "1"}
        now = meta["creationTimestamp"] = rfc3339(self.clock.now())
        condition = {"type": "Ready", "status": ready, "lastHeartbeatTime": now}
        conditions = [condition] if ready else []
        self._nodes._apply("MODIFIED", {"metadata": meta, "spec": {}, "status": {"conditions": conditions}})

    def pod(self, kind: str = "MODIFIED", on: str = "n") -> None:
        meta = {"name": "p", "namespace": "default", "uid": "v"}
        status = {"conditions": [{"type": "Ready", "status": "True"}]}
        self._pods._apply(kind, {"metadata": meta, "spec": {"nodeName": on}, "status": status})

    async def look(self) -> None:
        await self.controller.reconcile("n")

    async def fail(self, verb: str) -> None:
        self.refusing = verb
        with pytest.raises(StatusError):
            await self.look()
        self.refusing = ""


def in_world(scenario: Callable[[World], Awaitable[None]]) -> None:
    async def main() -> None:
        async with Tasks() as tasks:
            world = World(FakeClock(), tasks)
            await scenario(world)
            world.controller.queue.shut_down()

    run(main())


@pytest.mark.parametrize(("ready", "marked"), [("Unknown", ["p"]), ("False", ["p"]), ("True", []), ("", [])])
@pytest.mark.parametrize("first", ["node", "pod"])
def test_a_pod_that_is_new_to_us_is_marked_once_if_its_node_is_not_ready(
    ready: str, marked: list[str], first: str
) -> None:
    async def scenario(world: World) -> None:
        if first == "pod":
            world.pod()
        world.node(ready)
        world.pod()
        await world.look()
        world.pod()
        await world.look()
        assert world.marked == marked

    in_world(scenario)


def test_a_pod_that_comes_to_a_node_is_new_there() -> None:
    async def scenario(world: World) -> None:
        world.node("Unknown")
        world.pod(on="")
        await world.look()
        assert not world.marked
        world.pod()
        await world.look()
        assert world.marked == ["p"]

    in_world(scenario)


def test_nothing_is_kept_of_pods_that_are_gone_from_no_node() -> None:
    async def scenario(world: World) -> None:
        world.pod(on="nowhere")
        world.pod("DELETED", on="nowhere")
        assert not world.controller._unmarked

    in_world(scenario)


@pytest.mark.parametrize(("back", "marked"), [("True", []), ("Unknown", ["p"])])
def test_what_failed_is_tried_again_unless_the_node_came_back(back: str, marked: list[str]) -> None:
    async def scenario(world: World) -> None:
        world.node("True")
        world.pod()
        await world.look()
        await world.clock.advance(41)
        await world.fail("patch")
        world.node(back)
        await world.look()
        assert world.marked == marked

    in_world(scenario)


def test_a_write_whose_answer_was_lost_marks_the_pods_too() -> None:
    async def scenario(world: World) -> None:
        world.node("True")
        world.pod()
        await world.look()
        await world.clock.advance(41)
        await world.fail("update")
        world.node("Unknown")
        await world.look()
        assert world.marked == ["p"]

    in_world(scenario)


def test_a_cache_that_lags_tells_of_a_silent_node_once() -> None:
    async def scenario(world: World) -> None:
        world.node("True")
        await world.look()
        await world.clock.advance(41)
        for _ in range(2):
            await world.look()
        assert world.events == ["RegisteredNode", "NodeNotReady"]

    in_world(scenario)
