"""How many replicas a metric asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from wherry.apimachinery.clock import rfc3339
from wherry.controllers.podautoscaler import replicas
from wherry.controllers.podautoscaler.replicas import (
    Groups,
    MetricError,
    Sample,
    Tolerances,
    Warming,
)

from tests.controllers.objects import pod

Object = dict[str, Any]
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
WARMING = Warming(NOW, 300.0, 30.0)
USUAL = Tolerances(0.1, 0.1)


def sample(value: int = 100, age: float = 10.0) -> Sample:
    return Sample(value, NOW - timedelta(seconds=age), timedelta(seconds=15))


def started(name: str, age: float, ready: bool, turned: float) -> Object:
    found = pod(name, ready=ready, since=rfc3339(NOW - timedelta(seconds=turned)))
    found["status"]["startTime"] = rfc3339(NOW - timedelta(seconds=age))
    return found


def asking(name: str, *cpu: str | None, whole: str = "") -> Object:
    found = pod(name)
    found["spec"]["containers"] = [
        {"name": f"c{number}", "resources": {"requests": {"cpu": amount}} if amount else {}}
        for number, amount in enumerate(cpu)
    ]
    if whole:
        found["spec"]["resources"] = {"requests": {"cpu": whole}}
    return found


# Which pods count


def test_pods_are_grouped_by_what_their_samples_say() -> None:
    pods = [
        started("steady", 4000, True, 3000),
        pod("leaving", deletionTimestamp="2026-01-01T00:00:00Z"),
        pod("failed", phase="Failed"),
        pod("pending", phase="Pending"),
        started("unheard", 4000, True, 3000),
    ]
    samples = {name: sample() for name in ("steady", "leaving", "failed", "pending")}
    found = replicas.group(pods, samples, "cpu", WARMING)
    assert found == Groups(1, {"pending"}, {"unheard"}, {"leaving", "failed"})
    assert replicas.counting(samples, found) == {"steady": 100}


@pytest.mark.parametrize(
    ("age", "ready", "turned", "counts"),
    [
        (100, True, 90, True),
        (100, True, 20, False),
        (100, False, 90, False),
        (400, False, 390, False),
        (400, False, 60, True),
        (400, True, 390, True),
    ],
    ids=["warm", "fresh", "never-ready", "still-never-ready", "lost-readiness", "old"],
)
def test_cpu_of_a_starting_pod_does_not_count(age: float, ready: bool, turned: float, counts: bool) -> None:
    pods = [started("a", age, ready, turned)]
    assert replicas.group(pods, {"a": sample()}, "cpu", WARMING).ready == int(counts)
    assert replicas.group(pods, {"a": sample()}, "memory", WARMING).ready == 1


def test_without_samples_nothing_can_be_told() -> None:
    with pytest.raises(MetricError, match="pods might be unready"):
        replicas.counting({}, Groups())


# Requests


def test_requests_are_summed_or_those_of_one_container() -> None:
    pods = [asking("a", "100m", "1")]
    assert replicas.requests(pods, "cpu") == {"a": 1100}
    assert replicas.requests(pods, "cpu", "c0") == {"a": 100}


def test_a_pods_own_request_is_the_whole_of_it() -> None:
    assert replicas.requests([asking("a", None, whole="2")], "cpu") == {"a": 2000}


@pytest.mark.parametrize(
    ("found", "container", "message"),
    [
        (asking("a", "1", None), "", "missing request for cpu in container c1 of Pod a"),
        (asking("a", "1"), "other", "container other not found in Pod a"),
    ],
)
def test_a_missing_request_is_told(found: Object, container: str, message: str) -> None:
    with pytest.raises(MetricError, match=message):
        replicas.requests([found], "cpu", container)


# Utilization


def wanted(current: int, target: int, used: dict[str, int], groups: Groups) -> int:
    names = set(used) | groups.missing | groups.unready
    return replicas.by_utilization(current, target, groups, used, dict.fromkeys(names, 1000), USUAL)


@pytest.mark.parametrize(
    ("used", "count"), [(500, 3), (540, 3), (600, 4), (1000, 6), (250, 2), (450, 3), (400, 3)]
)
def test_replicas_follow_utilization_outside_the_tolerance(used: int, count: int) -> None:
    values = dict.fromkeys(("a", "b", "c"), used)
    assert wanted(3, 50, values, Groups(3)) == count


def test_unready_pods_dampen_growth_only() -> None:
    busy, idle = {"a": 1000, "b": 1000}, {"a": 100, "b": 100}
    groups = Groups(2, unready={"c"})
    assert wanted(3, 50, busy, groups) == 4
    assert wanted(3, 50, idle, groups) == 1


def test_missing_pods_never_turn_a_change_around() -> None:
    groups = Groups(2, missing={"c"})
    assert wanted(3, 50, {"a": 1000, "b": 1000}, groups) == 4
    assert wanted(3, 50, {"a": 600, "b": 600}, groups) == 3
    assert wanted(3, 50, {"a": 300, "b": 300}, groups) == 3


def test_utilization_is_of_all_known_pods() -> None:
    assert replicas.utilization({"a": 100, "b": 300, "x": 9000}, {"a": 1000, "b": 1000}) == (20, 200)
    with pytest.raises(MetricError, match="no metrics returned matched known pods"):
        replicas.utilization({"x": 1}, {"a": 1000})


def test_tolerances_may_differ_by_direction() -> None:
    careful = Tolerances(0.5, 0.0)
    assert careful.within(0.5)
    assert not careful.within(1.01)


# Other amounts


@pytest.mark.parametrize(("used", "count"), [(10_000, 2), (10_500, 2), (20_000, 4), (4_000, 1)])
def test_replicas_follow_an_average(used: int, count: int) -> None:
    values = {"a": used, "b": used}
    assert replicas.by_average(2, 10_000, Groups(2), values, USUAL) == count


def test_an_amount_of_another_object_is_so_many_times_the_ready_pods() -> None:
    pods = [pod("a", ready=True), pod("b", ready=True), pod("c", ready=False)]
    assert replicas.by_ratio(3, 2.0, pods, USUAL) == 4
    assert replicas.by_ratio(3, 1.05, pods, USUAL) == 3
    assert replicas.by_ratio(0, 2.5, pods, USUAL) == 3
    with pytest.raises(MetricError, match="no pods returned by selector"):
        replicas.by_ratio(3, 2.0, [], USUAL)


@pytest.mark.parametrize(
    ("running", "usage", "expected"), [(3, 30, (3, 10)), (3, 60, (6, 20)), (3, 32, (3, 11)), (0, 20, (2, 0))]
)
def test_a_shared_amount_falls_on_each_pod(running: int, usage: int, expected: tuple[int, int]) -> None:
    assert replicas.per_pod(running, usage, 10, USUAL) == expected
