"""Resources of containers in numbers (upstream: pkg/kubelet/qos)."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.kubelet.runtime.contract import Limits
from wherry.kubelet.worker import limits

Object = dict[str, Any]


def test_limits_and_requests() -> None:
    resources = {"limits": {"cpu": "500m", "memory": "64Mi"}, "requests": {"cpu": "0.25"}}
    assert limits.of(resources) == Limits(64 << 20, 500, 250)
    assert limits.of({}) == Limits()


NONE: Object = {"resources": {}}
ZERO: Object = {"resources": {"limits": {"memory": "0"}}}


def mib(count: int, **more: Any) -> Object:
    return {"resources": {"limits": {"memory": f"{count}Mi"}}, **more}


@pytest.mark.parametrize(
    ("containers", "inits", "whole", "expected"),
    [
        ([mib(1), mib(2)], [], {}, 3),
        ([mib(1), NONE], [], {}, 0),
        ([mib(1), ZERO], [], {}, 0),
        ([NONE], [], mib(8), 8),
        ([mib(1)], [], ZERO, 0),
        ([mib(1)], [mib(5)], {}, 5),
        ([mib(1)], [NONE], {}, 0),
        ([mib(1)], [mib(2, restartPolicy="Always")], {}, 3),
        ([mib(1)], [{**NONE, "restartPolicy": "Always"}], {}, 0),
        ([mib(1)], [mib(2, restartPolicy="Always"), NONE], {}, 3),
        ([mib(1)], [NONE, mib(2, restartPolicy="Always")], {}, 0),
    ],
)
def test_a_pod_is_limited_by_itself_or_by_all_of_its_containers(
    containers: list[Object], inits: list[Object], whole: Object, expected: int
) -> None:
    spec = {"containers": containers, "initContainers": inits, **whole}
    assert limits.memory_of_pod(spec) == expected << 20


@pytest.mark.parametrize(
    ("kind", "priority", "asked", "score"),
    [
        ("Guaranteed", 0, "1Gi", -997),
        ("BestEffort", 0, "0", 1000),
        ("BestEffort", 2000000000, "0", -997),
        ("Burstable", 0, "0", 999),
        ("Burstable", 0, "1Gi", 750),
        ("Burstable", 0, "4Gi", 3),
    ],
)
def test_who_ends_first_when_memory_runs_out(kind: str, priority: int, asked: str, score: int) -> None:
    pod = {"spec": {"priority": priority}, "status": {"qosClass": kind}}
    container = {"name": "main", "resources": {"requests": {"memory": asked}}}
    assert limits.fields(pod, container, "4Gi")["oom_score"] == score
