"""EndpointSlice: addresses, ports, hints, table."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

SLICE = Kind("discovery.k8s.io", "v1", "EndpointSlice")


def body(kind: str = "IPv4", port: dict[str, Any] | None = None, **endpoint: Any) -> dict[str, Any]:
    endpoints = [{"addresses": ["192.0.2.1"], **endpoint}]
    return {"addressType": kind, "endpoints": endpoints, "ports": [port or {"port": 80}]}


def test_ports_are_tcp_and_unnamed_by_default() -> None:
    assert SLICE.defaulted(body())["ports"] == [{"name": "", "protocol": "TCP", "port": 80}]


@pytest.mark.parametrize(
    ("slice_", "problem"),
    [
        (body(addresses=[]), "endpoints[0].addresses: Required value: must contain at least 1 address"),
        (
            body(addresses=["2001:db8::1"]),
            'endpoints[0].addresses: Invalid value: "2001:db8::1": must be an IPv4 address',
        ),
        (
            body(hints={"forZones": [{"name": f"z{i}"} for i in range(9)]}),
            "endpoints[0].hints.forZones: Too many: 9: must have at most 8 items",
        ),
        (
            body(port={"port": 80, "protocol": "X"}),
            'ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
        ),
        (
            {**body(), "ports": [{"name": "a", "port": 1}, {"name": "a", "port": 2}]},
            'ports[1].name: Duplicate value: "a"',
        ),
        (
            {**body(), "addressType": "Morse"},
            'addressType: Unsupported value: "Morse": supported values: "FQDN", "IPv4", "IPv6"',
        ),
    ],
)
def test_what_is_refused(slice_: dict[str, Any], problem: str) -> None:
    assert SLICE.problems(slice_) == [problem]


def test_the_topology_of_old_versions_cannot_be_set() -> None:
    obj = SLICE.created(body(deprecatedTopology={"kubernetes.io/hostname": "n"}))
    assert "deprecatedTopology" not in obj["endpoints"][0]


def test_the_address_type_stays() -> None:
    named = body("FQDN", addresses=["a.example.com"])
    problem = 'addressType: Invalid value: "FQDN": field is immutable'
    assert SLICE.update_problems(body(), named) == [problem]
    assert SLICE.warnings(named) == ["spec.addressType: FQDN endpoints are deprecated"]


def test_the_row_of_a_table() -> None:
    many = body(addresses=[f"192.0.2.{i}" for i in range(1, 6)])
    shown = "192.0.2.1,192.0.2.2,192.0.2.3 + 2 more..."
    assert SLICE.cells(many) == ["a", "IPv4", "80", shown, "0s"]
    assert SLICE.cells({"addressType": "IPv4"})[2:4] == ["<unset>", "<unset>"]


def test_new_labels_count_as_a_new_generation() -> None:
    before = {**body(), "metadata": {"name": "a", "generation": 1}}
    after = {**body(), "metadata": {"name": "a", "labels": {"k": "v"}}}
    assert SLICE.updated(before, after)["metadata"]["generation"] == 2


@pytest.mark.parametrize(
    ("port", "shown"),
    [({"port": 80, "name": "a"}, "80"), ({"name": "a"}, "a"), ({"name": ""}, "<unset>"), ({"port": 0}, "0")],
)
def test_a_port_is_shown_by_number_else_by_name(port: dict[str, Any], shown: str) -> None:
    assert SLICE.cells({"addressType": "IPv4", "ports": [port]})[2] == shown
