"""The old, single list of a Service's addresses."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.controllers import endpoints

from tests.controllers.objects import Object, meta, pod

# The rules are those of private functions: what is built is all that the controller decides.
build, same, merged = endpoints._build, endpoints._same, endpoints._merged
HTTP = {"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}


def service(*ports: Object, labels: dict[str, str] | None = None, **spec: Any) -> Object:
    chosen = list(ports) or [HTTP]
    return {
        "metadata": meta("svc", labels=labels or {}),
        "spec": {"selector": {"app": "e"}, "ports": chosen, **spec},
    }


def ips(built: Object, field: str = "addresses") -> list[list[str]]:
    return [[a["ip"] for a in subset.get(field, [])] for subset in built["subsets"]]


def test_an_address_names_its_pod_and_node() -> None:
    built = build(service(), [pod("p", ready=True, ip="10.0.0.1")])
    assert built["subsets"] == [
        {
            "addresses": [
                {
                    "ip": "10.0.0.1",
                    "nodeName": "n1",
                    "targetRef": {"kind": "Pod", "namespace": "ns", "name": "p", "uid": "uid-p"},
                }
            ],
            "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        }
    ]


def test_pods_that_are_not_ready_are_listed_apart_unless_published() -> None:
    pods = [pod("a", ready=True, ip="10.0.0.2"), pod("b", ready=False, ip="10.0.0.1")]
    built = build(service(), pods)
    assert (ips(built), ips(built, "notReadyAddresses")) == ([["10.0.0.2"]], [["10.0.0.1"]])
    assert ips(build(service(publishNotReadyAddresses=True), pods)) == [["10.0.0.1", "10.0.0.2"]]


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_finished_pods_are_left_out(phase: str) -> None:
    assert build(service(), [pod("p", phase=phase, ip="10.0.0.1")])["subsets"] == []


def test_leaving_pods_are_left_out_unless_published() -> None:
    leaving = pod("p", ready=True, ip="10.0.0.1", deletionTimestamp="2026-01-01T00:00:00Z")
    assert build(service(), [leaving])["subsets"] == []
    assert ips(build(service(publishNotReadyAddresses=True), [leaving])) == [["10.0.0.1"]]


def test_addresses_are_sorted_as_texts() -> None:
    pods = [pod(f"p{n}", ready=True, ip=f"10.0.0.{n}") for n in (10, 9, 100)]
    assert ips(build(service(), pods)) == [["10.0.0.10", "10.0.0.100", "10.0.0.9"]]


def test_a_named_port_is_each_pods_own() -> None:
    named = service({"name": "http", "port": 80, "targetPort": "web", "protocol": "TCP"})
    pods = [
        pod(f"p{n}", ready=True, ip=f"10.0.0.{n}", ports=[{"name": "web", "containerPort": 8000 + n}])
        for n in (1, 2)
    ]
    built = build(named, [*pods, pod("none", ready=True, ip="10.0.0.3")])
    assert [subset["ports"][0]["port"] for subset in built["subsets"]] == [8001, 8002]
    assert ips(built) == [["10.0.0.1"], ["10.0.0.2"]]


def test_ports_that_the_same_pods_serve_stand_together_whatever_the_others_serve() -> None:
    ports = [
        {"name": name, "port": number, "targetPort": target, "protocol": "TCP"}
        for name, number, target in (("http", 80, "web"), ("https", 443, 8443), ("admin", 81, 8081))
    ]
    named = [pod(f"p{n}", ready=True, ip=f"10.0.0.{n}", ports=[web(8000 + n)]) for n in (1, 2)]
    built = build(service(*ports), named)
    found = {tuple(port["name"] for port in s["ports"]): len(s["addresses"]) for s in built["subsets"]}
    assert found == {("http",): 1, ("admin", "https"): 2}


def web(number: int) -> Object:
    return {"name": "web", "containerPort": number}


def test_ports_stand_in_upstreams_order() -> None:
    names = ["http", "https", "metrics", "grpc", "admin", "web", "tls"]
    ports = [
        {
            "name": name,
            "port": number,
            "protocol": "TCP",
            **({"appProtocol": "a/b"} if number % 3 == 1 else {}),
        }
        for number, name in enumerate(names, 1)
    ]
    (subset,) = build(service(*ports), [pod("p", ready=True, ip="10.0.0.1")])["subsets"]
    assert [port["name"] for port in subset["ports"]] == [
        "https",
        "grpc",
        "admin",
        "tls",
        "web",
        "metrics",
        "http",
    ]


def test_a_headless_service_without_ports_lists_addresses_only() -> None:
    bare = service(clusterIP="None")
    bare["spec"]["ports"] = []
    built = build(bare, [pod("p", ready=True, ip="10.0.0.1")])
    assert ips(built) == [["10.0.0.1"]]
    assert "ports" not in built["subsets"][0]


def test_labels_come_from_the_service_with_our_marks() -> None:
    marks = {"app": "e", endpoints.MANAGED_BY: endpoints.MANAGER}
    assert build(service(labels={"app": "e"}), [])["metadata"]["labels"] == marks
    headless = build(service(labels={"app": "e"}, clusterIP="None"), [])
    assert headless["metadata"]["labels"] == {**marks, "service.kubernetes.io/headless": ""}


def test_beyond_a_thousand_addresses_the_ready_ones_stay_and_it_is_told() -> None:
    ready = [pod(f"r{n}", ready=True, ip=f"10.0.{n // 250}.{n % 250}") for n in range(990)]
    unready = [pod(f"u{n}", ready=False, ip=f"10.1.0.{n}") for n in range(20)]
    built = build(service(), [*unready, *ready])
    (subset,) = built["subsets"]
    assert (len(subset["addresses"]), len(subset["notReadyAddresses"])) == (990, 10)
    assert built["metadata"]["annotations"] == {endpoints.OVER_CAPACITY: "truncated"}


def test_what_is_beyond_a_thousand_is_taken_from_each_subset_in_proportion() -> None:
    named = service({"name": "http", "port": 80, "targetPort": "web", "protocol": "TCP"})
    pods = [
        pod(f"p{n}", ready=True, ip=f"10.0.{n // 250}.{n % 250}", ports=[web(1 if n < 300 else 2)])
        for n in range(1200)
    ]
    built = build(named, [*pods, pod("u", ready=False, ip="10.1.0.1", ports=[web(1)])])
    assert [len(subset["addresses"]) for subset in built["subsets"]] == [250, 750]
    assert ips(built, "notReadyAddresses") == [[], []]


def test_what_is_the_same_is_not_written() -> None:
    pods = [pod("a", ready=True, ip="10.0.0.1"), pod("b", ready=True, ip="10.0.0.2")]
    current = merged(build(service(), []), build(service(), pods))
    current["metadata"]["annotations"]["endpoints.kubernetes.io/last-change-trigger-time"] = "2026"
    assert same(current, build(service(), pods[::-1]))
    assert not same(current, build(service(), pods[:1]))
    assert not same(current, build(service(labels={"new": "1"}), pods))


def test_a_merge_keeps_the_annotations_of_others_and_drops_ours_when_over() -> None:
    current = build(service(), [])
    current["metadata"]["annotations"] = {"theirs": "1", endpoints.OVER_CAPACITY: "truncated"}
    assert merged(current, build(service(), []))["metadata"]["annotations"] == {"theirs": "1"}


def test_what_was_just_written_over_is_not_written_over_again() -> None:
    replaced = endpoints.Replaced()
    old, new = {"metadata": meta("svc", resourceVersion="7")}, {"metadata": meta("svc", resourceVersion="8")}
    replaced.remember("ns/svc", old, old)
    assert not replaced.is_outdated("ns/svc", old)
    replaced.remember("ns/svc", old, new)
    assert replaced.is_outdated("ns/svc", old)
    assert not replaced.is_outdated("ns/svc", new)
    assert not replaced.is_outdated("ns/svc", None)
    replaced.forget("ns/svc")
    assert not replaced.is_outdated("ns/svc", old)
