"""Ephemeral containers: they join a running pod, start once, and go with it."""

from __future__ import annotations

from pathlib import Path

from tests.kubelet.fakes import Bench, Object, container, pod
from tests.support import run


async def add(bench: Bench, *containers: Object) -> None:
    spec = {**bench.worker.pod["spec"], "ephemeralContainers": list(containers)}
    bench.worker.update({**bench.worker.pod, "spec": spec})
    await bench.clock.settle()


def states(bench: Bench) -> dict[str, str]:
    """What each is doing by name."""
    return {s["name"]: next(iter(s["state"])) for s in bench.status["ephemeralContainerStatuses"]}


def test_they_join_a_pod_that_runs(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("main")), tmp_path) as bench:
            assert "ephemeralContainerStatuses" not in bench.status
            await add(bench, container("look"))
            assert bench.runtime.running() == ["main", "look"]
            (status,) = bench.status["ephemeralContainerStatuses"]
            assert (status["name"], status["ready"], status["restartCount"]) == ("look", False, 0)
            assert "running" in status["state"] and "started" not in status
            assert bench.worker.record("look") is not None
            assert bench.condition("Ready")["status"] == "True"

    run(scenario())


def test_they_are_never_started_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("main")), tmp_path) as bench:
            await add(bench, container("look"))
            await bench.end("look", 1)
            await bench.after(600)
            assert states(bench) == {"look": "terminated"}
            assert bench.status["phase"] == "Running" and bench.condition("Ready")["status"] == "True"
            await add(bench, container("look"), container("again"))
            assert states(bench) == {"look": "terminated", "again": "running"}

    run(scenario())


def test_they_start_while_init_containers_still_run(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("main"), initContainers=[container("first")]), tmp_path) as bench:
            await add(bench, container("look"))
            assert bench.runtime.running() == ["first", "look"]
            assert bench.status["phase"] == "Pending"

    run(scenario())


def test_they_end_with_their_pod(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("main")), tmp_path) as bench:
            await add(bench, container("look"))
            await bench.delete()
            assert {name for name, _ in bench.runtime.signals} == {"main", "look"}
            assert bench.finished

    run(scenario())


def test_they_do_not_keep_a_finished_pod_alive(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("main"), restartPolicy="Never"), tmp_path) as bench:
            await add(bench, container("look"))
            await bench.end("main")
            assert bench.status["phase"] == "Succeeded" and not bench.runtime.running()

    run(scenario())


def test_one_that_has_ended_is_known_after_a_restart_of_the_kubelet(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("main")), tmp_path) as bench:
            await add(bench, container("look"))
            await bench.end("look")
            seen = {**bench.worker.pod, "status": bench.status}
        later = Bench(seen, tmp_path)
        later.worker.restore()
        async with later:
            assert states(later) == {"look": "terminated"}
            assert "look" not in later.runtime.running()

    run(scenario())
