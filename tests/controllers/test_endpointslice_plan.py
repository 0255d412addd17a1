"""The slices a Service should have, and the fewest writes to get there."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.controllers.endpointslice import build
from wherry.controllers.port_order import Port

from tests.controllers.objects import Object, meta, pod

MARKS = {"kubernetes.io/service-name": "svc", build.MANAGED_BY: build.MANAGER}
NODES = {"n1": {"metadata": {"name": "n1", "labels": {build.ZONE: "z1"}}}}
PORTS: build.Ports = (Port("http", "TCP", 8080, ""),)


def service(**spec: Any) -> Object:
    ports = [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}]
    return {"metadata": meta("svc"), "spec": {"selector": {"app": "e"}, "ports": ports, **spec}}


def endpoint(number: int) -> Object:
    return {"addresses": [f"10.0.0.{number}"], "targetRef": {"uid": f"u{number}"}}


def stored(name: str, *endpoints: Object) -> Object:
    ports = [{"name": "http", "protocol": "TCP", "port": 8080}]
    return {"metadata": {"name": name, "labels": MARKS}, "endpoints": list(endpoints), "ports": ports}


def plan(wanted: list[Object], *present: Object) -> build.Plan:
    return build.plan({PORTS: wanted} if wanted else {}, present, "IPv4", MARKS)


def test_an_endpoint_says_all_about_its_pod() -> None:
    found = build.endpoints(service(), [pod("p", ready=True, ip="10.0.0.1")], NODES, "IPv4")
    assert found == {
        PORTS: [
            {
                "addresses": ["10.0.0.1"],
                "conditions": {"ready": True, "serving": True, "terminating": False},
                "targetRef": {"kind": "Pod", "namespace": "ns", "name": "p", "uid": "uid-p"},
                "nodeName": "n1",
                "zone": "z1",
            }
        ]
    }


def test_a_terminating_pod_still_serves() -> None:
    leaving = pod("p", ready=True, ip="10.0.0.1", deletionTimestamp="2026-01-01T00:00:00Z")
    found = build.endpoints(service(), [leaving], NODES, "IPv4")
    assert found[PORTS][0]["conditions"] == {"ready": False, "serving": True, "terminating": True}


def test_pods_without_address_or_known_node_or_finished_are_left_out() -> None:
    pods = [
        pod("a", ready=True),
        pod("b", ready=True, ip="10.0.0.1", node="unknown"),
        pod("c", ready=True, ip="10.0.0.2", phase="Failed"),
        pod("d", ready=True, ip="fd00::1"),
    ]
    assert build.endpoints(service(), pods, NODES, "IPv4") == {}


@pytest.mark.parametrize("where", [{"node": "unknown"}, {"node": ""}])
def test_a_service_that_publishes_everything_lists_pods_wherever_they_are(where: Object) -> None:
    published = service(publishNotReadyAddresses=True)
    found = build.endpoints(published, [pod("p", ip="10.0.0.1", **where)], NODES, "IPv4")[PORTS][0]
    assert found["conditions"] == {"ready": True, "serving": False, "terminating": False}
    assert found.get("nodeName", "") == where["node"] and "zone" not in found


def test_of_pods_on_unknown_nodes_it_is_told_why_they_are_missing() -> None:
    pods = [pod("p", ready=True, ip="10.0.0.1", node="gone"), pod("q", ready=True, ip="10.0.0.2")]
    assert build.lost(service(), pods, NODES) == ["skipping Pod p for Service ns/svc: Node gone Not Found"]
    assert build.lost(service(publishNotReadyAddresses=True), pods, NODES) == []


def test_ports_stand_in_upstreams_order() -> None:
    names = ["http", "https", "metrics", "grpc", "admin", "web", "tls"]
    ports = [
        {"name": name, "port": number, **({"appProtocol": "a/b"} if number % 3 == 1 else {})}
        for number, name in enumerate(names, 1)
    ]
    (found,) = build.endpoints(service(ports=ports), [pod("p", ready=True, ip="10.0.0.1")], NODES, "IPv4")
    assert [port.name for port in found] == ["tls", "web", "https", "metrics", "grpc", "http", "admin"]


def test_named_ports_split_the_endpoints() -> None:
    named = service(ports=[{"name": "http", "port": 80, "targetPort": "web"}])
    pods = [
        pod("a", ready=True, ip="10.0.0.1", ports=[{"name": "web", "containerPort": 1}]),
        pod("b", ready=True, ip="10.0.0.2", ports=[{"name": "web", "containerPort": 2}]),
        pod("c", ready=True, ip="10.0.0.3"),
    ]
    numbers = sorted(tuple(p[2] for p in ports) for ports in build.endpoints(named, pods, NODES, "IPv4"))
    assert numbers == [(), (1,), (2,)]


def test_what_is_right_is_left_alone() -> None:
    assert plan([endpoint(1)], stored("a", endpoint(1))) == build.Plan([], [], [])


def test_a_new_endpoint_goes_where_there_is_room() -> None:
    found = plan([endpoint(1), endpoint(2)], stored("a", endpoint(1)))
    assert [len(s["endpoints"]) for s in found.update] == [2]
    assert (found.create, found.delete) == ([], [])


def test_a_hundred_fit_into_a_slice() -> None:
    found = plan([endpoint(n) for n in range(250)])
    assert sorted(len(s["endpoints"]) for s in found.create) == [50, 100, 100]


def test_an_empty_slice_is_deleted_when_another_serves() -> None:
    found = plan([endpoint(1)], stored("a", endpoint(1)), stored("b", endpoint(2)))
    assert [s["metadata"]["name"] for s in found.delete] == ["b"]
    assert found.update == []


def test_the_last_slice_stays_empty() -> None:
    found = plan([], stored("a", endpoint(1)))
    assert (found.create, found.delete) == ([], [])
    assert [(s["metadata"]["name"], s["endpoints"], s["ports"]) for s in found.update] == [("a", None, None)]


def test_a_service_without_pods_gets_one_empty_slice_and_keeps_it() -> None:
    assert len(plan([]).create) == 1
    empty = {"metadata": {"name": "a", "labels": MARKS}, "endpoints": None, "ports": None}
    assert plan([], empty) == build.Plan([], [], [])
