"""Which plug-ins a profile has where: defaults, what is switched off and on, weights, and what cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.scheduler.config.model import Plugins
from wherry.scheduler.config.points import Enabled, PluginError, expand


def at(*names: str, weight: int = 0) -> list[dict[str, Any]]:
    return [{"name": name, **({"weight": weight} if weight else {})} for name in names]


def enabled(**points: Any) -> Enabled:
    return expand(Plugins.model_validate(points), "mine")


def test_by_default_every_plug_in_is_where_it_has_something_to_say() -> None:
    points = enabled().points
    assert points["queue_sort"] == ("PrioritySort",)
    assert points["bind"] == ("DefaultBinder",)
    assert points["post_filter"] == ("DynamicResources", "DefaultPreemption")
    assert points["filter"][:3] == ("NodeUnschedulable", "NodeName", "TaintToleration")
    assert points["filter"][-2:] == ("DynamicResources", "NodeDeclaredFeatures")
    assert points["permit"] == ()


def test_a_plug_in_is_switched_off_at_one_point() -> None:
    points = enabled(score={"disabled": at("ImageLocality")}).points
    assert "ImageLocality" not in points["score"]
    assert "NodeResourcesFit" in points["score"]


def test_a_plug_in_is_switched_off_everywhere() -> None:
    points = enabled(multiPoint={"disabled": at("NodeAffinity")}).points
    assert not any("NodeAffinity" in listed for listed in points.values())


def test_a_star_switches_all_defaults_of_a_point_off() -> None:
    found = enabled(score={"disabled": at("*"), "enabled": at("NodeResourcesFit", weight=5)})
    assert found.points["score"] == ("NodeResourcesFit",)
    assert found.weights == {"NodeResourcesFit": 5}


def test_with_all_defaults_off_only_what_is_named_is_left() -> None:
    kept = at("PrioritySort", "NodeResourcesFit", "DefaultBinder")
    points = enabled(multiPoint={"disabled": at("*"), "enabled": kept}).points
    assert points["filter"] == points["score"] == ("NodeResourcesFit",)
    assert points["post_filter"] == ()


def test_a_default_named_again_keeps_its_place_and_takes_the_weight() -> None:
    found = enabled(multiPoint={"enabled": at("TaintToleration", weight=9)})
    assert found.points["score"][0] == "TaintToleration"
    assert found.weights["TaintToleration"] == 9


def test_a_weight_at_the_point_itself_counts_more_than_one_for_all_points() -> None:
    found = enabled(
        multiPoint={"enabled": at("NodeAffinity", weight=9)}, score={"enabled": at("NodeAffinity", weight=4)}
    )
    assert found.weights["NodeAffinity"] == 4
    assert found.points["score"][0] == "NodeAffinity"


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ({"filter": {"enabled": at("Foo")}}, 'FilterPlugin "Foo" does not exist'),
        ({"multiPoint": {"enabled": at("Foo")}}, 'PreFilterPlugin "Foo" does not exist'),
        ({"filter": {"enabled": at("ImageLocality")}}, "does not extend FilterPlugin plugin"),
        (
            {"score": {"enabled": at("NodeAffinity", "NodeAffinity")}},
            'plugin "NodeAffinity" already registered as "ScorePlugin"',
        ),
        (
            {"multiPoint": {"enabled": at("NodeName", "NodeName")}},
            'plugin "NodeName" already registered as "FilterPlugin"',
        ),
        ({"queueSort": {"disabled": at("*")}}, "only one queue sort plugin required"),
        (
            {"bind": {"disabled": at("*")}},
            'at least one bind plugin is needed for profile with scheduler name "mine"',
        ),
        ({"score": {"enabled": at("NodeAffinity", weight=1 << 60)}}, "could overflow"),
    ],
)
def test_what_cannot_be_is_refused(points: Any, words: str) -> None:
    with pytest.raises(PluginError) as caught:
        enabled(**points)
    assert words in str(caught.value)
