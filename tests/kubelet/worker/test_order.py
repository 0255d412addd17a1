"""Init containers and sidecars: who waits for whom, at the start and at the end."""

from __future__ import annotations

from pathlib import Path

from wherry.kubelet.worker.host import Waits

from tests.kubelet.fakes import Bench, container, pod
from tests.support import run


def test_init_containers_run_one_after_the_other(tmp_path: Path) -> None:
    async def scenario() -> None:
        desired = pod(container("main"), initContainers=[container("first"), container("second")])
        async with Bench(desired, tmp_path) as bench:
            assert bench.runtime.running() == ["first"]
            assert bench.container("main")["state"]["waiting"]["reason"] == "PodInitializing"
            message = "containers with incomplete status: [first second]"
            assert bench.condition("Initialized")["message"] == message
            await bench.end("first")
            assert bench.runtime.running() == ["second"]
            await bench.end("second")
            assert bench.runtime.running() == ["main"]
            assert bench.condition("Initialized")["status"] == "True"

    run(scenario())


def test_a_failing_init_container_is_tried_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        desired = pod(container("main"), initContainers=[container("first")])
        async with Bench(desired, tmp_path) as bench:
            await bench.end("first", 1)
            await bench.end("first", 1)
            assert bench.container("first")["state"]["waiting"]["reason"] == "CrashLoopBackOff"
            assert bench.status["phase"] == "Pending"

    run(scenario())


def test_a_failing_init_container_fails_a_pod_that_never_restarts(tmp_path: Path) -> None:
    async def scenario() -> None:
        desired = pod(container("main"), initContainers=[container("first")], restartPolicy="Never")
        async with Bench(desired, tmp_path) as bench:
            await bench.end("first", 1)
            assert bench.status["phase"] == "Failed"
            assert not bench.runtime.running()

    run(scenario())


def test_a_sidecar_starts_first_and_ends_last(tmp_path: Path) -> None:
    async def scenario() -> None:
        sidecar = container("side", restartPolicy="Always")
        async with Bench(pod(container("main"), initContainers=[sidecar]), tmp_path) as bench:
            assert bench.runtime.running() == ["side", "main"]
            await bench.delete()
            assert [name for name, _ in bench.runtime.signals] == ["main", "side"]
            assert bench.finished

    run(scenario())


def test_a_sidecar_does_not_keep_a_finished_pod_alive(tmp_path: Path) -> None:
    async def scenario() -> None:
        sidecar = container("side", restartPolicy="Always")
        desired = pod(container("main"), initContainers=[sidecar], restartPolicy="Never")
        async with Bench(desired, tmp_path) as bench:
            await bench.end("main")
            assert bench.status["phase"] == "Succeeded"
            assert not bench.runtime.running()

    run(scenario())


def test_the_others_wait_for_the_startup_probe_of_a_sidecar(tmp_path: Path) -> None:
    async def scenario() -> None:
        probe = {"httpGet": {"path": "/up", "port": 1}, "periodSeconds": 1, "failureThreshold": 100}
        sidecar = container("side", restartPolicy="Always", startupProbe=probe)
        bench = Bench(pod(container("main"), initContainers=[sidecar]), tmp_path)
        bench.checker.failing["/up"] = "not yet"
        async with bench:
            await bench.after(5)
            assert bench.runtime.running() == ["side"]
            bench.checker.failing.clear()
            await bench.after(1)
            assert bench.runtime.running() == ["side", "main"]

    run(scenario())


def test_a_pod_has_no_address_before_it_has_its_volumes(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(pod(container("main")), tmp_path)
        missing = 'MountVolume.SetUp failed for volume "v" : configmap "color" not found'
        bench.volumes.missing = Waits("FailedMount", missing)
        async with bench:
            assert bench.events == [("FailedMount", missing)]
            assert bench.condition("PodReadyToStartContainers")["status"] == "False"
            assert "podIP" not in bench.status
            bench.volumes.missing = None
            await bench.after(2)
            assert bench.condition("PodReadyToStartContainers")["status"] == "True"
            assert bench.status["podIP"] == "127.64.1.2"

    run(scenario())
