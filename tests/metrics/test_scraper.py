"""Kubelets are read while somebody asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, cast

import orjson
from wherry.apimachinery.clock import FakeClock
from wherry.client.client import Client
from wherry.client.errors import Unreachable
from wherry.client.tasks import Tasks
from wherry.metrics.scraper import IDLE, Scraper

from tests.support import run

Object = dict[str, Any]


class Kubelets:
    """A client whose nodes use one core each. `down`: nodes that cannot be reached."""

    def __init__(self, clock: FakeClock, *nodes: str) -> None:
        self._clock = clock
        self.nodes = nodes
        self.down: set[str] = set()
        self.readings = 0

    async def list(self, r: object) -> Object:
        return {"items": [{"metadata": {"name": name}} for name in self.nodes]}

    async def raw(self, method: str, path: str) -> tuple[int, Object, bytes]:
        name = path.split("/")[4]
        if name in self.down:
            raise Unreachable(name)
        self.readings += 1
        cpu = {"usageCoreNanoSeconds": int(self._clock.monotonic() * 10**9)}
        return 200, {}, orjson.dumps({"node": {"cpu": cpu, "memory": {"workingSetBytes": 1}}})


Scenario = Callable[[Kubelets, Scraper, FakeClock], Coroutine[Any, Any, None]]


def drive(scenario: Scenario) -> None:
    async def body() -> None:
        clock = FakeClock()
        kubelets = Kubelets(clock, "n1", "n2")
        scraper = Scraper(cast(Client, kubelets), clock, 15.0)
        async with Tasks() as tasks:
            tasks.spawn("readings", scraper.run())
            await scenario(kubelets, scraper, clock)

    run(body())


async def ask(scraper: Scraper, clock: FakeClock) -> dict[str, Any]:
    """What each node uses, when the time that the answer takes has passed."""
    question = asyncio.create_task(scraper.usage())
    for _ in range(20):
        await asyncio.sleep(0)
    if not question.done():
        await clock.advance(1.0)
    return {name: usage.node() for name, usage in (await question).items()}


def test_the_first_question_waits_for_two_readings() -> None:
    async def scenario(kubelets: Kubelets, scraper: Scraper, clock: FakeClock) -> None:
        used = {"cpu": "1", "memory": "1"}
        assert await ask(scraper, clock) == {"n1": used, "n2": used}
        assert kubelets.readings == 4
        await ask(scraper, clock)
        assert kubelets.readings == 4

    drive(scenario)


def test_reading_goes_on_while_somebody_asks_and_then_stops() -> None:
    async def scenario(kubelets: Kubelets, scraper: Scraper, clock: FakeClock) -> None:
        await ask(scraper, clock)
        await clock.advance(15.0)
        assert kubelets.readings == 6
        await clock.advance(2 * IDLE)
        seen = kubelets.readings
        await clock.advance(2 * IDLE)
        assert kubelets.readings == seen
        await ask(scraper, clock)
        assert kubelets.readings == seen + 4

    drive(scenario)


def test_a_node_that_is_away_has_no_usage_until_it_is_back() -> None:
    async def scenario(kubelets: Kubelets, scraper: Scraper, clock: FakeClock) -> None:
        await ask(scraper, clock)
        kubelets.down.add("n2")
        await clock.advance(15.0)
        assert set(await ask(scraper, clock)) == {"n1"}
        kubelets.down.clear()
        await clock.advance(15.0)
        assert set(await ask(scraper, clock)) == {"n1"}
        await clock.advance(15.0)
        assert set(await ask(scraper, clock)) == {"n1", "n2"}

    drive(scenario)
