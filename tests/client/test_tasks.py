"""Tasks with an owner: ends, failures and the order of cancelling."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from wherry.client.tasks import Tasks

from tests.support import run


async def _end(gate: asyncio.Event) -> None:
    await gate.wait()


async def _fail(gate: asyncio.Event, message: str) -> None:
    await gate.wait()
    raise ValueError(message)


def test_waiting_ends_with_the_last_task() -> None:
    async def scenario() -> None:
        first, last = asyncio.Event(), asyncio.Event()
        async with Tasks() as tasks:
            tasks.spawn("first", _end(first))
            tasks.spawn("last", _end(last))
            waiting = asyncio.ensure_future(tasks.wait())
            first.set()
            await asyncio.sleep(0)
            assert not waiting.done()
            last.set()
            await waiting

    run(scenario())


def test_waiting_for_no_tasks_returns_at_once() -> None:
    async def scenario() -> None:
        async with Tasks() as tasks:
            await tasks.wait()

    run(scenario())


def test_the_first_failure_is_raised_while_others_run() -> None:
    async def scenario() -> None:
        now, never = asyncio.Event(), asyncio.Event()
        now.set()
        async with Tasks() as tasks:
            others = tasks.spawn("other", _end(never))
            tasks.spawn("failing", _fail(now, "lost"))
            with pytest.raises(ValueError, match="lost"):
                await tasks.wait()
            assert not others.done()
        assert others.cancelled()

    run(scenario())


def test_a_failure_from_before_the_wait_is_not_lost() -> None:
    async def scenario() -> None:
        now = asyncio.Event()
        now.set()
        async with Tasks() as tasks:
            await asyncio.wait([tasks.spawn("failing", _fail(now, "early"))])
            with pytest.raises(ValueError, match="early"):
                await tasks.wait()
            await tasks.wait()

    run(scenario())


def test_a_cancelled_task_is_no_failure() -> None:
    async def scenario() -> None:
        async with Tasks() as tasks:
            tasks.spawn("cancelled", _end(asyncio.Event())).cancel()
            await tasks.wait()

    run(scenario())


def test_closing_cancels_the_newest_first() -> None:
    ended: list[str] = []

    async def worker(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    async def scenario(names: Iterable[str]) -> None:
        async with Tasks() as tasks:
            for name in names:
                tasks.spawn(name, worker(name))
            await asyncio.sleep(0)

    run(scenario(("one", "two", "three")))
    assert ended == ["three", "two", "one"]
