"""Leader election: one leads, another takes over."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web
from wherry.apimachinery.clock import SystemClock
from wherry.client.client import Client
from wherry.client.leaderelection import LeaderElector, LeadershipLost
from wherry.client.tasks import Tasks

from tests.client import scripted
from tests.support import run


class Leases:
    """One Lease with optimistic concurrency; `broken` refuses every write."""

    def __init__(self) -> None:
        self.lease: dict[str, Any] | None = None
        self.version = 0
        self.broken = False

    async def __call__(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            if self.lease is None:
                return scripted.answer(scripted.status(404, "NotFound", "none"), 404)
            return scripted.answer(self.lease)
        body = await request.json()
        stale = request.method == "PUT" and body["metadata"].get("resourceVersion") != str(self.version)
        if self.broken or stale:
            return scripted.answer(scripted.status(409, "Conflict", "stale"), 409)
        self.version += 1
        body["metadata"]["resourceVersion"] = str(self.version)
        self.lease = body
        return scripted.answer(body)

    @property
    def holder(self) -> str:
        return str(self.lease["spec"]["holderIdentity"]) if self.lease is not None else ""


def elector(client: Client, identity: str) -> LeaderElector:
    return LeaderElector(client, "kube-system", "x", identity, clock=SystemClock(100))


async def forever() -> None:
    await asyncio.Event().wait()


async def until_held(leases: Leases, by: str) -> None:
    while leases.holder != by:  # noqa: ASYNC110 - the holder is a state, not an event
        await asyncio.sleep(0.002)


def test_one_of_two_leads_and_gives_the_lease_back() -> None:
    async def go() -> None:
        leases = Leases()
        async with scripted.client_of(leases) as client, Tasks() as tasks:
            first = tasks.spawn("a", elector(client, "a").run(forever))
            await until_held(leases, "a")
            tasks.spawn("b", elector(client, "b").run(forever))
            await asyncio.sleep(0.1)
            assert leases.holder == "a"
            first.cancel()
            await until_held(leases, "b")
            assert leases.lease is not None
            assert leases.lease["spec"]["leaseTransitions"] == 1

    run(go())


def test_a_holder_that_stopped_renewing_is_replaced() -> None:
    async def go() -> None:
        leases = Leases()
        leases.version = 1
        leases.lease = {
            "metadata": {"name": "x", "namespace": "kube-system", "resourceVersion": "1"},
            "spec": {
                "holderIdentity": "dead",
                "leaseDurationSeconds": 15,
                "renewTime": "2026-01-01T00:00:00.000000Z",
            },
        }
        async with scripted.client_of(leases) as client, Tasks() as tasks:
            tasks.spawn("a", elector(client, "a").run(forever))
            await until_held(leases, "a")

    run(go())


def test_a_leader_that_cannot_renew_stops() -> None:
    async def go() -> None:
        leases = Leases()
        async with scripted.client_of(leases) as client:
            task = asyncio.create_task(elector(client, "a").run(forever))
            await until_held(leases, "a")
            leases.broken = True
            with pytest.raises(LeadershipLost):
                await task

    run(go())


def test_a_standby_is_ready_while_another_leads() -> None:
    async def go() -> None:
        leases = Leases()
        async with scripted.client_of(leases) as client, Tasks() as tasks:
            leader, standby = elector(client, "a"), elector(client, "b")
            ready = standby.readiness(lambda: "caches are not filled yet")
            assert ready()
            first = tasks.spawn("a", leader.run(forever))
            await until_held(leases, "a")
            tasks.spawn("b", standby.run(forever))
            while ready():  # noqa: ASYNC110 - a state, not an event
                await asyncio.sleep(0.002)
            first.cancel()
            await until_held(leases, "b")
            while not ready():  # noqa: ASYNC110 - a state, not an event
                await asyncio.sleep(0.002)
            assert leader.readiness(lambda: "not yet")() == "not yet"

    run(go())
