"""postStart and preStop, and the deadline of a pod."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.kubelet.fakes import Bench, container, pod
from tests.support import run

FAILING = {"httpGet": {"path": "/hook", "port": 80}}


def hooked(**lifecycle: Any) -> dict[str, Any]:
    return pod(container("c", lifecycle=lifecycle))


def test_the_container_is_not_ready_before_its_start_hook_is_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(hooked(postStart={"sleep": {"seconds": 5}}), tmp_path) as bench:
            await bench.after(4)
            assert bench.runtime.running() == ["c"]
            assert not bench.worker.records[0].ready
            await bench.after(1)
            assert bench.container("c")["ready"]

    run(scenario())


def test_a_start_hook_that_fails_ends_the_container(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(hooked(postStart=FAILING), tmp_path)
        bench.checker.failing["/hook"] = "status 500"
        async with bench:
            assert ("FailedPostStartHook", "PostStartHook failed: status 500") in bench.events
            assert ("Killing", "FailedPostStartHook") in bench.events
            assert bench.container("c")["restartCount"] == 1

    run(scenario())


def test_the_stop_hook_comes_before_sigterm_and_counts_as_grace(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(hooked(preStop={"sleep": {"seconds": 6}}), tmp_path)
        bench.runtime.on_term = None
        async with bench:
            await bench.delete(grace=10)
            await bench.after(5.9)
            assert bench.runtime.signals == []
            await bench.after(0.2)
            assert bench.runtime.signals == [("c", 15)]
            await bench.after(4)
            assert bench.runtime.signals == [("c", 15), ("c", 9)]

    run(scenario())


def test_a_stop_hook_that_takes_all_the_grace_leaves_two_seconds(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(hooked(preStop={"sleep": {"seconds": 60}}), tmp_path)
        bench.runtime.on_term = None
        async with bench:
            await bench.delete(grace=5)
            await bench.after(5)
            assert bench.runtime.signals == [("c", 15)]
            await bench.after(2)
            assert bench.runtime.signals == [("c", 15), ("c", 9)]

    run(scenario())


def test_a_stop_hook_that_fails_is_told_and_the_container_ends_anyway(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(hooked(preStop=FAILING), tmp_path)
        bench.checker.failing["/hook"] = "status 500"
        async with bench:
            await bench.delete()
            assert ("FailedPreStopHook", "PreStopHook failed: status 500") in bench.events
            assert bench.finished

    run(scenario())


def test_a_forced_deletion_runs_no_hook(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(hooked(preStop={"sleep": {"seconds": 60}}), tmp_path) as bench:
            await bench.delete(grace=0)
            assert bench.runtime.signals == [("c", 9)]

    run(scenario())


def test_the_container_says_which_signal_ends_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(hooked(stopSignal="SIGUSR1"), tmp_path) as bench:
            await bench.delete()
            assert bench.runtime.signals[0] == ("c", 10)

    run(scenario())


def test_a_pod_that_lives_too_long_fails(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("c"), activeDeadlineSeconds=30), tmp_path) as bench:
            await bench.after(29)
            assert bench.status["phase"] == "Running"
            await bench.after(1.1)
            text = "Pod was active on the node longer than the specified deadline"
            assert (bench.status["phase"], bench.status["reason"]) == ("Failed", "DeadlineExceeded")
            assert bench.status["message"] == text
            assert ("DeadlineExceeded", text) in bench.events
            assert bench.runtime.running() == []

    run(scenario())
