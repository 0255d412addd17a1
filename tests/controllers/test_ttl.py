"""The larger the cluster, the longer kubelets may keep what they have read."""

from __future__ import annotations

from pathlib import Path

import pytest
from wherry.client.resources import NODES
from wherry.controllers import ttl

from tests.controllers.cluster import cluster
from tests.support import run


@pytest.mark.parametrize(
    ("nodes", "before", "seconds"),
    [(0, 0, 0), (100, 0, 0), (101, 0, 15), (95, 1, 15), (89, 1, 0), (2500, 0, 300), (10, 4, 0)],
)
def test_steps_overlap(nodes: int, before: int, seconds: int) -> None:
    assert ttl.STEPS[ttl.step_of(nodes, before)].seconds == seconds


def test_nodes_are_told_and_told_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, "ttl-controller") as api:
            await api.client.create(NODES, {"kind": "Node", "metadata": {"name": "n1"}})

            def told(found: dict[str, dict[str, dict[str, str]]]) -> bool:
                return found["metadata"].get("annotations", {}).get(ttl.ANNOTATION) == "0"

            await api.until(NODES, "n1", told)
            await api.client.patch(NODES, "n1", {"metadata": {"annotations": {ttl.ANNOTATION: "9"}}})
            await api.until(NODES, "n1", told)

    run(scenario())
