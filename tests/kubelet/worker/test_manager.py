"""The pods of a node over restarts of the kubelet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wherry.kubelet.runtime.contract import ContainerState
from wherry.kubelet.worker.manager import PodManager

from tests.kubelet.fakes import Bench, container, pod
from tests.support import run


def ran(code: int | None = None, **more: Any) -> dict[str, Any]:
    """A status that an earlier kubelet wrote."""
    state: dict[str, Any] = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
    if code is not None:
        state = {"terminated": {"exitCode": code, "reason": "Completed"}}
    known = {"name": "c", "containerID": "wherry://old", "restartCount": 2, "state": state, **more}
    return {"phase": "Running", "podIP": "127.64.1.9", "containerStatuses": [known]}


async def managed(bench: Bench, desired: dict[str, Any]) -> PodManager:
    manager = PodManager(bench.host)
    manager.heard("ADDED", desired, None)
    await bench.clock.settle()
    return manager


def test_a_running_container_is_adopted_with_its_past(tmp_path: Path) -> None:
    async def scenario() -> None:
        desired = {**pod(container("c")), "status": ran(ready=True)}
        bench = Bench(desired, tmp_path)
        bench.runtime.states["old"] = ContainerState("old", "u1", "c", 2, True, 1)
        manager = await managed(bench, desired)
        status = bench.container("c")
        assert (status["restartCount"], status["containerID"], status["ready"]) == (2, "wherry://old", True)
        assert (bench.runtime.specs, bench.status["podIP"]) == ([], "127.64.1.9")
        await manager.close()

    run(scenario())


def test_a_lost_container_is_restarted_and_counted(tmp_path: Path) -> None:
    async def scenario() -> None:
        desired = {**pod(container("c")), "status": ran()}
        bench = Bench(desired, tmp_path)
        manager = await managed(bench, desired)
        status = bench.container("c")
        assert status["restartCount"] == 3
        assert status["lastState"]["terminated"]["reason"] == "ContainerStatusUnknown"
        await manager.close()

    run(scenario())


def test_what_had_ended_for_good_stays_ended(tmp_path: Path) -> None:
    async def scenario() -> None:
        desired = {**pod(container("c"), restartPolicy="Never"), "status": ran(0)}
        bench = Bench(desired, tmp_path)
        manager = await managed(bench, desired)
        assert (bench.runtime.specs, bench.status["phase"]) == ([], "Succeeded")
        await manager.close()

    run(scenario())


def test_containers_of_vanished_pods_are_ended(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(pod(container("c")), tmp_path)
        bench.runtime.states["old"] = ContainerState("old", "gone", "c", 0, True, 1)
        manager = PodManager(bench.host)
        await manager.end_orphans()
        assert bench.runtime.states == {}
        await manager.close()

    run(scenario())


def test_a_deleted_pod_is_forgotten_and_its_name_can_come_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        desired = pod(container("c"))
        bench = Bench(desired, tmp_path)
        manager = await managed(bench, desired)
        marked = {**desired["metadata"], "deletionTimestamp": "x", "deletionGracePeriodSeconds": 0}
        manager.heard("MODIFIED", {**desired, "metadata": marked}, desired)
        await bench.clock.settle()
        assert bench.finished
        manager.heard("DELETED", desired, desired)
        again = {**desired, "metadata": {**desired["metadata"], "uid": "u2"}}
        manager.heard("ADDED", again, None)
        await bench.clock.settle()
        assert [p["metadata"]["uid"] for p in manager.pods()] == ["u2"]
        assert manager.find("default", "p") is manager.worker("u2")
        await manager.close()

    run(scenario())


def test_a_new_label_is_shown_to_the_pod(tmp_path: Path) -> None:
    async def scenario() -> None:
        desired = pod(container("c"))
        bench = Bench(desired, tmp_path)
        manager = await managed(bench, desired)
        before = bench.volumes.set_ups
        changed = {**desired, "metadata": {**desired["metadata"], "labels": {"new": "label"}}}
        manager.heard("MODIFIED", changed, desired)
        await bench.clock.settle()
        assert bench.volumes.set_ups == before + 1
        await manager.close()

    run(scenario())
