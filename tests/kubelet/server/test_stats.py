"""What the node tells metrics-server and Prometheus."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.kubelet.server.nodes import asked
from tests.support import run


def get(directory: Path, path: str) -> Any:
    async def scenario() -> Any:
        async with asked(directory) as client:
            answer = await client.get(path)
            assert answer.status == 200
            return await (answer.json() if answer.content_type == "application/json" else answer.text())

    return run(scenario())


def test_the_summary_has_the_node_and_the_containers_that_run(tmp_path: Path) -> None:
    found = get(tmp_path, "/stats/summary")
    (pod,) = found["pods"]
    assert pod["podRef"] == {"name": "p", "namespace": "default", "uid": "u1"}
    (only,) = pod["containers"]
    assert (only["name"], only["cpu"]["usageCoreNanoSeconds"]) == ("c", 1_500_000_000)
    assert only["memory"]["workingSetBytes"] == 4096
    assert found["node"]["nodeName"] == "n1"
    assert all(re.search(r"\.\d{6}Z$", entry["cpu"]["time"]) for entry in (only, found["node"]))
    assert found["node"]["cpu"]["usageCoreNanoSeconds"] == 9_000_000_000
    memory = found["node"]["memory"]
    assert (memory["workingSetBytes"], memory["availableBytes"]) == (2**20, 3 * 2**20)


def test_metrics_are_in_the_text_format(tmp_path: Path) -> None:
    text = get(tmp_path, "/metrics/resource")
    where = '{container="c",namespace="default",pod="p"}'
    lines = {line.rpartition(" ")[0] for line in text.splitlines()}
    assert f"container_cpu_usage_seconds_total{where} 1.5" in lines
    assert f"container_memory_working_set_bytes{where} 4096" in lines
    assert "# TYPE container_memory_working_set_bytes gauge" in text.splitlines()
    assert 'kubelet_running_containers{container_state="running"} 1' in text.splitlines()
    assert get(tmp_path, "/metrics").splitlines()[-2] == "kubelet_running_pods 1"


def test_the_pods_of_the_node_are_listed(tmp_path: Path) -> None:
    found = get(tmp_path, "/pods")
    assert (found["kind"], [p["metadata"]["name"] for p in found["items"]]) == ("PodList", ["p"])


def test_the_server_says_that_it_is_well(tmp_path: Path) -> None:
    assert get(tmp_path, "/healthz") == "ok"
