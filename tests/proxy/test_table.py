"""Which addresses are served, and which endpoints take new connections."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.proxy.table import Listen, routes, skipped_ports

from tests.proxy.objects import NODES, endpoint, hint, piece, service

CLUSTER_IP = Listen("127.48.0.5", 80)


def served(spec: dict[str, Any], *endpoints: dict[str, Any]) -> dict[Listen, list[str]]:
    found = routes(service(**spec), [piece(*endpoints)], NODES)
    return {where: [e.address for e in route.endpoints] for where, route in found.items()}


def test_a_cluster_ip_leads_to_every_ready_endpoint() -> None:
    endpoints = [endpoint("127.64.0.2"), endpoint("127.64.0.1"), endpoint("127.64.0.3", ready=False)]
    assert served({}, *endpoints) == {CLUSTER_IP: ["127.64.0.1", "127.64.0.2"]}


def test_without_endpoints_nothing_listens() -> None:
    assert served({}) == {}
    assert served({}, endpoint("127.64.0.1", ready=False)) == {}


def test_when_none_is_ready_those_that_terminate_but_serve_take_over() -> None:
    going = endpoint("127.64.0.1", ready=False, serving=True, terminating=True)
    gone = endpoint("127.64.0.2", ready=False, serving=False, terminating=True)
    assert served({}, going, gone) == {CLUSTER_IP: ["127.64.0.1"]}
    assert served({}, going, endpoint("127.64.0.3")) == {CLUSTER_IP: ["127.64.0.3"]}


def test_a_node_port_is_served_on_every_node_and_on_localhost() -> None:
    ports = [{"port": 80, "protocol": "TCP", "nodePort": 30080}]
    found = served({"type": "NodePort", "ports": ports}, endpoint("127.64.0.1"))
    addresses = ["127.16.0.1", "127.16.0.2", "127.0.0.1"]
    assert found.keys() == {CLUSTER_IP, *(Listen(a, 30080) for a in addresses)}


def test_a_local_policy_keeps_outside_traffic_on_its_node() -> None:
    ports = [{"port": 80, "protocol": "TCP", "nodePort": 30080}]
    spec = {"type": "NodePort", "ports": ports, "externalTrafficPolicy": "Local"}
    found = served(spec, endpoint("127.64.0.1", node="n1"), endpoint("127.64.0.2", node="far"))
    assert found[Listen("127.16.0.1", 30080)] == ["127.64.0.1"]
    assert Listen("127.16.0.2", 30080) not in found
    assert found[CLUSTER_IP] == ["127.64.0.1", "127.64.0.2"]


def test_a_local_policy_inside_keeps_to_this_machine() -> None:
    endpoints = [endpoint("127.64.0.1", node="n1"), endpoint("127.64.0.2", node="far")]
    assert served({"internalTrafficPolicy": "Local"}, *endpoints) == {CLUSTER_IP: ["127.64.0.1"]}


def test_inside_a_local_policy_the_pods_of_a_node_reach_that_node_alone() -> None:
    endpoints = [endpoint("127.64.0.1", node="n1"), endpoint("127.64.0.2", node="far")]
    found = routes(service(internalTrafficPolicy="Local"), [piece(*endpoints)], NODES)[CLUSTER_IP]
    assert [e.address for e in found.endpoints_of("n1")] == ["127.64.0.1"]
    assert found.endpoints_of("n2") == ()


def test_a_node_port_goes_where_hints_send_its_node() -> None:
    ports = [{"port": 80, "protocol": "TCP", "nodePort": 30080}]
    endpoints = [endpoint(f"127.64.0.{n}", hints=hint(node=f"n{n}", zone="z")) for n in (1, 2)]
    found = served({"type": "NodePort", "ports": ports}, *endpoints)
    assert found[Listen("127.16.0.1", 30080)] == ["127.64.0.1"]
    assert found[Listen("127.16.0.2", 30080)] == ["127.64.0.2"]
    assert found[Listen("127.0.0.1", 30080)] == found[CLUSTER_IP] == ["127.64.0.1", "127.64.0.2"]


def test_the_address_of_a_load_balancer_is_served() -> None:
    status = {"loadBalancer": {"ingress": [{"ip": "127.32.0.1"}]}}
    found = served({"type": "LoadBalancer", "status": status}, endpoint("127.64.0.1"))
    assert found.keys() == {CLUSTER_IP, Listen("127.32.0.1", 80)}


@pytest.mark.parametrize("spec", [{"ip": "None"}, {"ip": ""}, {"type": "ExternalName"}])
def test_headless_and_external_services_have_no_listener(spec: dict[str, Any]) -> None:
    assert served(spec, endpoint("127.64.0.1")) == {}


def test_ports_of_the_same_number_differ_by_protocol() -> None:
    protocols = ("TCP", "UDP", "SCTP")
    web = service(ports=[{"name": p.lower(), "port": 80, "protocol": p} for p in protocols])
    pieces = [piece(endpoint("127.64.0.1"), port=9000 + n, name=p.lower()) for n, p in enumerate(protocols)]
    for part, protocol in zip(pieces, protocols, strict=True):
        part["ports"][0]["protocol"] = protocol
    found = {where: route.endpoints[0].port for where, route in routes(web, pieces, NODES).items()}
    assert found == {CLUSTER_IP: 9000, Listen("127.48.0.5", 80, "UDP"): 9001}
    assert skipped_ports(web) == ["80/SCTP"]


def test_named_ports_find_their_number_in_the_slice() -> None:
    ports = [{"name": "http", "port": 80, "protocol": "TCP"}, {"name": "dns", "port": 53, "protocol": "UDP"}]
    web = service(ports=ports)
    found = routes(web, [piece(endpoint("127.64.0.1"), port=9000, name="http")], NODES)
    assert [e.port for e in found[CLUSTER_IP].endpoints] == [9000]
    assert str(found[CLUSTER_IP].name) == "default/web:http"
