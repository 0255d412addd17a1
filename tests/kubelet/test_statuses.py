"""Writing pod statuses: which are sent, which are tried again, which are dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from wherry.apimachinery import errors
from wherry.apimachinery.clock import FakeClock
from wherry.client.errors import Unreachable
from wherry.kubelet.statuses import AT_ONCE, EARLY_AT_ONCE, StatusWriter

from tests.kubelet.api import FakeApi
from tests.kubelet.fakes import container, pod
from tests.support import run

POD = pod(container("c"))
PENDING = {"phase": "Pending"}
RUNNING, READY = {"phase": "Running"}, {"phase": "Running", "ready": True}


class World:
    def __init__(self) -> None:
        self.api = FakeApi()
        self.api.put("pods", "default", "p", status={})
        self.clock = FakeClock()
        self.tasks: list[asyncio.Task[Any]] = []
        self.writer = StatusWriter(self.api, self.clock, self._spawn)  # type: ignore[arg-type]

    def _spawn(self, name: str, coro: Any) -> asyncio.Task[Any]:
        self.tasks.append(asyncio.get_running_loop().create_task(coro, name=name))
        return self.tasks[-1]

    async def publish(self, *statuses: dict[str, Any]) -> list[dict[str, Any]]:
        """What was written so far."""
        for status in statuses:
            self.writer.publish(POD, status)
        await self.clock.settle()
        return self.statuses()

    def statuses(self) -> list[dict[str, Any]]:
        return [body["status"] for body in self.api.sent("patch")]


def in_world(test: Callable[[World], Awaitable[None]]) -> None:
    async def whole() -> None:
        world = World()
        await test(world)
        for task in world.tasks:
            task.cancel()
        await asyncio.gather(*world.tasks, return_exceptions=True)

    run(whole())


def test_a_status_is_written_for_this_very_pod() -> None:
    async def test(world: World) -> None:
        assert await world.publish(RUNNING) == [RUNNING]
        assert world.api.sent("patch")[0]["metadata"] == {"uid": "u1"}

    in_world(test)


def test_the_same_status_is_not_written_twice() -> None:
    async def test(world: World) -> None:
        await world.publish(RUNNING)
        assert await world.publish(dict(RUNNING)) == [RUNNING]

    in_world(test)


def test_of_what_waits_only_the_latest_is_written() -> None:
    async def test(world: World) -> None:
        assert await world.publish({"phase": "Pending"}, RUNNING, READY) == [READY]

    in_world(test)


def test_a_first_status_that_waits_for_its_turn_is_replaced() -> None:
    """With thousands of pods starting at once, most need one write instead of two."""

    async def test(world: World) -> None:
        world.api.gate.clear()
        for n in range(EARLY_AT_ONCE + 1):
            world.writer.publish(numbered(n), PENDING)
        await world.clock.settle()
        world.writer.publish(numbered(EARLY_AT_ONCE), RUNNING)
        await world.clock.settle()
        assert world.statuses() == [PENDING] * EARLY_AT_ONCE + [RUNNING]

    in_world(test)


def test_a_first_status_is_written_when_its_turn_comes() -> None:
    async def test(world: World) -> None:
        world.api.gate.clear()
        for n in range(EARLY_AT_ONCE + 1):
            world.writer.publish(numbered(n), PENDING)
        await world.clock.settle()
        assert world.statuses() == [PENDING] * EARLY_AT_ONCE
        world.api.gate.set()
        await world.clock.settle()
        assert world.statuses() == [PENDING] * (EARLY_AT_ONCE + 1)

    in_world(test)


def test_no_more_are_written_at_once_than_the_server_is_given() -> None:
    async def test(world: World) -> None:
        world.api.gate.clear()
        for n in range(AT_ONCE + 5):
            world.writer.publish(numbered(n), RUNNING)
        await world.clock.settle()
        assert len(world.statuses()) == AT_ONCE
        world.api.gate.set()
        await world.clock.settle()
        assert len(world.statuses()) == AT_ONCE + 5

    in_world(test)


def numbered(n: int) -> dict[str, Any]:
    return {**POD, "metadata": {**POD["metadata"], "uid": f"u{n}"}}


@pytest.mark.parametrize("failure", [Unreachable("refused"), errors.internal("etcd is gone")])
def test_a_failed_write_is_tried_again_with_the_latest(failure: Exception) -> None:
    async def test(world: World) -> None:
        world.api.failures = [failure]
        await world.publish(RUNNING)
        assert await world.publish(READY) == [RUNNING]
        await world.clock.advance(1)
        assert await world.publish() == [RUNNING, READY]

    in_world(test)


@pytest.mark.parametrize(
    "failure", [errors.not_found("", "pods", "p"), errors.forbidden("", "pods", "p", "another node's")]
)
def test_a_refused_status_is_not_tried_again(failure: Exception) -> None:
    async def test(world: World) -> None:
        world.api.failures = [failure]
        await world.publish(RUNNING)
        await world.clock.advance(10)
        assert len(world.api.calls) == 1

    in_world(test)


def test_the_pod_is_removed_only_after_its_last_status() -> None:
    async def test(world: World) -> None:
        world.writer.publish(POD, {"phase": "Succeeded"})
        world.writer.finish(POD)
        await world.clock.settle()
        assert world.api.verbs() == ["patch", "delete"]
        assert world.api.sent("delete") == [{"uid": "u1", "grace": 0}]

    in_world(test)


def test_the_removal_is_tried_until_it_succeeds() -> None:
    async def test(world: World) -> None:
        world.api.failures = [Unreachable("refused"), Unreachable("refused")]
        world.writer.finish(POD)
        await world.clock.settle()
        await world.clock.advance(3)
        assert world.api.verbs() == ["delete"] * 3
        assert not world.api.objects

    in_world(test)


def test_a_reason_that_is_over_is_taken_back() -> None:
    async def test(world: World) -> None:
        evicted = {**POD, "status": {"reason": "NodeLost", "message": "gone"}}
        world.writer.publish(evicted, RUNNING)
        await world.clock.settle()
        assert world.api.sent("patch")[0]["status"] == {**RUNNING, "reason": None, "message": None}

    in_world(test)


def seen(version: int, status: str) -> dict[str, Any]:
    """The pod as an informer shows it."""
    ready = {"type": "Ready", "status": status}
    meta = {**POD["metadata"], "resourceVersion": str(version)}
    return {**POD, "metadata": meta, "status": {**RUNNING, "conditions": [ready]}}


def test_what_another_wrote_over_is_written_again() -> None:
    async def test(world: World) -> None:
        world.api.objects["pods", "default", "p"]["metadata"]["resourceVersion"] = "7"
        ready = {**RUNNING, "conditions": [{"type": "Ready", "status": "True"}]}
        for pod_seen in (seen(6, "False"), seen(6, "False"), seen(7, "True"), seen(9, "True")):
            world.writer.publish(pod_seen, ready)
            await world.clock.settle()
        assert len(world.api.sent("patch")) == 1
        world.writer.publish(seen(10, "False"), ready)
        await world.clock.settle()
        assert len(world.api.sent("patch")) == 2

    in_world(test)


def test_nothing_is_remembered_of_a_pod_that_is_gone() -> None:
    async def test(world: World) -> None:
        await world.publish(RUNNING)
        world.writer.forget("u1")
        assert await world.publish(RUNNING) == [RUNNING, RUNNING]

    in_world(test)


def test_what_an_earlier_condition_said_is_taken_back() -> None:
    async def test(world: World) -> None:
        ready = {"type": "Ready", "status": "True"}
        (written,) = await world.publish({**RUNNING, "conditions": [ready]})
        assert written["conditions"] == [{**ready, "reason": None, "message": None}]

    in_world(test)


def test_a_condition_of_a_resize_that_is_over_is_taken_away() -> None:
    async def test(world: World) -> None:
        ready = {"type": "Ready", "status": "True"}
        pending = {"type": "PodResizePending", "status": "True", "reason": "Deferred"}
        await world.publish({**RUNNING, "conditions": [pending, ready]})
        *_, written = await world.publish({**RUNNING, "conditions": [ready]})
        assert written["conditions"][1:] == [{"type": "PodResizePending", "$patch": "delete"}]

    in_world(test)
