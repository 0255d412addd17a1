"""Room on nodes: what refuses a pod, and which of the nodes with room is best."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.scheduler.plugins.node_resources_balanced_allocation import NodeResourcesBalancedAllocation

from tests.scheduler.objects import World, node, pod

Object = dict[str, Any]


def test_what_is_short_is_named() -> None:
    world = World(node("a", cpu="1", memory="1Gi"))
    found = world.place(pod("p", cpu="2", memory="2Gi"))
    assert found == "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory."


def test_reasons_are_counted_over_the_nodes() -> None:
    world = World(node("a", cpu="1"), node("b", cpu="1"), node("c", unschedulable=True))
    found = world.place(pod("p", cpu="2"))
    assert found == "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu."


def test_an_extended_resource_must_be_there() -> None:
    gpu = [{"name": "c", "resources": {"requests": {"example.com/gpu": "1"}}}]
    world = World(node("a"), node("b", allocatable={"example.com/gpu": "1"}))
    assert world.settle(pod("p", containers=gpu)) == ["b"]
    assert world.place(pod("q", containers=gpu)) == "0/2 nodes are available: 2 Insufficient example.com/gpu."


def test_a_pod_without_requests_fits_on_a_full_node() -> None:
    assert World(node("a", cpu="1"), pod("full", on="a", cpu="1")).place(pod("p")) == "a"


def test_a_node_takes_so_many_pods() -> None:
    world = World(node("a", pods="1"), pod("only", on="a"))
    assert world.place(pod("p")) == "0/1 nodes are available: 1 Too many pods."


def test_a_pod_that_leaves_makes_room() -> None:
    world = World(node("a", cpu="1"), pod("full", on="a", cpu="1"))
    assert world.place(pod("p", cpu="1")) == "0/1 nodes are available: 1 Insufficient cpu."
    world.cache.remove_pod("default/full")
    assert world.place(pod("p", cpu="1")) == "a"


def test_the_emptier_node_is_better() -> None:
    world = World(node("a"), node("b"), pod("first", on="a", cpu="1", memory="1Gi"))
    assert world.place(pod("p", cpu="1", memory="1Gi")) == "b"


def test_pods_without_requests_still_spread() -> None:
    assert World(node("a"), node("b"), pod("first", on="a")).place(pod("p")) == "b"


def test_a_node_whose_resources_stay_balanced_is_better() -> None:
    world = World(
        node("a", cpu="10", memory="10Gi"),
        node("b", cpu="10", memory="10Gi"),
        pod("f", on="a", cpu="4", memory="1Gi"),
        pod("g", on="b", cpu="1", memory="4Gi"),
    )
    assert world.place(pod("p", cpu="1", memory="4Gi")) == "a"


def test_a_large_image_that_is_there_already_attracts() -> None:
    images = [{"names": ["x:1"], "sizeBytes": 900 * 1024 * 1024}]
    assert World(node("a"), node("b", images=images)).place(pod("p")) == "b"


def test_an_image_that_is_mounted_attracts_too() -> None:
    images = [{"names": ["model:1"], "sizeBytes": 900 * 1024 * 1024}]
    world = World(node("a"), node("b", images=images))
    assert world.place(pod("p", volumes=[{"name": "m", "image": {"reference": "model:1"}}])) == "b"


def test_a_small_image_is_no_reason() -> None:
    images = [{"names": ["x:1"], "sizeBytes": 1 << 20}]
    assert World(node("a", cpu="8", memory="16Gi"), node("b", images=images)).place(pod("p", cpu="1")) == "a"


@pytest.mark.parametrize(
    ("used", "asked", "score"),
    [
        ({}, {"cpu": "2", "memory": "2Gi"}, 75),
        ({}, {"cpu": "8", "memory": "0"}, 55),
        ({"cpu": "8", "memory": "2Gi"}, {"cpu": "0", "memory": "6Gi"}, 90),
        ({"cpu": "4", "memory": "4Gi"}, {"cpu": "4", "memory": "3Gi"}, 72),
        ({"cpu": "10"}, {"cpu": "5", "memory": "10Gi"}, 100),
    ],
)
def test_the_balance_that_a_pod_brings_is_what_counts(used: Object, asked: Object, score: int) -> None:
    world = World(node("a", cpu="10", memory="10Gi"), pod("there", on="a", **used))
    template = world.info(pod("p", **asked)).template
    assert NodeResourcesBalancedAllocation().score(template, world.cache.nodes["a"]) == score
