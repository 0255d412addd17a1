"""Containers that live on a script."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.kubelet.runtime.contract import ContainerSpec, ContainerState, RuntimeFault, Sandbox
from wherry.kubelet.runtime.simulated import SimulatedRuntime

from tests.support import run


def spec(**annotations: str) -> ContainerSpec:
    given = {f"wherry.dev/{name.replace('_', '-')}": value for name, value in annotations.items()}
    sandbox = Sandbox("u", "default", "p", "p", Path("/nowhere"), "127.64.1.2", annotations=given)
    return ContainerSpec("id", "c", 0, sandbox, "x", ("x",))


class Stage:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.ended: list[ContainerState] = []
        self.runtime = SimulatedRuntime(self.clock, self._spawn)
        self.runtime.on_exit(self.ended.append)

    def _spawn(self, name: str, coro: Any) -> asyncio.Task[Any]:
        return asyncio.get_running_loop().create_task(coro, name=name)


def test_without_a_script_it_runs_until_it_is_told_to_stop() -> None:
    async def scenario() -> None:
        stage = Stage()
        await stage.runtime.start_container(spec())
        await stage.clock.advance(10_000)
        assert stage.ended == []
        await stage.runtime.signal("id", 15)
        assert [(s.exit_code, s.signal) for s in stage.ended] == [(0, 0)]

    run(scenario())


def test_it_ends_when_and_how_the_annotations_say() -> None:
    async def scenario() -> None:
        stage = Stage()
        await stage.runtime.start_container(spec(run_seconds="5", exit_code="3"))
        await stage.clock.settle()
        await stage.clock.advance(4.9)
        assert stage.ended == []
        await stage.clock.advance(0.2)
        assert [(s.exit_code, s.running) for s in stage.ended] == [(3, False)]

    run(scenario())


def test_starting_can_fail() -> None:
    async def scenario() -> None:
        with pytest.raises(RuntimeFault, match="no luck"):
            await Stage().runtime.start_container(spec(start_error="no luck"))

    run(scenario())


def test_usage_is_what_was_asked_for() -> None:
    async def scenario() -> None:
        stage = Stage()
        await stage.runtime.start_container(spec(usage_cpu="250m", usage_memory="1Gi"))
        await stage.clock.advance(4)
        usage = stage.runtime.usage("id")
        assert usage is not None
        assert (usage.cpu_nanos, usage.memory_bytes) == (10**9, 2**30)

    run(scenario())


def test_without_annotations_usage_follows_what_is_asked_for() -> None:
    async def scenario() -> None:
        stage = Stage()
        await stage.runtime.start_container(spec()._replace(cpu_request=500, memory_request=2**20))
        await stage.runtime.start_container(spec()._replace(id="idle"))
        await stage.clock.advance(10)
        now = stage.clock.now()
        assert stage.runtime.usage("id") == (500 * 10**6, 2**19, now)
        assert stage.runtime.usage("idle") == (10 * 10**6, 8 * 2**20, now)

    run(scenario())


def test_a_node_has_used_what_ended_containers_used_too() -> None:
    async def scenario() -> None:
        stage = Stage()
        for name in ("a", "b"):
            await stage.runtime.start_container(spec(usage_cpu="1", usage_memory="1Ki")._replace(id=name))
        await stage.clock.advance(1)
        await stage.runtime.signal("a", 15)
        await stage.runtime.remove_container("a")
        await stage.clock.advance(1)
        assert stage.runtime.node_usage()[:2] == (3 * 10**9, 1024)

    run(scenario())
