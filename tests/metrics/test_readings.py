"""What two readings of a kubelet show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from wherry.metrics import objects
from wherry.metrics.readings import Counters, Reading, Usage, parse

Object = dict[str, Any]
AT = datetime(2026, 1, 1, tzinfo=UTC)


def counters(name: str, cpu: int, memory: int, at: str = "") -> Object:
    used = {"usageCoreNanoSeconds": cpu, **({"time": at} if at else {})}
    return {"name": name, "cpu": used, "memory": {"workingSetBytes": memory}}


def reading(seconds: float, node: Counters | None = None, **containers: Counters) -> Reading:
    return Reading(AT + timedelta(seconds=seconds), node, {"u": containers} if containers else {})


def test_a_summary_is_read_by_pod_and_container() -> None:
    summary = {
        "node": counters("", 5, 6),
        "pods": [{"podRef": {"uid": "u"}, "containers": [counters("c", 1, 2), {"name": "starting"}]}],
    }
    assert parse(summary, AT) == Reading(AT, Counters(5, 6), {"u": {"c": Counters(1, 2)}})
    assert parse({}, AT) == Reading(AT, None, {})


def test_usage_is_the_difference_over_time() -> None:
    usage = Usage(reading(0, Counters(0, 1)), reading(10, Counters(25 * 10**9, 3 * 2**20)))
    assert usage.node() == {"cpu": "2500m", "memory": "3Mi"}


def test_the_time_that_counts_is_the_kubelets() -> None:
    """Answers come early and late."""
    first, second = (
        parse({"node": counters("", cpu, 1, at=f"2026-01-01T00:00:{at}Z")}, AT + timedelta(seconds=came))
        for cpu, at, came in ((5 * 10**6, "01.000000", 1.2), (80 * 10**6, "16.000000", 19.0))
    )
    assert Usage(first, second).node() == {"cpu": "5m", "memory": "1"}


def test_a_pod_counts_when_all_its_containers_do() -> None:
    before = reading(0, c=Counters(0, 0))
    assert Usage(before, reading(2, c=Counters(10**9, 1024))).pod("u") == {
        "c": {"cpu": "500m", "memory": "1Ki"}
    }
    assert Usage(before, reading(2, c=Counters(1, 1), new=Counters(1, 1))).pod("u") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (reading(0), reading(2, c=Counters(1, 1))),
        (reading(0, c=Counters(1, 1)), reading(2)),
        (reading(0, c=Counters(9, 1)), reading(2, c=Counters(1, 1))),
        (reading(2, c=Counters(1, 1)), reading(2, c=Counters(2, 1))),
    ],
    ids=["new", "gone", "restarted", "no-time"],
)
def test_usage_that_cannot_be_told(before: Reading, after: Reading) -> None:
    assert Usage(before, after).pod("u") is None


def test_the_objects_carry_labels_time_and_window() -> None:
    meta = {"name": "a", "namespace": "ns", "uid": "u", "labels": {"app": "web"}, "resourceVersion": "7"}
    usage = Usage(reading(0, c=Counters(0, 0)), reading(10.5, c=Counters(0, 2048)))
    assert objects.pod_metrics({"metadata": meta}, usage) == {
        "kind": "PodMetrics",
        "apiVersion": "metrics.k8s.io/v1beta1",
        "metadata": {
            "name": "a",
            "namespace": "ns",
            "labels": {"app": "web"},
            "creationTimestamp": "2026-01-01T00:00:10Z",
        },
        "timestamp": "2026-01-01T00:00:10Z",
        "window": "10.5s",
        "containers": [{"name": "c", "usage": {"cpu": "0", "memory": "2Ki"}}],
    }
    assert objects.node_metrics({"metadata": {"name": "n"}}, usage) is None
