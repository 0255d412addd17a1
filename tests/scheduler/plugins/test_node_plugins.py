"""Plug-ins that look at one node: labels, taints, cordons, ports."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.scheduler.plugins.image_locality import ImageLocality

from tests.scheduler.objects import REQUIRED, World, node, pod

MISMATCH = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
TAINTED = "0/1 nodes are available: 1 node(s) had untolerated taint(s)."
PORTS = "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports."


def required(*terms: Any) -> dict[str, Any]:
    return {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": list(terms)}}}


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def test_every_label_of_the_node_selector_is_needed() -> None:
    world = World(node("a", labels={"disk": "ssd"}))
    assert world.place(pod("p", nodeSelector={"disk": "ssd"})) == "a"
    assert world.place(pod("p", nodeSelector={"disk": "ssd", "gpu": "1"})) == MISMATCH


@pytest.mark.parametrize(
    ("term", "fits"),
    [
        (expression("n", "In", "4", "5"), True),
        (expression("n", "In", "6"), False),
        (expression("n", "NotIn", "5"), False),
        (expression("missing", "NotIn", "5"), True),
        (expression("n", "Exists"), True),
        (expression("n", "DoesNotExist"), False),
        (expression("n", "Gt", "4"), True),
        (expression("n", "Lt", "5"), False),
        (expression("word", "Gt", "1"), False),
        ({}, False),
        ({"matchFields": [{"key": "metadata.name", "operator": "NotIn", "values": ["a"]}]}, False),
    ],
)
def test_required_affinity(term: dict[str, Any], fits: bool) -> None:
    world = World(node("a", labels={"n": "5", "word": "x"}))
    assert world.place(pod("p", affinity=required(term))) == ("a" if fits else MISMATCH)


def test_one_term_of_several_is_enough() -> None:
    world = World(node("a", labels={"n": "5"}))
    assert world.place(pod("p", affinity=required({}, expression("n", "Exists")))) == "a"


def test_a_pod_for_a_named_node_is_refused_by_all_others_at_once() -> None:
    named = required({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["gone"]}]})
    message = "0/2 nodes are available: 2 node(s) didn't satisfy plugin(s) [NodeAffinity]."
    assert World(node("a"), node("b")).place(pod("p", affinity=named)) == message


def test_terms_that_name_no_node_in_common_conflict() -> None:
    fields = [{"key": "metadata.name", "operator": "In", "values": [name]} for name in "ab"]
    found = World(node("a")).place(pod("p", affinity=required({"matchFields": fields})))
    assert found == "0/1 nodes are available: pod affinity terms conflict."


@pytest.mark.parametrize(
    ("toleration", "fits"),
    [
        ({"key": "k", "operator": "Equal", "value": "v", "effect": "NoSchedule"}, True),
        ({"key": "k", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "k", "value": "other"}, False),
        ({"key": "other", "operator": "Exists"}, False),
        ({"key": "k", "operator": "Exists", "effect": "NoExecute"}, False),
    ],
)
def test_tolerations(toleration: dict[str, str], fits: bool) -> None:
    world = World(node("a", taints=[{"key": "k", "value": "v", "effect": "NoSchedule"}]))
    assert world.place(pod("p", tolerations=[toleration])) == ("a" if fits else TAINTED)


def test_of_soft_taints_fewer_are_better() -> None:
    soft = [{"key": key, "effect": "PreferNoSchedule"} for key in ("k", "l")]
    world = World(node("a", taints=soft), node("b", taints=soft[:1]))
    assert world.place(pod("p")) == "b"
    assert World(node("a", taints=soft)).place(pod("p")) == "a"


def test_a_cordoned_node_takes_only_pods_that_tolerate_it() -> None:
    world = World(node("a", unschedulable=True))
    tolerated = {"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}
    assert world.place(pod("p")) == "0/1 nodes are available: 1 node(s) were unschedulable."
    assert world.place(pod("q", tolerations=[tolerated])) == "a"


def serving(port: int, ip: str = "", protocol: str = "TCP") -> list[dict[str, Any]]:
    return [
        {"name": "c", "ports": [{"containerPort": 80, "hostPort": port, "hostIP": ip, "protocol": protocol}]}
    ]


@pytest.mark.parametrize(
    ("second", "fits"),
    [
        (serving(80), False),
        (serving(81), True),
        (serving(80, protocol="UDP"), True),
        (serving(80, "10.0.0.1"), False),
    ],
)
def test_host_ports_are_unique_on_a_node(second: Any, fits: bool) -> None:
    world = World(node("a"), pod("first", on="a", containers=serving(80)))
    assert world.place(pod("p", containers=second)) == ("a" if fits else PORTS)


def test_host_ports_on_different_addresses_do_not_conflict() -> None:
    world = World(node("a"), pod("first", on="a", containers=serving(80, "10.0.0.1")))
    assert world.place(pod("p", containers=serving(80, "10.0.0.2"))) == "a"
    assert world.place(pod("p", containers=serving(80))) == PORTS


def test_the_wanted_labels_with_most_weight_win() -> None:
    def wish(weight: int, key: str) -> dict[str, Any]:
        return {"weight": weight, "preference": expression(key, "Exists")}

    world = World(node("a", labels={"k": "1"}), node("b", labels={"l": "1"}))
    wishes = {"preferredDuringSchedulingIgnoredDuringExecution": [wish(10, "k"), wish(50, "l")]}
    assert world.place(pod("p", affinity={"nodeAffinity": wishes})) == "b"


def test_a_node_must_say_that_it_can_do_what_the_pod_needs() -> None:
    rules = [{"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [42]}}]
    for kind in ("containers", "initContainers"):
        containers: dict[str, Any] = {kind: [{"name": "c", "image": "x:1", "restartPolicyRules": rules}]}
        asking = pod("p", **containers)
        able = node("b")
        able["status"]["declaredFeatures"] = ["RestartAllContainersOnContainerExits"]
        assert World(node("a"), able).place(asking) == "b"
        why = "0/1 nodes are available: 1 node(s) didn't match Pod's required features."
        assert World(node("a")).place(asking) == why


def test_an_image_is_as_large_as_the_first_node_said() -> None:
    def holding(name: str, megabytes: int) -> dict[str, Any]:
        return node(name, images=[{"names": ["db:1"], "sizeBytes": megabytes << 20}])

    world = World(holding("a", 900), holding("b", 10), node("c"))
    likes = ImageLocality(world.cache)
    wanted = world.info(pod("p", containers=[{"name": "c", "image": "db:1"}])).template
    scores = [likes.score(wanted, one) for one in world.cache.order]
    assert scores == [59, 59, 0]
    world.cache.set_node(node("a"))
    world.cache.set_node(holding("b", 900))
    assert likes.score(wanted, world.cache.nodes["b"]) == 28
