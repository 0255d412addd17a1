"""The work queue: one key once, never twice at a time, later and later after failures."""

from __future__ import annotations

import asyncio

import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.client.workqueue import ShutDown, WorkQueue

from tests.support import run


def test_a_key_waits_once() -> None:
    async def go() -> None:
        queue = WorkQueue[str]("t", FakeClock())
        queue.add("a")
        queue.add("b")
        queue.add("a")
        assert [await queue.get(), await queue.get()] == ["a", "b"]
        assert len(queue) == 0

    run(go())


def test_a_key_added_while_handled_comes_again_after_done() -> None:
    async def go() -> None:
        queue = WorkQueue[str]("t", FakeClock())
        queue.add("a")
        await queue.get()
        queue.add("a")
        assert len(queue) == 0
        queue.done("a")
        assert await queue.get() == "a"

    run(go())


def test_failures_wait_twice_as_long_each_time() -> None:
    async def go() -> None:
        clock = FakeClock()
        queue = WorkQueue[str]("t", clock)
        for delay in (0.005, 0.01, 0.02):
            queue.add_rate_limited("a")
            await clock.advance(delay * 0.9)
            assert len(queue) == 0
            await clock.advance(delay * 0.2)
            queue.done(await queue.get())
        queue.forget("a")
        assert queue.failures("a") == 0
        queue.shut_down()

    run(go())


def test_no_wait_after_a_failure_is_longer_than_the_longest() -> None:
    async def scenario() -> None:
        clock = FakeClock()
        queue = WorkQueue[str]("test", clock, longest=60.0)
        for _ in range(20):
            queue.add_rate_limited("a")
            await clock.advance(60)
            assert await queue.get() == "a"
            queue.done("a")
        queue.shut_down()

    run(scenario())


def test_of_two_delays_the_earlier_counts() -> None:
    async def go() -> None:
        clock = FakeClock()
        queue = WorkQueue[str]("t", clock)
        queue.add_after("a", 10)
        queue.add_after("b", 20)
        queue.add_after("a", 5)
        queue.add_after("a", 30)
        await clock.advance(5)
        assert len(queue) == 1
        queue.done(await queue.get())
        await clock.advance(30)
        assert await queue.get() == "b"
        assert len(queue) == 0

    run(go())


def test_a_waiting_worker_gets_the_key() -> None:
    async def go() -> None:
        queue = WorkQueue[str]("t", FakeClock())
        worker = asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        queue.add("a")
        assert await worker == "a"

    run(go())


def test_a_cancelled_worker_loses_no_key() -> None:
    async def go() -> None:
        queue = WorkQueue[str]("t", FakeClock())
        first, second = asyncio.create_task(queue.get()), asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        queue.add("a")
        first.cancel()
        assert await second == "a"

    run(go())


def test_shutting_down_ends_workers() -> None:
    async def go() -> None:
        queue = WorkQueue[str]("t", FakeClock())
        worker = asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        queue.shut_down()
        with pytest.raises(ShutDown):
            await worker

    run(go())
