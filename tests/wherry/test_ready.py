"""When a starting cluster counts as ready."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wherry.cluster.paths import locate
from wherry.cluster.ready import FEW, Probe
from wherry.cluster.spec import ClusterSpec

NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
NOT_FOUND = json.dumps({"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404})


class Answers(Probe):
    """Is told what the server says."""

    def __init__(self, *nodes: dict[str, Any], api: str = "ok", **spec: Any) -> None:
        data = Path("/nowhere")
        super().__init__(
            ClusterSpec(**{"name": "c", "data_dir": data, "nodes": 2, **spec}), locate("c", data)
        )
        self._answers = {"/readyz": api, "/api/v1/nodes": json.dumps({"items": nodes})}
        self._answers |= {f"/api/v1/nodes/{node['metadata']['name']}": json.dumps(node) for node in nodes}
        self.asked: list[str] = []

    def _get(self, path: str) -> str:
        self.asked.append(path)
        return self._answers.get(path, NOT_FOUND)


def node(name: str, *taints: dict[str, str], ready: str = "True") -> dict[str, Any]:
    status = {"conditions": [{"type": "Ready", "status": ready}]}
    return {"kind": "Node", "metadata": {"name": name}, "spec": {"taints": list(taints)}, "status": status}


def test_all_nodes_must_be_ready() -> None:
    assert Answers(node("node-1"), node("node-2")).done()
    for late in ([node("node-1")], [node("node-1"), node("node-2", ready="False")]):
        probe = Answers(*late)
        assert not probe.done()
        assert probe.missing() == "not Ready: node-2"


def test_the_api_server_comes_first() -> None:
    probe = Answers(node("node-1"), node("node-2"), api="")
    assert not probe.done()
    assert probe.missing() == "the API server does not answer"


@pytest.mark.parametrize(
    ("controllers", "done"),
    [
        (["*"], False),
        (["node-lifecycle-controller"], False),
        (["*", "-node-lifecycle-controller"], True),
        (["*", "-nodelifecycle"], True),
    ],
)
def test_a_ready_node_takes_pods_once_its_taint_is_gone(controllers: list[str], done: bool) -> None:
    """Unless nobody takes the taint away."""
    probe = Answers(node("node-1"), node("node-2", NOT_READY), controllers=controllers)
    assert probe.done() is done


def test_other_taints_are_no_matter() -> None:
    own = {"key": "example.com/gpu", "effect": "NoSchedule"}
    assert Answers(node("node-1", own), node("node-2")).done()


def test_of_many_nodes_the_last_is_asked_for_before_all_are() -> None:
    names = [f"node-{i}" for i in range(1, FEW + 2)]
    early = Answers(*(node(name) for name in names[:-1]), nodes=len(names))
    assert not early.done()
    assert "/api/v1/nodes" not in early.asked
    assert Answers(*(node(name) for name in names), nodes=len(names)).done()
