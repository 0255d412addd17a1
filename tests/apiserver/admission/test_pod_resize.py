"""PodResizeValidator: what its node cannot give or do, a pod cannot ask for later either."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.admission import pod_resize

from tests.apiserver.admission.support import Object, attributes, pod, refusal, validate
from tests.apiserver.readers import MapReader

RESIZE = attributes("pods/resize", "UPDATE")
PLUGIN = pod_resize.PLUGIN


def sized(generation: int = 2, node: str = "n1", **requests: str) -> Object:
    found = pod(
        containers=[{"name": "c", "image": "i", "resources": {"requests": requests}}],
        **({"nodeName": node} if node else {}),
    )
    found["metadata"]["generation"] = generation
    return found


def nodes(system: str = "linux") -> MapReader:
    reader = MapReader()
    metadata = {"labels": {"kubernetes.io/os": system}}
    allocatable = {"cpu": "2", "memory": "1Gi"}
    reader.put("", "nodes", "n1", metadata=metadata, status={"allocatable": allocatable})
    return reader


OLD = sized(1, cpu="1", memory="1Gi")


def test_what_fits_the_node_passes() -> None:
    validate(PLUGIN, RESIZE, sized(cpu="2", memory="1Gi"), nodes(), OLD)


@pytest.mark.parametrize(
    ("requests", "why"),
    [
        ({"cpu": "2500m"}, "cpu, requested: 2500, allocatable: 2000"),
        (
            {"cpu": "3", "memory": "2Gi"},
            "cpu, requested: 3000, allocatable: 2000; memory, requested: 2147483648, allocatable: 1073741824",
        ),
    ],
)
def test_more_than_the_node_has_is_refused(requests: dict[str, Any], why: str) -> None:
    refused = refusal(PLUGIN.validate, RESIZE, sized(**requests), nodes(), OLD)
    assert refused == f"Node didn't have enough allocatable resources: {why}"


def test_a_node_that_is_gone_or_no_linux_cannot_resize() -> None:
    larger = sized(cpu="2")
    assert refusal(PLUGIN.validate, RESIZE, larger, MapReader(), OLD) == 'node "n1" not found'
    assert refusal(PLUGIN.validate, RESIZE, larger, nodes("windows"), OLD) == (
        'pod resize is only supported on linux nodes, node "n1" is "windows"'
    )


def test_a_pod_without_a_node_and_one_that_stays_as_it_is_are_left_alone() -> None:
    validate(PLUGIN, RESIZE, sized(node="", cpu="9"), nodes(), OLD)
    validate(PLUGIN, RESIZE, sized(1, cpu="9"), nodes(), OLD)
