"""Events: counted, combined and held back as upstream does, and written to a real API server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from wherry.apimachinery.clock import FakeClock
from wherry.client.events import EventRecorder
from wherry.client.tasks import Tasks

from tests.client import scripted
from tests.support import run

Object = dict[str, Any]


class Server:
    """Keeps events by name; a patch merges into one."""

    def __init__(self) -> None:
        self.events: dict[str, Object] = {}

    async def __call__(self, request: web.Request) -> web.Response:
        body = await request.json()
        name = body.get("metadata", {}).get("name") or request.path.rpartition("/")[2]
        if request.method == "PATCH" and name not in self.events:
            return scripted.answer(scripted.status(404, "NotFound", "gone"), 404)
        self.events[name] = {**self.events.get(name, {}), **body}
        return scripted.answer({"metadata": {"name": name, "namespace": "ns"}})

    def told(self) -> list[tuple[str, int]]:
        return [(event["message"], event["count"]) for event in self.events.values()]


def pod(name: str = "p") -> Object:
    meta = {"name": name, "namespace": "ns", "uid": f"uid-{name}", "resourceVersion": "7"}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": meta}


@asynccontextmanager
async def recorder(clock: FakeClock) -> AsyncIterator[tuple[EventRecorder, Server]]:
    server = Server()
    async with scripted.client_of(server) as client, Tasks() as tasks:
        made = EventRecorder(client, "kubelet", clock, host="n1")
        tasks.spawn("events", made.run())
        yield made, server


async def sent(made: EventRecorder) -> None:
    while not made.idle:  # noqa: ASYNC110 - idleness is a state, not an event
        await asyncio.sleep(0.001)


def test_an_event_names_its_object_and_source() -> None:
    async def go() -> None:
        async with recorder(FakeClock()) as (made, server):
            made.event(pod(), "Normal", "Pulled", "Image pulled")
            await sent(made)
            [event] = server.events.values()
        assert event["involvedObject"] == {
            "kind": "Pod",
            "namespace": "ns",
            "name": "p",
            "uid": "uid-p",
            "apiVersion": "v1",
            "resourceVersion": "7",
        }
        assert event["source"] == {"component": "kubelet", "host": "n1"}
        assert event["metadata"]["name"].startswith("p.")
        assert event["firstTimestamp"] == event["lastTimestamp"] == "2026-01-01T00:00:00Z"

    run(go())


def test_the_same_again_is_counted() -> None:
    async def go() -> None:
        clock = FakeClock()
        async with recorder(clock) as (made, server):
            for _ in range(3):
                made.event(pod(), "Warning", "BackOff", "again")
                await sent(made)
                await clock.advance(10)
            assert server.told() == [("again", 3)]
            assert next(iter(server.events.values()))["lastTimestamp"] == "2026-01-01T00:00:20Z"

    run(go())


def test_a_forgotten_event_is_written_anew() -> None:
    async def go() -> None:
        async with recorder(FakeClock()) as (made, server):
            made.event(pod(), "Warning", "BackOff", "again")
            await sent(made)
            server.events.clear()
            made.event(pod(), "Warning", "BackOff", "again")
            await sent(made)
            assert server.told() == [("again", 2)]

    run(go())


def test_many_alike_are_combined() -> None:
    async def go() -> None:
        async with recorder(FakeClock()) as (made, server):
            for number in range(12):
                made.event(pod(), "Warning", "Failed", f"try {number}")
            await sent(made)
            assert [count for _, count in server.told()] == [1] * 12
            combined = [m for m, _ in server.told() if m.startswith("(combined from similar events): ")]
            assert combined == [f"(combined from similar events): try {n}" for n in (9, 10, 11)]
            unsigned = [e for e in server.events.values() if not e["reportingComponent"]]
            assert len(unsigned) == len(combined)

    run(go())


def test_recorders_of_one_lane_take_turns() -> None:
    async def scenario() -> None:
        running, most = 0, 0

        async def answer(request: web.Request) -> web.Response:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1
            return scripted.answer({"metadata": {"name": "e", "namespace": "ns"}})

        async with scripted.client_of(answer) as client, Tasks() as tasks:
            lane = asyncio.Semaphore(2)
            made = [EventRecorder(client, "kubelet", FakeClock(), lane=lane) for _ in range(6)]
            for number, one in enumerate(made):
                one.event(pod(f"p{number}"), "Normal", "Started", "Container started")
                tasks.spawn(f"events {number}", one.run())
            for one in made:
                await sent(one)
        assert most <= 2

    run(scenario())


def test_an_object_has_its_share_and_others_theirs() -> None:
    async def go() -> None:
        async with recorder(FakeClock()) as (made, server):
            for number in range(30):
                made.event(pod("loud"), "Warning", f"Reason{number}", "m")
            made.event(pod("quiet"), "Normal", "Once", "m")
            await sent(made)
            loud = [e for e in server.events.values() if e["involvedObject"]["name"] == "loud"]
            assert (len(loud), len(server.events)) == (25, 26)

    run(go())
