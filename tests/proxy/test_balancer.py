"""Turns and session affinity."""

from __future__ import annotations

from wherry.apimachinery.clock import FakeClock
from wherry.proxy.balancer import Balancer
from wherry.proxy.table import PortName, Route
from wherry.proxy.topology import Endpoint

from tests.support import run

A, B, C = (Endpoint(f"127.64.0.{i}", 80) for i in (1, 2, 3))


def balancer(*endpoints: Endpoint, affinity: int = 0, clock: FakeClock | None = None) -> Balancer:
    return Balancer(Route(PortName("ns", "web", ""), endpoints, affinity), clock or FakeClock())


def test_endpoints_take_turns() -> None:
    turns = balancer(A, B, C)
    assert [next(turns.order("x")) for _ in range(4)] == [A, B, C, A]


def test_every_endpoint_is_tried_once() -> None:
    turns = balancer(A, B, C)
    next(turns.order("x"))
    assert list(turns.order("x")) == [B, C, A]


def test_the_turn_survives_a_change_of_endpoints() -> None:
    turns = balancer(A, B, C)
    next(turns.order("x"))
    turns.update(turns.route._replace(endpoints=(A, C)))
    assert next(turns.order("x")) == C


def test_a_client_with_affinity_comes_back_until_its_time_is_over() -> None:
    clock = FakeClock()
    turns = balancer(A, B, affinity=60, clock=clock)
    turns.connected("me", A)
    assert [next(turns.order("me")) for _ in range(3)] == [A, A, A]
    run(clock.advance(61))
    assert {next(turns.order("me")) for _ in range(2)} == {A, B}


def test_affinity_ends_when_the_endpoint_leaves() -> None:
    turns = balancer(A, B, affinity=60)
    turns.connected("me", A)
    turns.update(turns.route._replace(endpoints=(B,)))
    assert list(turns.order("me")) == [B]


def test_clients_of_a_node_take_turns_over_their_own_endpoints() -> None:
    route = Route(PortName("ns", "web", ""), (A, B, C), 0, {"n1": (A, B), "n2": ()})
    turns = Balancer(route, FakeClock(), lambda address: {"one": "n1", "two": "n2"}[address])
    assert [next(turns.order("one")) for _ in range(3)] == [A, B, A]
    assert list(turns.order("two")) == []


def test_affinity_gives_way_to_where_a_client_is_sent_now() -> None:
    route = Route(PortName("ns", "web", ""), (A, B), 60)
    turns = Balancer(route, FakeClock(), lambda address: "n1")
    turns.connected("me", A)
    turns.update(route._replace(near={"n1": (B,)}))
    assert list(turns.order("me")) == [B]
