"""Containers that end: restart policies, back-off, what the status shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kubelet.fakes import Bench, container, pod
from tests.support import run


def test_a_pod_that_runs_is_ready(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("c")), tmp_path) as bench:
            assert bench.status["phase"] == "Running"
            assert bench.status["podIP"] == "127.64.1.2"
            assert [c["type"] for c in bench.status["conditions"] if c["status"] == "True"] == [
                "PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled",
            ]  # fmt: skip
            assert bench.reasons() == ["Pulling", "Pulled", "Created", "Started"]
            assert bench.container("c")["started"] and bench.container("c")["ready"]

    run(scenario())


def test_restarts_wait_twice_as_long_each_time(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("c")), tmp_path) as bench:
            await bench.end("c", 1)
            assert bench.container("c")["restartCount"] == 1, "the first restart is immediate"
            for delay, shown in (
                (10, "10s"),
                (20, "20s"),
                (40, "40s"),
                (80, "1m20s"),
                (160, "2m40s"),
                (300, "5m0s"),
            ):
                await bench.end("c", 1)
                waiting = bench.container("c")["state"]["waiting"]
                assert waiting["reason"] == "CrashLoopBackOff"
                assert (
                    waiting["message"] == f"back-off {shown} restarting failed container=c pod=p_default(u1)"
                )
                await bench.after(delay - 0.5)
                assert not bench.runtime.running()
                await bench.after(0.6)
                assert bench.runtime.running() == ["c"]

    run(scenario())


def test_ten_quiet_minutes_forget_the_back_off(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("c")), tmp_path) as bench:
            for _ in range(2):
                await bench.end("c", 1)
                await bench.after(11)
            await bench.after(700)
            await bench.end("c", 1)
            assert bench.runtime.running() == ["c"]

    run(scenario())


def renamed(bench: Bench, image: str) -> None:
    spec = {**bench.worker.pod["spec"], "containers": [container("c", image=image)]}
    bench.worker.update({**bench.worker.pod, "spec": spec})


@pytest.mark.parametrize("policy", ["Always", "Never"])
def test_another_image_starts_a_running_container_anew(tmp_path: Path, policy: str) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("c"), restartPolicy=policy), tmp_path) as bench:
            renamed(bench, "busybox:2")
            await bench.clock.settle()
            assert ("Killing", "Container c definition changed, will be restarted") in bench.events
            assert bench.runtime.running() == ["c"]
            found = bench.container("c")
            assert (found["restartCount"], found["image"]) == (1, "docker.io/library/busybox:2")

    run(scenario())


def test_another_image_forgets_the_back_off(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("c")), tmp_path) as bench:
            for _ in range(3):
                await bench.end("c", 1)
                await bench.after(20)
            renamed(bench, "busybox:2")
            await bench.clock.settle()
            await bench.end("c", 1)
            assert bench.runtime.running() == ["c"]
            await bench.end("c", 1)
            assert "back-off 10s" in bench.container("c")["state"]["waiting"]["message"]

    run(scenario())


def test_a_pod_that_changes_its_image_is_ready_all_the_time(tmp_path: Path) -> None:
    """Unless it does not come back: upstream's test of a pod's life counts on it."""

    async def scenario() -> None:
        async with Bench(pod(container("c")), tmp_path) as bench:
            seen = len(bench.published)
            renamed(bench, "busybox:2")
            await bench.clock.settle()
            shown = [status["containerStatuses"][0] for status in bench.published[seen:]]
            assert {status["ready"] for status in shown} == {True}
            assert shown[-1]["restartCount"] == 1
            renamed(bench, "wherry.dev/missing:1")
            await bench.clock.settle()
            assert bench.container("c")["state"]["waiting"]["reason"] == "ErrImagePull"

    run(scenario())


def test_another_image_is_tried_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("c")), tmp_path) as bench:
            for _ in range(2):
                await bench.end("c", 1)
            assert bench.runtime.running() == []
            renamed(bench, "busybox:2")
            await bench.clock.settle()
            assert bench.runtime.running() == ["c"]
            await bench.end("c", 1)
            assert "back-off 10s" in bench.container("c")["state"]["waiting"]["message"]

    run(scenario())


def test_a_name_that_is_mended_is_pulled_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("c", image="nginx:1.161")), tmp_path) as bench:
            await bench.after(60)
            assert bench.container("c")["state"]["waiting"]["reason"] == "ImagePullBackOff"
            renamed(bench, "nginx:1.16.1")
            await bench.clock.settle()
            assert bench.runtime.running() == ["c"]

    run(scenario())


def test_a_crash_shows_how_it_ended(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("c")), tmp_path) as bench:
            await bench.end("c", 1)
            await bench.end("c", 2)
            status = bench.container("c")
            ended = status["lastState"]["terminated"]
            assert (ended["exitCode"], ended["reason"], status["ready"]) == (2, "Error", False)
            assert bench.condition("Ready")["message"] == "containers with unready status: [c]"
            assert ("BackOff", "Back-off restarting failed container c in pod p_default(u1)") in bench.events

    run(scenario())


@pytest.mark.parametrize(
    ("policy", "code", "phase"),
    [
        ("Never", 0, "Succeeded"),
        ("Never", 3, "Failed"),
        ("OnFailure", 0, "Succeeded"),
        ("OnFailure", 3, "Running"),
    ],
)
def test_the_restart_policy_decides_the_phase(tmp_path: Path, policy: str, code: int, phase: str) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("c"), restartPolicy=policy), tmp_path) as bench:
            await bench.end("c", code)
            assert bench.status["phase"] == phase
            reasons = {"Succeeded": "PodCompleted", "Failed": "PodFailed"}
            assert bench.condition("Ready").get("reason") == reasons.get(phase)

    run(scenario())


def test_a_program_that_cannot_start(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(pod(container("c"), restartPolicy="Never"), tmp_path)
        bench.runtime.refuse = 'exec: "nope": executable file not found in $PATH'
        async with bench:
            ended = bench.container("c")["state"]["terminated"]
            assert (ended["exitCode"], ended["reason"]) == (128, "StartError")
            assert bench.status["phase"] == "Failed"
            assert ("Failed", f"Error: {bench.runtime.refuse}") in bench.events

    run(scenario())


def test_an_image_that_cannot_be_pulled(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod({"name": "c", "image": "wherry.dev/missing:1"}), tmp_path) as bench:
            assert bench.container("c")["state"]["waiting"]["reason"] == "ErrImagePull"
            await bench.after(3)
            waiting = bench.container("c")["state"]["waiting"]
            assert waiting["reason"] == "ImagePullBackOff"
            assert waiting["message"].startswith(
                'Back-off pulling image "wherry.dev/missing:1": ErrImagePull: '
            )
            assert ("Failed", "Error: ErrImagePull") in bench.events
            assert bench.status["phase"] == "Pending"

    run(scenario())
