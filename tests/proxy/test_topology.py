"""Hints: whose clients are sent where, and when that is ignored."""

from __future__ import annotations

from typing import Any

from wherry.proxy.nodes import Nodes, NodeTable
from wherry.proxy.topology import Endpoint, Near, State, hinted

A, B, C = (Endpoint(f"127.64.0.{i}", 80) for i in (1, 2, 3))
NODES = Nodes({"n1": "127.16.0.1", "n2": "127.16.0.2"}, False, {"n1": "east", "n2": "west"})


def state(endpoint: Endpoint, *, zone: str = "", node: str = "", ready: bool = True) -> State:
    return State(endpoint, ready, True, (node,) if node else (), (zone,) if zone else ())


def near(*states: State) -> Near:
    return hinted(states, NODES)


def test_a_zone_is_served_by_the_endpoints_meant_for_it() -> None:
    states = state(A, zone="east"), state(B, zone="west"), state(C, zone="east")
    assert near(*states) == {"n1": (A, C), "n2": (B,)}


def test_a_node_without_endpoints_of_its_own_goes_by_zone() -> None:
    states = state(A, node="n1", zone="east"), state(B, node="n3", zone="west")
    assert near(*states) == {"n1": (A,), "n2": (B,)}


def test_a_zone_without_endpoints_is_served_by_all() -> None:
    assert near(state(A, zone="east")) == {"n1": (A,)}


def test_one_ready_endpoint_without_hints_makes_all_count() -> None:
    assert near(state(A, zone="east"), state(B)) == {}


def test_hints_of_endpoints_that_are_not_ready_do_not_count() -> None:
    assert near(state(A, zone="east"), state(B, ready=False)) == {"n1": (A,)}
    assert near(state(A, zone="east", ready=False)) == {}


def node(name: str, address: str, cidr: str, **labels: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {"podCIDRs": [cidr, "fd00::/64"]},
        "status": {"addresses": [{"type": "InternalIP", "address": address}]},
    }


def test_a_client_belongs_to_the_node_of_its_address() -> None:
    zone = {"topology.kubernetes.io/zone": "east"}
    all_nodes = [
        node("n1", "127.16.0.1", "127.64.0.0/24", **zone),
        node("n2", "127.16.0.2", "127.64.1.0/24"),
        node("far", "127.16.0.3", "127.64.2.0/24"),
    ]
    table = NodeTable(lambda name: name != "far", loopback=True)
    assert [table.heard("ADDED", one) for one in all_nodes] == [True, True, False]
    clients = ("127.64.0.9", "127.16.0.2", "127.64.2.9", "127.0.0.1")
    assert [table.nodes.of_client(address) for address in clients] == ["n1", "n2", "", ""]
    assert table.nodes.zones == {"n1": "east"}


def test_only_changes_of_place_are_news() -> None:
    table = NodeTable(lambda name: True, loopback=True)
    assert table.heard("ADDED", node("n1", "127.16.0.1", "127.64.0.0/24"))
    assert not table.heard("MODIFIED", node("n1", "127.16.0.1", "127.64.0.0/24", color="red"))
    assert table.heard("MODIFIED", node("n1", "127.16.0.5", "127.64.0.0/24"))
    assert table.nodes.addresses == {"n1": "127.16.0.5"}
    assert table.nodes.of_client("127.16.0.1") == ""
    assert not table.heard("DELETED", node("n2", "127.16.0.2", "127.64.1.0/24"))
    assert table.heard("DELETED", node("n1", "127.16.0.5", "127.64.0.0/24"))
    assert not table.nodes.here("n1")
    assert table.nodes.of_client("127.64.0.9") == ""


def test_an_address_taken_over_stays_with_the_node_that_has_it_now() -> None:
    table = NodeTable(lambda name: True, loopback=True)
    table.heard("ADDED", node("old", "127.16.0.1", "127.64.0.0/24"))
    table.heard("ADDED", node("new", "127.16.0.1", "127.64.0.0/24"))
    table.heard("DELETED", node("old", "127.16.0.1", "127.64.0.0/24"))
    assert table.nodes.of_client("127.64.0.9") == "new"
