"""What metrics tell of slices that were written."""

from __future__ import annotations

from typing import Any

from prometheus_client import REGISTRY
from wherry.controllers.endpointslice.build import Plan
from wherry.controllers.endpointslice.tally import Tally
from wherry.controllers.metrics import SliceMetrics

PREFIX = "test_slices"
TALLY = Tally(SliceMetrics(PREFIX))


def a_slice(name: str, *ips: str) -> Any:
    endpoints = [{"addresses": [ip]} for ip in ips]
    return {"metadata": {"name": name}, "addressType": "IPv4", "ports": [], "endpoints": endpoints}


def told(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"{PREFIX}_{name}", labels) or 0.0


def gauges() -> tuple[float, ...]:
    return tuple(
        told(name) for name in ("endpoints_desired", "num_endpoint_slices", "desired_endpoint_slices")
    )


def test_slices_and_endpoints_are_counted_as_they_come_change_and_go() -> None:
    one, two = a_slice("a", "10.0.0.1", "10.0.0.2"), a_slice("b", "10.0.0.3")
    assert TALLY.synced("ns/s", [], [Plan([one, two], [], [])]) == 2
    assert gauges() == (3, 2, 1)
    changed = a_slice("a", "10.0.0.2", "10.0.0.4")
    assert TALLY.synced("ns/s", [one, two], [Plan([], [changed], [two])]) == 2
    assert gauges() == (2, 1, 1)
    assert TALLY.synced("ns/s", [changed], [Plan([], [], [])]) == 0
    assert (told("endpoints_added_per_sync_sum"), told("endpoints_removed_per_sync_sum")) == (4, 2)
    assert told("endpoints_added_per_sync_count") == 3
    assert [told("changes", operation=o) for o in ("create", "update", "delete")] == [2, 1, 1]
    TALLY.forget("ns/s")
    assert gauges() == (0, 0, 0)
