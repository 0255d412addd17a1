"""Resources that are changed while the pod runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from wherry.kubelet.worker.manager import PodManager
from wherry.kubelet.worker.resize import refusal

from tests.kubelet.fakes import Bench, container, pod
from tests.support import run

Object = dict[str, Any]
NODE = {"cpu": "2", "memory": "1Gi", "pods": "110"}


def amounts(cpu: str, memory: str) -> Object:
    return {"limits": {"cpu": cpu, "memory": memory}, "requests": {"cpu": cpu, "memory": memory}}


def sized(cpu: str, memory: str, **more: Any) -> Object:
    return pod(container("c", resources=amounts(cpu, memory), **more))


def on_a_node(tmp_path: Path, desired: Object) -> Bench:
    bench = Bench(desired, tmp_path)
    bench.worker._host = bench.host._replace(allocatable=NODE)
    bench.worker._resizer._host = bench.worker._host
    return bench


async def ask(bench: Bench, cpu: str, memory: str) -> None:
    have = bench.worker.pod
    meta = {**have["metadata"], "generation": have["metadata"]["generation"] + 1}
    changed = {**have["spec"]["containers"][0], "resources": amounts(cpu, memory)}
    bench.worker.update({**have, "metadata": meta, "spec": {**have["spec"], "containers": [changed]}})
    await bench.clock.settle()


def pending(bench: Bench) -> Object | None:
    found = [c for c in bench.status["conditions"] if c["type"] == "PodResizePending"]
    return found[0] if found else None


async def ask_whole(bench: Bench, cpu: str, memory: str) -> None:
    have = bench.worker.pod
    spec = {**have["spec"], "resources": amounts(cpu, memory)}
    bench.worker.update({**have, "spec": spec})
    await bench.clock.settle()


def test_limits_of_the_whole_pod_are_those_of_containers_without_any(tmp_path: Path) -> None:
    async def scenario() -> None:
        mine = container("mine", resources=amounts("100m", "10Mi"))
        spec = {"resources": amounts("1", "100Mi")}
        async with on_a_node(tmp_path, pod(container("c"), mine, **spec)) as bench:
            assert [(s.name, s.memory_limit, s.cpu_limit) for s in bench.runtime.specs] == [
                ("c", 100 << 20, 1000),
                ("mine", 10 << 20, 100),
            ]
            await ask_whole(bench, "1500m", "80Mi")
            assert [(given.memory, given.cpu) for given in bench.runtime.limits] == [
                (80 << 20, 1500),
                (10 << 20, 100),
            ]
            assert [reason for reason, _ in bench.events[-2:]] == ["ResizeStarted", "ResizeCompleted"]
            assert bench.container("c")["resources"] == {}
            await ask_whole(bench, "3", "80Mi")
            found = pending(bench)
            assert found and found["reason"] == "Infeasible"

    run(scenario())


def test_a_container_starts_again_when_the_whole_pods_limit_is_its_own(tmp_path: Path) -> None:
    async def scenario() -> None:
        policy = [{"resourceName": "memory", "restartPolicy": "RestartContainer"}]
        desired = pod(container("c", resizePolicy=policy), resources=amounts("1", "100Mi"))
        async with on_a_node(tmp_path, desired) as bench:
            await ask_whole(bench, "500m", "100Mi")
            assert bench.container("c")["restartCount"] == 0
            await ask_whole(bench, "500m", "200Mi")
            assert bench.container("c")["restartCount"] == 1
            assert bench.runtime.specs[-1].memory_limit == 200 << 20

    run(scenario())


def test_a_container_starts_again_with_what_its_pod_was_granted_as_a_whole(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with on_a_node(tmp_path, pod(container("c"), resources=amounts("1", "100Mi"))) as bench:
            await ask_whole(bench, "3", "200Mi")
            await bench.end("c", 1)
            await bench.after(20)
            assert [spec.memory_limit >> 20 for spec in bench.runtime.specs] == [100, 100]
            found = [reason for reason, _ in bench.events if reason.startswith("Resize")]
            assert (found, bench.runtime.limits) == (["ResizeInfeasible"], [])

    run(scenario())


@pytest.mark.parametrize("lost", [False, True])
def test_what_was_refused_stays_so_when_the_kubelet_starts_again(tmp_path: Path, lost: bool) -> None:
    async def scenario() -> None:
        async with on_a_node(tmp_path, pod(container("c"), resources=amounts("1", "100Mi"))) as bench:
            await ask_whole(bench, "3", "200Mi")
            told = bench.status
            if lost:
                bench.runtime.states.clear()
            manager = PodManager(bench.worker._host)
            manager.heard("ADDED", {**bench.worker.pod, "status": told}, None)
            worker = manager.worker("u1")
            assert worker and worker.granted["spec"]["resources"] == amounts("1", "100Mi")
            await bench.clock.settle()
            assert bench.status["resources"] == told["resources"]
            assert (pending(bench) or {})["reason"] == "Infeasible"
            assert bench.runtime.specs[-1].memory_limit == 100 << 20
            assert {given.memory for given in bench.runtime.limits} <= {100 << 20}
            await manager.close()

    run(scenario())


def test_a_container_that_has_no_limits_keeps_none_when_the_kubelet_starts_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with on_a_node(tmp_path, pod(container("c"))) as bench:
            await ask(bench, "3", "200Mi")
            manager = PodManager(bench.worker._host)
            manager.heard("ADDED", {**bench.worker.pod, "status": bench.status}, None)
            await bench.clock.settle()
            assert (bench.container("c")["resources"], bench.runtime.limits) == ({}, [])
            await manager.close()

    run(scenario())


def test_what_is_used_is_looked_at_only_to_resize(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        looks: list[str] = []
        async with on_a_node(tmp_path, sized("500m", "100Mi")) as bench:
            monkeypatch.setattr(bench.runtime, "usage", looks.append)
            bench.worker.refresh_volumes()
            await bench.clock.settle()
            assert looks == []
            await ask(bench, "500m", "200Mi")
            assert len(looks) == 1

    run(scenario())


def test_sidecars_count_for_the_limit_of_the_pod(tmp_path: Path) -> None:
    async def scenario() -> None:
        side = container("side", resources=amounts("100m", "50Mi"), restartPolicy="Always")
        desired = pod(container("c", resources=amounts("500m", "100Mi")), initContainers=[side])
        async with on_a_node(tmp_path, desired) as bench:
            bench.runtime.used = 30 << 20
            await ask(bench, "500m", "40Mi")
            assert (bench.runtime.running(), bench.runtime.limits[-1].memory) == (["side", "c"], 40 << 20)
            await ask(bench, "500m", "5Mi")
            assert "pod memory limit (57671680)" in bench.condition("PodResizeInProgress")["message"]

    run(scenario())


def test_a_limit_is_not_lowered_below_what_is_used(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with on_a_node(tmp_path, sized("500m", "100Mi")) as bench:
            bench.runtime.used = 50 << 20
            await ask(bench, "500m", "60Mi")
            assert [limits.memory for limits in bench.runtime.limits] == [60 << 20]
            await ask(bench, "500m", "10Mi")
            assert bench.container("c")["resources"] == amounts("500m", "60Mi")
            assert pending(bench) is None
            why = (
                "cannot decrease memory limits: [attempting to set pod memory limit (10485760) below current "
                'usage (52428800), attempting to set container "c" memory limit (10485760) below current '
                "usage (52428800)]"
            )
            shown = bench.condition("PodResizeInProgress")
            assert (shown["reason"], shown["message"]) == ("Error", why)
            assert [reason for reason, _ in bench.events if reason.startswith("Resize")][-1] == "ResizeError"
            told = len(bench.events)
            bench.runtime.used = 5 << 20
            await bench.after(3)
            assert bench.container("c")["resources"] == amounts("500m", "10Mi")
            assert [reason for reason, _ in bench.events[told:]] == ["ResizeCompleted"]

    run(scenario())


def test_a_running_container_is_given_more_without_a_restart(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with on_a_node(tmp_path, sized("500m", "100Mi")) as bench:
            await ask(bench, "800m", "200Mi")
            assert bench.container("c")["resources"] == amounts("800m", "200Mi")
            assert bench.container("c")["allocatedResources"] == {"cpu": "800m", "memory": "200Mi"}
            assert bench.container("c")["restartCount"] == 0
            assert [limits.memory for limits in bench.runtime.limits] == [200 * 2**20]
            said = {"containers": [{"name": "c", "resources": amounts("800m", "200Mi")}], "generation": 2}
            text = json.dumps(said, separators=(",", ":"))
            assert bench.events[-2:] == [
                ("ResizeStarted", f"Pod resize started: {text}"),
                ("ResizeCompleted", f"Pod resize completed: {text}"),
            ]

    run(scenario())


def test_a_container_that_asks_for_it_is_restarted(tmp_path: Path) -> None:
    async def scenario() -> None:
        policy = [{"resourceName": "memory", "restartPolicy": "RestartContainer"}]
        async with on_a_node(tmp_path, sized("500m", "100Mi", resizePolicy=policy)) as bench:
            bench.runtime.on_term = None
            await ask(bench, "800m", "100Mi")
            assert "Killing" not in bench.reasons()
            await ask(bench, "800m", "200Mi")
            assert ("Killing", "Container c resize requires restart") in bench.events
            assert bench.condition("PodResizeInProgress")["status"] == "True"
            assert bench.container("c")["resources"] == amounts("800m", "100Mi")
            await bench.end("c", 0)
            assert bench.container("c")["restartCount"] == 1
            assert bench.container("c")["resources"] == amounts("800m", "200Mi")
            assert bench.reasons()[-1] == "ResizeCompleted"
            assert [c for c in bench.status["conditions"] if c["type"] == "PodResizeInProgress"] == []

    run(scenario())


def test_what_the_node_never_has_is_infeasible(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with on_a_node(tmp_path, sized("500m", "100Mi")) as bench:
            await ask(bench, "500m", "2Gi")
            found = pending(bench) or {}
            why = "Node didn't have enough capacity: memory, requested: 2147483648, capacity: 1073741824"
            assert (found["reason"], found["message"]) == ("Infeasible", why)
            assert bench.container("c")["resources"] == amounts("500m", "100Mi")
            assert bench.worker.granted["spec"]["containers"][0]["resources"] == amounts("500m", "100Mi")
            assert bench.reasons()[-1] == "ResizeInfeasible"
            await ask(bench, "600m", "100Mi")
            assert pending(bench) is None

    run(scenario())


def test_what_others_have_is_waited_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with on_a_node(tmp_path, sized("500m", "100Mi")) as bench:
            bench.others.append(sized("1", "100Mi"))
            await ask(bench, "1500m", "100Mi")
            found = pending(bench) or {}
            why = "Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000"
            assert (found["reason"], found["message"]) == ("Deferred", why)
            reason, text = bench.events[-1]
            assert (reason, text.split(":")[0]) == ("ResizeDeferred", "Pod resize OutOfcpu")
            assert json.loads(text.partition(": ")[2])["error"] == why
            told = len(bench.events)
            await bench.after(10)
            assert len(bench.events) == told
            bench.others.clear()
            await bench.after(2)
            assert pending(bench) is None
            assert bench.container("c")["resources"] == amounts("1500m", "100Mi")

    run(scenario())


def test_a_node_without_bounds_refuses_nothing() -> None:
    assert refusal(sized("100", "1Ti"), [], {}) is None
