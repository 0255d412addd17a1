"""What a budget allows, from its pods and how many there should be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from wherry.apimachinery.clock import rfc3339
from wherry.controllers import selectors
from wherry.controllers.disruption import status

from tests.controllers.objects import meta, pod

Object = dict[str, Any]
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def budget(**fields: Any) -> Object:
    spec = {"selector": {"matchLabels": {"app": "web"}}, "minAvailable": 1}
    return {"metadata": meta("b", generation=2), "spec": spec, **fields}


def condition(flag: str, reason: str, since: str = "2026-01-01T00:00:00Z") -> Object:
    return {
        "type": "DisruptionAllowed",
        "status": flag,
        "observedGeneration": 2,
        "lastTransitionTime": since,
        "reason": reason,
        "message": "",
    }


@pytest.mark.parametrize(
    ("spec", "expected", "desired"),
    [
        ({"minAvailable": 3}, 1, 3),
        ({"minAvailable": "50%"}, 5, 3),
        ({"maxUnavailable": 1}, 5, 4),
        ({"maxUnavailable": "30%"}, 5, 3),
        ({"maxUnavailable": 7}, 5, 0),
        ({}, 5, 0),
    ],
)
def test_how_many_must_stay_healthy(spec: Object, expected: int, desired: int) -> None:
    assert status.desired_healthy(spec, expected) == desired


def test_only_shares_and_the_unavailable_need_the_scale() -> None:
    assert not status.needs_scale({"minAvailable": 2})
    assert status.needs_scale({"minAvailable": "20%"})
    assert status.needs_scale({"maxUnavailable": 0})


def test_healthy_pods_beyond_the_needed_may_go() -> None:
    found = status.calculate(budget(), 3, 1, 3, {}, NOW)
    assert found == {
        "observedGeneration": 2,
        "disruptionsAllowed": 2,
        "currentHealthy": 3,
        "desiredHealthy": 1,
        "expectedPods": 3,
        "conditions": [condition("True", "SufficientPods", rfc3339(NOW))],
    }


@pytest.mark.parametrize(("current", "desired", "expected"), [(1, 1, 2), (1, 3, 3), (2, 0, 0)])
def test_nothing_may_go(current: int, desired: int, expected: int) -> None:
    found = status.calculate(budget(), current, desired, expected, {}, NOW)
    assert found["disruptionsAllowed"] == 0
    assert found["conditions"][0]["reason"] == "InsufficientPods"


def test_a_condition_that_stays_keeps_its_time_and_its_neighbours() -> None:
    other = {"type": "Mine", "status": "True"}
    old = budget(status={"conditions": [condition("True", "SufficientPods"), other]})
    assert status.calculate(old, 3, 1, 3, {}, NOW)["conditions"] == old["status"]["conditions"]


def test_a_failure_allows_nothing_and_says_why() -> None:
    old = budget(status={"disruptionsAllowed": 2, "currentHealthy": 3, "observedGeneration": 2})
    found = status.failed(old, "no luck", NOW)
    assert (found["disruptionsAllowed"], found["currentHealthy"]) == (0, 3)
    assert (found["conditions"][0]["reason"], found["conditions"][0]["message"]) == ("SyncFailed", "no luck")


def test_ready_pods_are_healthy_unless_they_are_leaving() -> None:
    pods = [
        pod("a", ready=True),
        pod("b", ready=False),
        pod("c", ready=True, deletionTimestamp="2026-01-01T00:00:00Z"),
        pod("d", ready=True),
    ]
    assert status.healthy(pods, {"d": "2026-01-01T12:00:00Z"}) == 1


def test_evicted_pods_are_waited_for_two_minutes() -> None:
    pods = [pod("fresh"), pod("late"), pod("going", deletionTimestamp="2026-01-01T00:00:00Z")]
    soon, long_ago = rfc3339(NOW - timedelta(seconds=30)), rfc3339(NOW - timedelta(minutes=3))
    noted = {"fresh": soon, "late": long_ago, "going": soon, "gone": soon}
    waiting, late = status.still_disrupted(budget(status={"disruptedPods": noted}), pods, NOW)
    assert waiting == {"fresh": soon}
    assert [p["metadata"]["name"] for p in late] == ["late"]
    assert status.recheck_in(waiting, NOW) == 90.0
    assert status.recheck_in({}, NOW) is None


def target(reason: str = "EvictionByEvictionAPI", **fields: Any) -> Object:
    found = pod("a", **fields)
    found["status"]["conditions"] = [
        {
            "type": "DisruptionTarget",
            "status": "True",
            "reason": reason,
            "lastTransitionTime": rfc3339(NOW - timedelta(seconds=50)),
        }
    ]
    return found


def test_a_target_that_nobody_deletes_goes_stale() -> None:
    assert status.stale_in(target(), NOW) == 70.0
    assert status.stale_in(target(), NOW + timedelta(hours=1)) == 0.0


@pytest.mark.parametrize(
    "kept",
    [
        target("TerminationByKubelet"),
        target(phase="Failed"),
        target(deletionTimestamp="2026-01-01T00:00:00Z"),
        pod("plain"),
    ],
)
def test_what_never_goes_stale(kept: Object) -> None:
    assert status.stale_in(kept, NOW) is None


def test_a_selector_reads_as_upstream_prints_it() -> None:
    assert selectors.text(None) == "nil"
    expression = {"key": "tier", "operator": "In", "values": ["a", "b"]}
    assert selectors.text({"matchLabels": {"app": "b"}, "matchExpressions": [expression]}) == (
        "&LabelSelector{MatchLabels:map[string]string{app: b,},MatchExpressions:[]LabelSelectorRequirement"
        "{LabelSelectorRequirement{Key:tier,Operator:In,Values:[a b],},},}"
    )
