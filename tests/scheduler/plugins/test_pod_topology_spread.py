"""Spreading: hard constraints refuse, soft ones and the defaults for replicas score."""

from __future__ import annotations

from typing import Any

from wherry.apimachinery import labels

from tests.scheduler.objects import ZONE, World, node, pod, spread

WEB = {"app": "web"}
SKEWED = "node(s) didn't match pod topology spread constraints"


def zones() -> list[dict[str, object]]:
    return [node("a", zone="z1"), node("b", zone="z2")]


def test_zones_fill_evenly() -> None:
    world = World(*zones())
    pods = [pod(f"p{i}", labels=WEB, topologySpreadConstraints=[spread(ZONE)]) for i in range(4)]
    assert sorted(world.settle(*pods)) == ["a", "a", "b", "b"]


def test_a_zone_beyond_the_skew_is_refused() -> None:
    world = World(node("a", zone="z1"), node("b", zone="z2", cpu="100m"), pod("f", on="a", labels=WEB))
    found = world.place(pod("p", cpu="1", labels=WEB, topologySpreadConstraints=[spread(ZONE)]))
    assert found == f"0/2 nodes are available: 1 Insufficient cpu, 1 {SKEWED}."


def test_a_larger_skew_allows_more() -> None:
    world = World(node("a", zone="z1"), node("b", zone="z2", cpu="100m"), pod("f", on="a", labels=WEB))
    constraint = spread(ZONE, skew=2)
    assert world.place(pod("p", cpu="1", labels=WEB, topologySpreadConstraints=[constraint])) == "a"


def test_an_empty_selector_counts_nobody() -> None:
    everyone: dict[str, Any] = {"labelSelector": {}}
    placed = [pod(f"f{i}", on="a", labels=WEB) for i in range(3)]
    world = World(node("a", zone="z1"), node("b", zone="z2", cpu="100m"), *placed)
    hard = spread(ZONE, **everyone)
    assert world.place(pod("p", cpu="1", labels=WEB, topologySpreadConstraints=[hard])) == "a"
    soft = spread(ZONE, soft=True, **everyone)
    world = World(node("a", zone="z1"), node("b", zone="z2", cpu="1"), *placed)
    assert world.place(pod("p", cpu="500m", labels=WEB, topologySpreadConstraints=[soft])) == "a"


def test_a_node_without_the_label_is_no_place() -> None:
    found = World(node("a")).place(pod("p", labels=WEB, topologySpreadConstraints=[spread(ZONE)]))
    assert found == f"0/1 nodes are available: 1 {SKEWED} (missing required label)."


def test_too_few_domains_count_as_an_empty_one() -> None:
    constraint = spread(ZONE, minDomains=2)
    world = World(node("a", zone="z1"), pod("f", on="a", labels=WEB))
    found = world.place(pod("p", labels=WEB, topologySpreadConstraints=[constraint]))
    assert found == f"0/1 nodes are available: 1 {SKEWED}."


def test_pods_being_deleted_and_of_other_namespaces_do_not_count() -> None:
    world = World(
        *zones(),
        pod("going", on="b", labels=WEB, deleted=True),
        pod("elsewhere", on="b", labels=WEB, namespace="other"),
        pod("f", on="a", labels=WEB),
    )
    assert world.place(pod("p", labels=WEB, topologySpreadConstraints=[spread(ZONE)])) == "b"


def test_nodes_that_the_pod_cannot_use_are_no_domains_unless_told() -> None:
    world = World(node("a", zone="z1", labels={"k": "1"}), node("b", zone="z2"), pod("f", on="a", labels=WEB))
    chosen: dict[str, Any] = {"labels": WEB, "nodeSelector": {"k": "1"}}
    assert world.place(pod("p", **chosen, topologySpreadConstraints=[spread(ZONE)])) == "a"
    ignoring = spread(ZONE, nodeAffinityPolicy="Ignore")
    assert SKEWED in world.place(pod("p", **chosen, topologySpreadConstraints=[ignoring]))


def test_only_pods_of_the_same_revision_count_with_match_label_keys() -> None:
    world = World(*zones(), pod("old", on="a", labels={**WEB, "rev": "1"}))
    constraint = spread(ZONE, matchLabelKeys=["rev"])
    new = [pod(f"p{i}", labels={**WEB, "rev": "2"}, topologySpreadConstraints=[constraint]) for i in range(2)]
    assert sorted(world.settle(*new)) == ["a", "b"]


def test_a_soft_constraint_prefers_and_still_schedules() -> None:
    constraint = spread(ZONE, soft=True)
    pods = [pod("f0", on="a", labels=WEB), pod("f1", on="a", labels=WEB)]
    world = World(node("a", zone="z1", cpu="8"), node("b", zone="z2"), *pods)
    assert world.place(pod("p", labels=WEB, topologySpreadConstraints=[constraint])) == "b"
    assert world.place(pod("p", cpu="6", labels=WEB, topologySpreadConstraints=[constraint])) == "a"


def test_replicas_spread_over_hosts_without_being_told() -> None:
    replicas = labels.from_map(WEB)
    world = World(
        node("a", cpu="8", memory="16Gi"), node("b"), pod("f", on="a", labels=WEB), replicas=replicas
    )
    assert world.place(pod("p", labels=WEB)) == "b"
