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
