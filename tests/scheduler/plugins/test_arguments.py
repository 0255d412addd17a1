"""What the arguments of plug-ins do: scoring strategies, enforced affinity, default spreading and others."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from wherry.apimachinery import labels
from wherry.scheduler.config.args import ShapePoint
from wherry.scheduler.config.load import parse
from wherry.scheduler.config.resolved import Resolved
from wherry.scheduler.framework import enough_nodes
from wherry.scheduler.plugins.resource_scores import curve

from tests.scheduler.objects import HOST, ZONE, World, liked, near, node, pod, term

Object = dict[str, Any]
HEAD = {"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration"}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def profile(plugin: str, args: Object, *, alone: bool = False) -> Resolved:
    """The default profile with arguments for one plug-in; `alone`: which alone gives scores."""
    changed: Object = {"pluginConfig": [{"name": plugin, "args": args}]}
    if alone:
        changed["plugins"] = {"score": {"disabled": [{"name": "*"}], "enabled": [{"name": plugin}]}}
    return parse(yaml.safe_dump(HEAD | {"profiles": [changed]}).encode()).profiles[0]


def strategy(kind: str, *resources: tuple[str, int], shape: dict[int, int] | None = None) -> Resolved:
    listed = [{"name": name, "weight": weight} for name, weight in resources]
    chosen: Object = {"type": kind, "resources": listed}
    if shape:
        points = [{"utilization": at, "score": score} for at, score in shape.items()]
        chosen["requestedToCapacityRatio"] = {"shape": points}
    return profile("NodeResourcesFit", {"scoringStrategy": chosen}, alone=True)


def score(world: World, obj: Object, name: str) -> int:
    return world.framework.verdict(world.info(obj).template, world.cache.nodes[name]).score


HALF = (node("full"), node("empty"), pod("there", cpu="2", memory="1Gi", on="full"))


@pytest.mark.parametrize(("kind", "place"), [("LeastAllocated", "empty"), ("MostAllocated", "full")])
def test_nodes_are_filled_or_spared(kind: str, place: str) -> None:
    world = World(*HALF, config=strategy(kind, ("cpu", 1), ("memory", 1)))
    assert world.place(pod("p", cpu="1", memory="1Gi")) == place


def test_resources_count_by_their_weights() -> None:
    asked = pod("p", cpu="1", memory="1Gi")
    world = World(*HALF, config=strategy("MostAllocated", ("cpu", 3), ("memory", 1)))
    assert score(world, asked, "full") == (75 * 3 + 25) // 4
    world = World(*HALF, config=strategy("LeastAllocated", ("cpu", 3), ("memory", 1)))
    assert score(world, asked, "full") == (25 * 3 + 75) // 4


def test_an_extended_resource_counts_for_pods_that_want_it() -> None:
    config = strategy("MostAllocated", ("cpu", 1), ("example.com/gpu", 3))
    world = World(node("a", allocatable={"example.com/gpu": "4"}), config=config)
    assert score(world, pod("p", cpu="1"), "a") == 25
    requests = {"cpu": "1", "example.com/gpu": "2"}
    wanting = pod("q", containers=[{"name": "c", "resources": {"requests": requests}}])
    assert score(world, wanting, "a") == (25 + 50 * 3) // 4


def test_a_ratio_scores_along_its_shape() -> None:
    packing = strategy("RequestedToCapacityRatio", ("cpu", 1), shape={0: 0, 100: 10})
    assert score(World(*HALF, config=packing), pod("p", cpu="1"), "full") == 75
    sparing = strategy("RequestedToCapacityRatio", ("cpu", 1), shape={0: 10, 100: 0})
    assert score(World(*HALF, config=sparing), pod("p", cpu="1"), "full") == 25


def test_a_shape_is_level_beyond_its_ends_and_straight_between() -> None:
    points = [(20, 2), (40, 8), (80, 3)]
    at = curve([ShapePoint.model_construct(utilization=x, score=y) for x, y in points])
    assert [at(x) for x in (0, 20, 30, 40, 60, 80, 100)] == [20, 20, 50, 80, 55, 30, 30]


def test_balance_may_look_at_other_resources() -> None:
    resources = [{"name": "cpu"}, {"name": "memory"}, {"name": "example.com/gpu"}]
    config = profile("NodeResourcesBalancedAllocation", {"resources": resources}, alone=True)
    world = World(node("a", allocatable={"example.com/gpu": "4"}), config=config)
    requests = {"cpu": "2", "memory": "4Gi", "example.com/gpu": "2"}
    even = pod("even", containers=[{"name": "c", "resources": {"requests": requests}}])
    assert score(world, even, "a") == 75
    uneven = pod("uneven", containers=[{"name": "c", "resources": {"requests": {"example.com/gpu": "4"}}}])
    assert score(world, uneven, "a") < 60


def test_a_pod_that_asks_only_for_the_other_resource_is_scored_too() -> None:
    resources = [{"name": "cpu"}, {"name": "ephemeral-storage"}]
    config = profile("NodeResourcesBalancedAllocation", {"resources": resources}, alone=True)
    world = World(node("a", allocatable={"ephemeral-storage": "4Gi"}), config=config)
    asking = [{"name": "c", "resources": {"requests": {"ephemeral-storage": "4Gi"}}}]
    assert score(world, pod("p", containers=asking), "a") == 50


def test_ignored_resources_are_somebody_elses_business() -> None:
    args = {"ignoredResources": ["example.com/foo"], "ignoredResourceGroups": ["vendor.com"]}
    world = World(node("a"), config=profile("NodeResourcesFit", args))

    def wanting(name: str) -> Object:
        return pod("p", containers=[{"name": "c", "resources": {"requests": {name: "1"}}}])

    assert world.place(wanting("example.com/foo")) == "a"
    assert world.place(wanting("vendor.com/any")) == "a"
    assert "Insufficient example.com/bar" in world.place(wanting("example.com/bar"))


def test_an_added_affinity_is_every_pods() -> None:
    terms = [{"matchExpressions": [{"key": ZONE, "operator": "In", "values": ["z"]}]}]
    args = {"addedAffinity": {REQUIRED: {"nodeSelectorTerms": terms}}}
    config = profile("NodeAffinity", args)
    assert World(node("a"), node("b", zone="z"), config=config).place(pod("p")) == "b"
    assert World(node("a"), config=config).place(pod("p")) == (
        "0/1 nodes are available: 1 node(s) didn't match scheduler-enforced node affinity."
    )


def test_an_added_preference_is_every_pods() -> None:
    term = {"matchExpressions": [{"key": ZONE, "operator": "Exists"}]}
    args = {"addedAffinity": {PREFERRED: [{"weight": 5, "preference": term}]}}
    world = World(node("a"), node("b", zone="z"), node("c"), config=profile("NodeAffinity", args, alone=True))
    assert {world.place(pod("p")) for _ in range(9)} == {"b"}


def test_what_a_placed_pods_hard_affinity_is_worth() -> None:
    admirer = pod("x", on="b", affinity=near(term("web")))
    web = pod("p", labels={"app": "web"})
    for weight, places in ((0, {"a", "b"}), (100, {"b"})):
        config = profile("InterPodAffinity", {"hardPodAffinityWeight": weight}, alone=True)
        world = World(node("a"), node("b"), admirer, config=config)
        assert {world.place(web) for _ in range(20)} == places


def test_what_placed_pods_prefer_may_be_ignored() -> None:
    admirer = pod("x", on="b", affinity=liked("podAffinity", (100, term("web"))))
    args = {"ignorePreferredTermsOfExistingPods": True}
    world = World(node("a"), node("b"), admirer, config=profile("InterPodAffinity", args, alone=True))
    assert {world.place(pod("p", labels={"app": "web"})) for _ in range(20)} == {"a", "b"}


def listed(*constraints: Object) -> Resolved:
    return profile("PodTopologySpread", {"defaultingType": "List", "defaultConstraints": list(constraints)})


def test_default_constraints_spread_pods_that_have_none() -> None:
    rule = {"maxSkew": 1, "topologyKey": HOST, "whenUnsatisfiable": "DoNotSchedule"}
    web = {"app": "web"}
    there = pod("there", labels=web, on="a")
    nodes = (node("a"), node("b", cpu="1"))
    world = World(*nodes, there, replicas=labels.from_map(web), config=listed(rule))
    assert world.place(pod("p", cpu="1", labels=web)) == "b"
    assert "1 node(s) didn't match pod topology spread constraints" in world.place(
        pod("big", cpu="2", labels=web)
    )


def test_without_default_constraints_nothing_spreads_replicas() -> None:
    world = World(node("a"), node("b"), replicas=labels.from_map({"app": "web"}), config=listed())
    assert world.framework.profile.cluster_scores
    info = world.info(pod("p", labels={"app": "web"}))
    (spread,) = (p for p in world.framework.profile.cluster_scores if p.name == "PodTopologySpread")
    assert spread.pre_score(info, world.cache, world.cache.order, None) is None


@pytest.mark.parametrize(
    ("total", "percentage", "enough"),
    [(99, 1, 99), (1000, 0, 420), (1000, 5, 100), (1000, 30, 300), (1000, 100, 1000), (6000, 0, 300)],
)
def test_how_many_nodes_are_enough(total: int, percentage: int, enough: int) -> None:
    assert enough_nodes(total, percentage) == enough
