"""What probes do to a container and its pod."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.kubelet.fakes import Bench, container, pod
from tests.support import run


def probe(path: str, **more: Any) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": 8888}, "periodSeconds": 3, "failureThreshold": 3, **more}


def test_a_failing_liveness_probe_restarts_the_container(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(
            pod(container("demo", livenessProbe=probe("/healthz", initialDelaySeconds=3))), tmp_path
        )
        async with bench:
            await bench.after(10)
            assert bench.container("demo")["restartCount"] == 0
            bench.checker.failing["/healthz"] = "HTTP probe failed with statuscode: 500"
            await bench.after(9)
            assert bench.container("demo")["restartCount"] == 1
            text = "Liveness probe failed: HTTP probe failed with statuscode: 500"
            assert [message for reason, message in bench.events if reason == "Unhealthy"] == [text] * 3
            assert ("Killing", "Container demo failed liveness probe, will be restarted") in bench.events

    run(scenario())


def test_readiness_takes_the_pod_out_and_in_again_without_a_restart(tmp_path: Path) -> None:
    async def scenario() -> None:
        ready = probe("/ready", failureThreshold=1)
        async with Bench(pod(container("demo", readinessProbe=ready)), tmp_path) as bench:
            assert bench.condition("Ready")["status"] == "False"
            await bench.after(0.3)
            assert bench.condition("Ready")["status"] == "True"
            bench.checker.failing["/ready"] = "no"
            await bench.after(3)
            assert bench.condition("Ready")["message"] == "containers with unready status: [demo]"
            bench.checker.failing.clear()
            await bench.after(3)
            assert bench.condition("Ready")["status"] == "True"
            assert bench.container("demo")["restartCount"] == 0

    run(scenario())


def test_nothing_else_is_probed_until_the_startup_probe_succeeds(tmp_path: Path) -> None:
    async def scenario() -> None:
        startup = probe("/up", failureThreshold=30, periodSeconds=10)
        bench = Bench(pod(container("c", startupProbe=startup, livenessProbe=probe("/healthz"))), tmp_path)
        bench.checker.failing = {"/up": "starting", "/healthz": "starting"}
        async with bench:
            await bench.after(100)
            assert bench.container("c")["restartCount"] == 0
            assert not bench.container("c")["started"]
            bench.checker.failing.clear()
            await bench.after(10)
            assert bench.container("c")["started"] and bench.container("c")["ready"]

    run(scenario())


def test_a_startup_probe_that_never_succeeds_ends_the_container(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(pod(container("c", startupProbe=probe("/up", failureThreshold=2))), tmp_path)
        bench.checker.failing["/up"] = "no"
        async with bench:
            await bench.after(4)
            assert ("Killing", "Container c failed startup probe, will be restarted") in bench.events
            assert bench.container("c")["restartCount"] == 1

    run(scenario())


def test_an_odd_success_is_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(pod(container("c", livenessProbe=probe("/led"))), tmp_path)
        bench.checker.odd = "Probe terminated redirects"
        async with bench:
            await bench.after(10)
            text = "Liveness probe warning: Probe terminated redirects"
            assert ("ProbeWarning", text) in bench.events
            assert bench.container("c")["restartCount"] == 0

    run(scenario())


def test_a_readiness_gate_of_someone_else_holds_the_pod_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        gates = [{"conditionType": "www.example.com/gate"}]
        async with Bench(pod(container("c"), readinessGates=gates), tmp_path) as bench:
            assert bench.condition("ContainersReady")["status"] == "True"
            ready = bench.condition("Ready")
            assert ready["reason"] == "ReadinessGatesNotReady"
            text = 'corresponding condition of pod readiness gate "www.example.com/gate" does not exist.'
            assert ready["message"] == text

    run(scenario())
