"""Pods that want to be near or far from other pods."""

from __future__ import annotations

from tests.scheduler.objects import ZONE, World, far, liked, near, node, pod, term

WEB = {"app": "web"}
NEAR = "0/2 nodes are available: 2 node(s) didn't match pod affinity rules."
FAR = "node(s) didn't match pod anti-affinity rules"


def test_near_a_matching_pod() -> None:
    world = World(node("a"), node("b"), pod("w", on="b", labels=WEB))
    assert world.place(pod("p", affinity=near(term("web")))) == "b"


def test_nobody_to_be_near_to() -> None:
    assert World(node("a"), node("b")).place(pod("p", affinity=near(term("web")))) == NEAR


def test_the_first_of_a_group_may_start_anywhere_and_the_others_follow() -> None:
    world = World(node("a"), node("b"))
    first, second = world.settle(*(pod(n, labels=WEB, affinity=near(term("web"))) for n in "pq"))
    assert first == second


def test_pods_of_other_namespaces_are_not_seen_unless_named_or_selected() -> None:
    world = World(node("a"), node("b"), pod("w", on="b", labels=WEB, namespace="other"))
    assert world.place(pod("p", affinity=near(term("web")))) == NEAR
    assert world.place(pod("p", affinity=near(term("web", namespaces=["other"])))) == "b"
    chosen = {"matchLabels": {"team": "b"}}
    assert world.place(pod("p", affinity=near(term("web", namespaceSelector=chosen)))) == "b"
    assert world.place(pod("p", affinity=near(term("web", namespaceSelector={})))) == "b"


def test_one_pod_must_match_all_terms() -> None:
    world = World(node("a"), node("b"), pod("w", on="a", labels=WEB), pod("d", on="a", labels={"app": "db"}))
    assert world.place(pod("p", affinity=near(term("web"), term("db")))) == NEAR


def test_a_node_without_the_topology_label_is_not_near() -> None:
    world = World(node("a"), node("b"), pod("w", on="a", labels=WEB))
    assert world.place(pod("p", affinity=near(term("web", ZONE)))) == NEAR


def test_far_from_a_matching_pod() -> None:
    world = World(node("a"), node("b"), pod("w", on="a", labels=WEB))
    assert world.place(pod("p", affinity=far(term("web")))) == "b"


def test_one_per_node() -> None:
    world = World(node("a"), node("b"))
    pods = [pod(n, labels=WEB, affinity=far(term("web"))) for n in "pqr"]
    assert sorted(world.settle(*pods[:2])) == ["a", "b"]
    assert world.place(pods[2]) == f"0/2 nodes are available: 2 {FAR}."


def test_a_placed_pod_keeps_others_away() -> None:
    guard = pod("g", on="a", affinity=far(term("web", ZONE)))
    world = World(node("a", zone="z1"), node("b", zone="z1"), guard)
    message = "0/2 nodes are available: 2 node(s) didn't satisfy existing pods anti-affinity rules."
    assert world.place(pod("p", labels=WEB)) == message
    world.cache.remove_pod("default/g")
    assert world.place(pod("p", labels=WEB)) in ("a", "b")


def test_wishes_attract_and_repel() -> None:
    world = World(node("a", cpu="8", memory="16Gi"), node("b"), pod("w", on="b", labels=WEB))
    assert world.place(pod("p", cpu="1", affinity=liked("podAffinity", (100, term("web"))))) == "b"
    world = World(node("a", cpu="8", memory="16Gi"), node("b"), pod("w", on="a", labels=WEB))
    assert world.place(pod("p", cpu="1", affinity=liked("podAntiAffinity", (100, term("web"))))) == "b"


def test_what_a_placed_pod_requires_attracts_the_other_side() -> None:
    fan = pod("fan", on="b", labels={"app": "fan"}, affinity=near(term("web")))
    assert World(node("a"), node("b"), fan, pod("x", on="a")).place(pod("p", labels=WEB)) == "b"
