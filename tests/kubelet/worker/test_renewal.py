"""A container whose end restarts the whole pod in place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from wherry.kubelet.runtime.contract import ContainerSpec, ContainerState

from tests.kubelet.fakes import Bench, container, pod
from tests.support import run

RULE = {"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [88]}}


def trainer() -> dict[str, Any]:
    watcher = container("watcher", restartPolicy="Always", restartPolicyRules=[RULE])
    hooked = container("main", lifecycle={"preStop": {"httpGet": {"path": "/"}}})
    return pod(hooked, initContainers=[container("setup"), watcher], restartPolicy="Never")


def test_all_containers_begin_anew_and_in_order(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(trainer(), tmp_path) as bench:
            assert bench.condition("AllContainersRestarting")["status"] == "False"
            await bench.end("setup")
            assert bench.runtime.running() == ["watcher", "main"]
            await bench.end("watcher", 88)
            assert bench.runtime.signals == [("main", 9)]
            assert bench.checker.asked == 0
            assert bench.runtime.running() == ["setup"]
            assert bench.status["phase"] == "Pending"
            assert bench.condition("Initialized")["status"] == "True"
            assert bench.container("main")["lastState"]["terminated"]["exitCode"] == 137
            await bench.end("setup")
            assert bench.runtime.running() == ["watcher", "main"]
            counts = [bench.container(name)["restartCount"] for name in ("setup", "watcher", "main")]
            assert counts == [1, 1, 1]

    run(scenario())


@pytest.mark.parametrize("moment", ["before", "after"])
def test_whoever_was_about_to_start_begins_anew_too(tmp_path: Path, moment: str) -> None:
    async def scenario() -> None:
        async with Bench(trainer(), tmp_path) as bench:
            start = bench.runtime.start_container

            async def starting(spec: ContainerSpec) -> ContainerState:
                if spec.name == "main" and spec.attempt == 0 and moment == "before":
                    bench.runtime.end("watcher", 88)
                state = await start(spec)
                if spec.name == "watcher" and spec.attempt == 0 and moment == "after":
                    bench.runtime.end("watcher", 88)
                return state

            bench.runtime.start_container = starting  # type: ignore[method-assign]
            await bench.end("setup")
            assert bench.runtime.running() == ["setup"]
            assert bench.container("setup")["lastState"]["terminated"]["exitCode"] == 0
            await bench.end("setup")
            assert bench.runtime.running() == ["watcher", "main"]

    run(scenario())


def test_it_shows_as_a_condition_while_it_lasts(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(trainer(), tmp_path) as bench:
            await bench.end("setup")
            seen = len(bench.published)
            await bench.end("watcher", 88)
            shown = [
                c["status"]
                for status in bench.published[seen:]
                for c in status["conditions"]
                if c["type"] == "AllContainersRestarting"
            ]
            assert (shown[0], shown[-1]) == ("True", "False")

    run(scenario())


def test_another_exit_code_is_the_containers_own_affair(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(trainer(), tmp_path) as bench:
            await bench.end("setup")
            await bench.end("watcher", 1)
            assert bench.runtime.running() == ["main", "watcher"]
            assert bench.container("main")["restartCount"] == 0

    run(scenario())


def test_pods_without_such_a_rule_have_no_such_condition(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("c")), tmp_path) as bench:
            assert "AllContainersRestarting" not in [c["type"] for c in bench.status["conditions"]]

    run(scenario())
