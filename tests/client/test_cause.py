"""What a component tells of why it writes: the events that asked for the key it works on."""

from __future__ import annotations

import asyncio

from aiohttp import web
from wherry.apimachinery.clock import FakeClock, SystemClock
from wherry.client import cause
from wherry.client.informer import Informer
from wherry.client.resources import CONFIGMAPS
from wherry.client.tasks import Tasks
from wherry.client.workqueue import WorkQueue

from tests.client import scripted
from tests.support import run


def asked(queue: WorkQueue[str], key: str, *versions: str) -> None:
    """Events of these versions ask for the key."""
    for version in versions:
        cause.hearing(version)
        queue.add(key)
    cause.hearing("")


async def reason(queue: WorkQueue[str]) -> str:
    """What would be told with a write for the next key."""
    await queue.get()
    return cause.header()


def test_the_events_that_asked_for_a_key_are_told() -> None:
    async def go() -> None:
        queue = WorkQueue[str]("web-controller", FakeClock())
        asked(queue, "default/web", "7", "9")
        assert await reason(queue) == "web-controller;7,9;default/web"

    run(go())


def test_only_the_latest_few_are_kept() -> None:
    async def go() -> None:
        queue = WorkQueue[str]("c", FakeClock())
        asked(queue, "k", *"123454")
        assert await reason(queue) == "c;2,3,5,4;k"

    run(go())


def test_what_nobody_asked_for_has_no_events() -> None:
    async def go() -> None:
        queue = WorkQueue[str]("c", FakeClock())
        queue.add("k")
        assert await reason(queue) == "c;;k"

    run(go())


def test_a_retry_has_the_reasons_of_what_failed() -> None:
    async def go() -> None:
        clock = FakeClock()
        queue = WorkQueue[str]("c", clock)
        asked(queue, "k", "5")
        await queue.get()
        queue.add_rate_limited("k")
        queue.done("k")
        waiting = asyncio.create_task(reason(queue), name="worker")
        await clock.advance(1)
        assert await waiting == "c;5;k"
        queue.shut_down()

    run(go())


def test_work_that_is_put_off_keeps_its_reasons_and_a_timer_has_none() -> None:
    async def go(seconds: float) -> str:
        clock = FakeClock()
        queue = WorkQueue[str]("c", clock)
        asked(queue, "k", "5")
        await queue.get()
        queue.add_after("k", seconds)
        queue.done("k")
        waiting = asyncio.create_task(reason(queue), name="worker")
        await clock.advance(seconds)
        told = await waiting
        queue.shut_down()
        return told

    assert run(go(1)) == "c;5;k"
    assert run(go(60)) == "c;;k"


def test_news_during_the_work_are_the_reason_of_the_next_run() -> None:
    async def go() -> None:
        queue = WorkQueue[str]("c", FakeClock())
        asked(queue, "k", "5")
        await queue.get()
        asked(queue, "k", "6")
        queue.done("k")
        assert await reason(queue) == "c;6;k"

    run(go())


def test_done_work_leaves_no_reason_behind() -> None:
    async def go() -> None:
        queue = WorkQueue[str]("c", FakeClock())
        asked(queue, "k", "5")
        await queue.get()
        queue.done("k")
        queue.add("k")
        assert await reason(queue) == "c;;k"

    run(go())


def test_handlers_hear_the_version_of_the_object() -> None:
    end = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        if "watch" in request.query:
            return await scripted.stream(request, hold=end)
        item = {"metadata": {"name": "a", "namespace": "n", "resourceVersion": "41"}}
        return scripted.answer(
            {"kind": "ConfigMapList", "metadata": {"resourceVersion": "42"}, "items": [item]}
        )

    async def go() -> None:
        heard: list[str] = []
        async with scripted.client_of(answer) as client, Tasks() as tasks:
            informer = Informer(client, CONFIGMAPS, clock=SystemClock())
            informer.on_event(lambda kind, new, old: heard.append(cause.heard()))
            tasks.spawn("informer", informer.run())
            await informer.synced()
            end.set()
        assert heard == ["41"]
        assert cause.heard() == ""

    run(go())


def test_writes_carry_the_reason_and_reads_do_not() -> None:
    seen: list[tuple[str, str | None]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append((request.method, request.headers.get(cause.HEADER)))
        return scripted.answer({})

    async def go() -> None:
        async with scripted.client_of(answer) as client:
            await client.create(CONFIGMAPS, {"metadata": {"name": "a"}}, "n")
            cause.begin("c", "n/a", ["3"])
            await client.get(CONFIGMAPS, "a", "n")
            await client.delete(CONFIGMAPS, "a", "n")

    run(go())
    assert seen == [("POST", None), ("GET", None), ("DELETE", "c;3;n/a")]
