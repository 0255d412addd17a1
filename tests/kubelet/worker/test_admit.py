"""Pods that were bound past the scheduler to a node without room for them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from wherry.kubelet.worker.admit import refusal, requests
from wherry.kubelet.worker.manager import PodManager

from tests.kubelet.fakes import Bench, container, pod
from tests.support import run

ROOM = {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "10Gi", "pods": "2"}


def asking(cpu: str, memory: str = "0", **more: Any) -> dict[str, Any]:
    return container("c", resources={"requests": {"cpu": cpu, "memory": memory}}, **more)


@pytest.mark.parametrize(
    ("wanted", "others", "reason"),
    [
        (["500m"], [["500m"]], None),
        (["600m"], [["500m"]], "OutOfcpu"),
        (["100m", "2Gi"], [], "OutOfmemory"),
        (["2", "2Gi"], [], "OutOfcpu"),
        (["0"], [["0"], ["0"]], "OutOfpods"),
    ],
)
def test_the_first_resource_that_is_short_is_the_reason(
    wanted: list[str], others: list[list[str]], reason: str | None
) -> None:
    found = refusal(pod(asking(*wanted)), [pod(asking(*other)) for other in others], ROOM)
    assert (found and found[0]) == reason


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"os": {"name": "linux"}, "nodeSelector": {"kubernetes.io/os": "linux"}}, None),
        ({"os": {"name": "windows"}}, "PodOSNotSupported"),
    ],
)
def test_a_pod_of_another_system_is_refused(spec: dict[str, Any], reason: str | None) -> None:
    found = refusal(pod(asking("0"), **spec), [], ROOM)
    assert (found and found[0]) == reason
    assert refusal(pod(asking("0"), **spec), [], ROOM, simulated=True) is None


def test_a_pod_whose_label_names_another_system_is_refused() -> None:
    labelled = pod(asking("0"))
    labelled["metadata"]["labels"] = {"kubernetes.io/os": "windows"}
    found = refusal(labelled, [], ROOM)
    assert found is not None and found[0] == "PodOSSelectorNodeLabelDoesNotMatch"


def node(effect: str = "NoSchedule", **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": "n", "labels": labels}, "spec": {"taints": [{"key": "k", "effect": effect}]}}


@pytest.mark.parametrize(
    ("spec", "known", "reason"),
    [
        ({}, node(), None),
        ({"nodeSelector": {"a": "b"}}, node(a="b"), None),
        ({"nodeSelector": {"a": "b"}}, None, None),
        ({"nodeSelector": {"a": "b"}}, node(a="c"), "NodeAffinity"),
        ({}, node("NoExecute"), "TaintToleration"),
        ({"tolerations": [{"operator": "Exists"}]}, node("NoExecute"), None),
    ],
)
def test_a_pod_must_go_with_its_node(spec: dict[str, Any], known: Any, reason: str | None) -> None:
    found = refusal(pod(asking("0"), **spec), [], ROOM, node=known)
    assert (found and found[0]) == reason
    assert found is None or found[1].startswith(f"Predicate {reason} failed: node(s) ")


@pytest.mark.parametrize(
    ("inits", "mains", "cpu"),
    [
        ([], ["100m", "200m"], 300),
        ([asking("500m")], ["100m"], 500),
        ([asking("50m", restartPolicy="Always"), asking("500m")], ["100m"], 550),
        ([asking("500m"), asking("50m", restartPolicy="Always")], ["700m"], 750),
    ],
)
def test_what_a_pod_takes_is_its_peak(inits: list[dict[str, Any]], mains: list[str], cpu: int) -> None:
    assert requests(pod(*map(asking, mains), initContainers=inits))["cpu"] == cpu


def test_what_a_pod_says_as_a_whole_is_what_it_takes() -> None:
    found = requests(pod(asking("100m", "1Gi"), resources={"requests": {"cpu": "1"}}))
    assert (found["cpu"], found["memory"]) == (1000, 1 << 30)


def test_resources_that_the_kubelet_does_not_manage_are_not_its_business() -> None:
    spec = container("c", resources={"requests": {"example.com/gpu": "1"}})
    assert refusal(pod(spec), [], ROOM) is None


def test_overhead_counts_too() -> None:
    assert requests(pod(asking("100m"), overhead={"cpu": "50m"}))["cpu"] == 150


def second(uid: str, cpu: str) -> dict[str, Any]:
    desired = pod(asking(cpu))
    return {**desired, "metadata": {**desired["metadata"], "uid": uid, "name": uid}}


def test_a_pod_that_does_not_fit_fails_and_runs_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(pod(container("c")), tmp_path)
        manager = PodManager(bench.host._replace(allocatable=ROOM))
        for uid, cpu in (("a", "600m"), ("b", "600m")):
            manager.heard("ADDED", second(uid, cpu), None)
        await bench.clock.settle()
        text = "Node didn't have enough resource: cpu, requested: 600, used: 600, capacity: 1000"
        assert ("OutOfcpu", text) in bench.events
        assert (bench.status["phase"], bench.status["reason"]) == ("Failed", "OutOfcpu")
        assert bench.status["message"] == f"Pod was rejected: {text}"
        assert bench.status.keys() == {"phase", "observedGeneration", "reason", "message", "startTime"}
        assert len(bench.runtime.specs) == 1
        await manager.close()

    run(scenario())


@pytest.mark.parametrize(("now", "phase"), [("old", "Failed"), ("new", "Running")])
def test_before_a_node_is_the_wrong_one_it_is_looked_up(tmp_path: Path, now: str, phase: str) -> None:
    async def fetch() -> dict[str, Any]:
        return node(a=now)

    async def scenario() -> None:
        bench = Bench(pod(container("c")), tmp_path)
        knowing = bench.host._replace(allocatable=ROOM, node=lambda: node(a="old"), fetch_node=fetch)
        manager = PodManager(knowing)
        wanted = second("a", "0")
        wanted["spec"]["nodeSelector"] = {"a": "new"}
        manager.heard("ADDED", wanted, None)
        await bench.clock.settle()
        assert bench.status["phase"] == phase
        assert bench.status.get("reason") == (None if phase == "Running" else "NodeAffinity")
        await manager.close()

    run(scenario())


class Asked:
    """A manager that asks for its node, which has label a=new by then, and hears on `answer`."""

    def __init__(self, bench: Bench) -> None:
        self.answer = asyncio.Event()
        self.fault: Exception | None = None
        self.bench = bench
        self.pod = second("a", "0")
        self.pod["spec"]["nodeSelector"] = {"a": "new"}
        self.manager = PodManager(
            bench.host._replace(allocatable=ROOM, node=lambda: node(a="old"), fetch_node=self._fetch)
        )

    async def _fetch(self) -> dict[str, Any]:
        await self.answer.wait()
        if self.fault is not None:
            raise self.fault
        return node(a="new")

    async def hear(self, kind: str, **meta: Any) -> None:
        known = self.pod
        self.pod = {**known, "metadata": {**known["metadata"], **meta}}
        self.manager.heard(kind, self.pod, None if kind == "ADDED" else known)
        await self.bench.clock.settle()


def test_nothing_runs_before_it_is_sure_that_the_node_takes_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(pod(container("c")), tmp_path)
        asked = Asked(bench)
        await asked.hear("ADDED")
        await asked.hear("MODIFIED", labels={"new": "label"})
        asked.manager.volumes_changed("a")
        await bench.clock.settle()
        assert (bench.runtime.specs, bench.published) == ([], [])
        asked.answer.set()
        await bench.clock.settle()
        assert (len(bench.runtime.specs), bench.status["phase"]) == (1, "Running")
        await asked.manager.close()

    run(scenario())


def test_a_pod_that_goes_while_its_node_is_looked_up_is_not_refused(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(pod(container("c")), tmp_path)
        asked = Asked(bench)
        await asked.hear("ADDED")
        await asked.hear("DELETED")
        assert asked.manager.workers() == []
        asked.answer.set()
        await bench.clock.settle()
        assert (bench.runtime.specs, bench.events) == ([], [])
        await asked.manager.close()

    run(scenario())


def test_a_node_that_cannot_be_looked_up_is_what_was_heard_of_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(pod(container("c")), tmp_path)
        asked = Asked(bench)
        asked.fault = TypeError("unexpected")
        asked.answer.set()
        await asked.hear("ADDED")
        assert (bench.status["phase"], bench.status["reason"]) == ("Failed", "NodeAffinity")
        assert [task for task in bench.tasks if task.done() and task.exception()] == []
        await asked.manager.close()

    run(scenario())


def test_a_node_that_closes_at_once_leaves_no_look_up_behind(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(pod(container("c")), tmp_path)
        asked = Asked(bench)
        asked.manager.heard("ADDED", asked.pod, None)
        for task in bench.tasks:
            task.cancel()
        await asyncio.gather(*bench.tasks, return_exceptions=True)
        assert bench.runtime.specs == []
        await asked.manager.close()

    run(scenario())


def test_room_is_free_again_when_a_pod_has_ended(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(pod(container("c")), tmp_path)
        manager = PodManager(bench.host._replace(allocatable=ROOM))
        first = second("a", "600m")
        first["spec"]["restartPolicy"] = "Never"
        manager.heard("ADDED", first, None)
        await bench.clock.settle()
        await bench.end("c")
        manager.heard("ADDED", second("b", "600m"), None)
        await bench.clock.settle()
        assert len(bench.runtime.specs) == 2
        await manager.close()

    run(scenario())


def listening(port: int, protocol: str = "TCP", address: str = "") -> dict[str, Any]:
    return container("c", ports=[{"hostPort": port, "protocol": protocol, "hostIP": address}])


@pytest.mark.parametrize(
    ("one", "two", "clash"),
    [
        (listening(80), listening(80), True),
        (listening(80), listening(81), False),
        (listening(80), listening(80, "UDP"), False),
        (listening(80, address="10.0.0.1"), listening(80), True),
        (listening(80, address="10.0.0.1"), listening(80, address="10.0.0.2"), False),
        (listening(80), container("c", ports=[{"containerPort": 80}]), False),
    ],
)
def test_a_host_port_is_given_once(one: dict[str, Any], two: dict[str, Any], clash: bool) -> None:
    found = refusal(pod(one), [pod(two)], ROOM)
    text = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"
    assert found == (("NodePorts", text) if clash else None)
