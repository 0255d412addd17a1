"""How fast and how far an autoscaler's wish is followed."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.controllers.podautoscaler import behavior
from wherry.controllers.podautoscaler.behavior import Followed, History

Object = dict[str, Any]
NOW = 1000.0


def follow(
    current: int, wish: int, history: History | None = None, *, least: int = 1, most: int = 100, **rules: Any
) -> Followed:
    spec: Object = {"minReplicas": least, "maxReplicas": most}
    if rules:
        spec["behavior"] = rules
    return behavior.follow(spec, history or History(), current, wish, NOW, 300.0)


def pods(value: int, period: int = 60) -> Object:
    return {"type": "Pods", "value": value, "periodSeconds": period}


def percent(value: int, period: int = 60) -> Object:
    return {"type": "Percent", "value": value, "periodSeconds": period}


# Without a behavior


@pytest.mark.parametrize(
    ("current", "wish", "replicas", "limited"),
    [
        (3, 5, 5, behavior.IN_RANGE),
        (1, 9, 4, behavior.UP_LIMIT),
        (10, 50, 20, behavior.UP_LIMIT),
        (3, 0, 1, behavior.TOO_FEW),
    ],
)
def test_an_autoscaler_at_most_doubles_and_stays_in_range(
    current: int, wish: int, replicas: int, limited: tuple[str, str]
) -> None:
    assert follow(current, wish) == Followed(replicas, behavior.READY, limited)


def test_no_more_than_the_maximum() -> None:
    assert follow(3, 9, most=4).limited == behavior.TOO_MANY


def test_a_recent_higher_wish_holds_the_size() -> None:
    recent, old = History([(NOW - 100, 5)]), History([(NOW - 400, 5)])
    assert follow(5, 2, recent) == Followed(5, behavior.DOWN_STABILIZED, behavior.IN_RANGE)
    assert follow(5, 2, old).replicas == 2


def test_every_wish_is_remembered_as_long_as_it_counts() -> None:
    history = History([(NOW - 400, 9), (NOW - 10, 3)])
    follow(3, 2, history)
    assert history.wishes == [(NOW - 10, 3), (NOW, 2)]


# With one


def test_an_empty_behavior_has_upstreams_rates() -> None:
    assert follow(2, 50, scaleUp={}).replicas == 6
    assert follow(10, 50, scaleUp={}).replicas == 20
    assert follow(10, 1, scaleDown={"stabilizationWindowSeconds": 0}).replicas == 1


@pytest.mark.parametrize(
    ("select", "replicas"), [("Max", 15), ("Min", 12), ("Disabled", 10)], ids=["most", "least", "never"]
)
def test_the_chosen_policy_limits_growth(select: str, replicas: int) -> None:
    rules = {"selectPolicy": select, "policies": [pods(2), percent(50)]}
    assert follow(10, 40, scaleUp=rules) == Followed(replicas, behavior.READY, behavior.UP_LIMIT)


@pytest.mark.parametrize(
    ("select", "replicas"), [("Max", 5), ("Min", 8), ("Disabled", 10)], ids=["most", "least", "never"]
)
def test_the_chosen_policy_limits_shrinking(select: str, replicas: int) -> None:
    rules = {"selectPolicy": select, "policies": [pods(2), percent(50)], "stabilizationWindowSeconds": 0}
    assert follow(10, 1, scaleDown=rules) == Followed(replicas, behavior.READY, behavior.DOWN_LIMIT)


def test_a_rate_counts_what_was_scaled_within_its_period() -> None:
    history = History(ups=[(NOW - 30, 3), (NOW - 90, 50)])
    rules = {"policies": [pods(4)]}
    assert follow(10, 40, history, scaleUp=rules).replicas == 11
    assert history.ups == [(NOW - 30, 3)]


def test_growth_rounds_up_so_that_it_happens_at_all() -> None:
    assert follow(1, 9, scaleUp={"policies": [percent(10)]}).replicas == 2


def test_growth_waits_for_its_window() -> None:
    history = History([(NOW - 20, 4)])
    followed = follow(3, 8, history, scaleUp={"stabilizationWindowSeconds": 60})
    assert (followed.replicas, followed.able) == (4, behavior.UP_STABILIZED)


def test_shrinking_waits_for_the_default_window() -> None:
    history = History([(NOW - 200, 7)])
    assert follow(8, 2, history, scaleUp={}).able == behavior.DOWN_STABILIZED
    assert follow(8, 2, History([(NOW - 200, 7)]), scaleUp={}).replicas == 7


def test_the_range_still_counts() -> None:
    rules = {"policies": [pods(100)], "stabilizationWindowSeconds": 0}
    assert follow(5, 90, most=20, scaleUp=rules).limited == behavior.TOO_MANY
    assert follow(5, 0, least=2, scaleDown=rules).limited == behavior.TOO_FEW


def test_scaling_is_noted_by_direction() -> None:
    history = History()
    history.scaled(2, 5, NOW)
    history.scaled(5, 4, NOW)
    assert (history.ups, history.downs) == ([(NOW, 3)], [(NOW, 1)])
