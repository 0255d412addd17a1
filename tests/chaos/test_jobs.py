"""Pods of a Job are counted once, however late the controller hears of what it did itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from wherry.client.resources import JOBS, NAMESPACES
from wherry.controllers.job.controller import JobController

from tests.chaos import things
from tests.chaos.sim import simulate
from tests.chaos.things import NAMESPACE
from tests.chaos.wire import Faults
from tests.chaos.world import controllers, nodes, opened, scheduler

Object = dict[str, Any]
LATE = Faults(lag=8.0)
ADOPTING = 3.0
"""Seconds that an adoption takes, during which the cache goes on."""


def test_a_pod_whose_end_is_seen_while_others_are_adopted_is_counted_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claim = JobController.claim

    async def slow(self: JobController, owner: Object) -> list[Object]:
        pods = await claim(self, owner)
        await asyncio.sleep(ADOPTING)
        return pods

    async def scenario() -> int:
        async with opened(1) as world:
            await world.admin.create(NAMESPACES, {"metadata": {"name": NAMESPACE}})
            wanted = ("job-controller", "serviceaccount-controller", "node-lifecycle-controller")
            for process in (
                world.process("controllers", "controller-manager", controllers(world, *wanted), LATE),
                world.process("scheduler", "scheduler", scheduler(world)),
                world.process("nodes", "admin", nodes(world, "n1")),
            ):
                process.start()
            await world.admin.create(JOBS, things.job("j", 8, 2))
            await world.quiet(60)
            job = await world.admin.get(JOBS, "j", NAMESPACE)
            return int(job["status"]["succeeded"])

    monkeypatch.setattr(JobController, "claim", slow)
    assert simulate(scenario()) == 8
