"""Which zones and nodes endpoints serve first, and since when their change was due."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.controllers.endpointslice import hints, trigger

Object = dict[str, Any]


def endpoint(zone: str = "z1", node: str = "n", ready: bool = True) -> Object:
    found: Object = {"conditions": {"ready": ready}, "nodeName": node}
    return {**found, "zone": zone} if zone else found


def node(zone: str, cpu: str = "4", ready: str = "True", **labels: str) -> Object:
    return {
        "metadata": {"labels": {hints.ZONE: zone, **labels}},
        "status": {"allocatable": {"cpu": cpu}, "conditions": [{"type": "Ready", "status": ready}]},
    }


def service(distribution: str = "", **notes: str) -> Object:
    spec = {"trafficDistribution": distribution} if distribution else {}
    return {"metadata": {"annotations": notes}, "spec": spec}


def zones(endpoints: list[Object]) -> list[str]:
    return sorted(e["hints"]["forZones"][0]["name"] for e in endpoints)


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [
        ("", None),
        ("PreferClose", {"forZones": [{"name": "z1"}]}),
        ("PreferSameZone", {"forZones": [{"name": "z1"}]}),
        ("PreferSameNode", {"forZones": [{"name": "z1"}], "forNodes": [{"name": "n"}]}),
    ],
)
def test_what_a_service_prefers(distribution: str, expected: Object | None) -> None:
    one = endpoint()
    hints.distribute(service(distribution), [one])
    assert one.get("hints") == expected


def test_endpoints_that_are_not_ready_have_no_hints() -> None:
    one = endpoint(ready=False)
    hints.distribute(service("PreferClose"), [one])
    assert "hints" not in one


def test_zones_get_endpoints_in_proportion_to_their_cpus() -> None:
    endpoints = [endpoint("z1") for _ in range(9)]
    assert hints.allocate(endpoints, [node("z1", "8"), node("z2", "4")]) == ""
    assert zones(endpoints).count("z2") == 3


@pytest.mark.parametrize(("here", "there", "moved"), [(7, 5, 1), (6, 6, 0), (4, 2, 1), (9, 8, 0)])
def test_a_zone_gives_away_what_it_has_beyond_its_share(here: int, there: int, moved: int) -> None:
    endpoints = [endpoint("z1") for _ in range(here)] + [endpoint("z2") for _ in range(there)]
    hints.allocate(endpoints, [node("z1"), node("z2")])
    assert zones(endpoints).count("z2") == there + moved


@pytest.mark.parametrize(
    ("notes", "auto"),
    [
        ({hints.MODE: "Auto"}, True),
        ({hints.OLDER_MODE: "auto"}, True),
        ({hints.MODE: "Auto", hints.OLDER_MODE: "Disabled"}, False),
        ({hints.MODE: "PreferZone"}, False),
    ],
)
def test_the_older_annotation_has_precedence(notes: dict[str, str], auto: bool) -> None:
    assert hints.is_auto(service(**notes)) is auto


def test_endpoints_stay_in_their_zones_when_that_is_even_enough() -> None:
    endpoints = [endpoint("z1"), endpoint("z1"), endpoint("z2"), endpoint("z2")]
    assert hints.allocate(endpoints, [node("z1"), node("z2")]) == ""
    assert zones(endpoints) == ["z1", "z1", "z2", "z2"]


@pytest.mark.parametrize(
    ("endpoints", "nodes", "why"),
    [
        (3, [node("z1")], hints.NO_NODES),
        (1, [node("z1"), node("z2")], f"{hints.TOO_FEW} (1 endpoints, 2 zones)"),
        (3, [node("z1"), node("z2", cpu="0")], hints.NO_NODES),
        (
            3,
            [node("z1", "9"), node("z2", "9"), node("z3", "2")],
            f"{hints.TOO_UNEVEN} (3 endpoints, 3 zones)",
        ),
        (3, [node("z1"), node("z2", ready="False")], hints.NO_NODES),
        (3, [node("z1"), node("z2", **{hints.CONTROL_PLANES[0]: ""})], hints.NO_NODES),
    ],
)
def test_when_proportions_are_not_safe(endpoints: int, nodes: list[Object], why: str) -> None:
    assert hints.allocate([endpoint() for _ in range(endpoints)], nodes) == why


def pod(name: str, turned: str) -> Object:
    condition = {"type": "Ready", "status": "True", "lastTransitionTime": turned}
    return {"metadata": {"name": name}, "status": {"conditions": [condition]}}


def test_a_change_is_due_since_the_first_of_what_is_new() -> None:
    times = trigger.TriggerTimes()
    made = {"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}}
    first = pod("a", "2026-01-01T00:00:05Z")
    assert times.since("k", made, [first]) == "2026-01-01T00:00:00Z"
    assert times.since("k", made, [first]) == ""
    later = [pod("a", "2026-01-01T00:00:09Z"), pod("b", "2026-01-01T00:00:07Z")]
    assert times.since("k", made, later) == "2026-01-01T00:00:07Z"


def test_a_service_not_heard_of_before_changes_since_it_was_made() -> None:
    made = {"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}}
    assert (
        trigger.TriggerTimes().since("k", made, [pod("old", "2025-01-01T00:00:05Z")])
        == "2026-01-01T00:00:00Z"
    )


def test_the_annotation_of_an_older_change_goes() -> None:
    written: Object = {"metadata": {"annotations": {trigger.ANNOTATION: "then"}}}
    trigger.mark(written, "")
    assert written == {"metadata": {}}
