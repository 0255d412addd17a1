"""NetworkPolicy: policy types, peers, ports."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

POLICY = Kind("networking.k8s.io", "v1", "NetworkPolicy")


def body(peer: dict[str, Any] | None = None, port: dict[str, Any] | None = None) -> dict[str, Any]:
    rule = {
        "from": [{"podSelector": {}} if peer is None else peer],
        "ports": [{"port": 80} if port is None else port],
    }
    return {"spec": {"podSelector": {}, "ingress": [rule]}}


def test_types_follow_the_rules() -> None:
    assert POLICY.defaulted(body())["spec"]["policyTypes"] == ["Ingress"]
    with_egress = POLICY.defaulted({"spec": {"podSelector": {}, "egress": [{}]}})
    assert with_egress["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_ports_are_tcp_by_default() -> None:
    assert POLICY.defaulted(body())["spec"]["ingress"][0]["ports"] == [{"port": 80, "protocol": "TCP"}]


@pytest.mark.parametrize(
    ("peer", "problem"),
    [
        ({}, "from[0]: Required value: must specify a peer"),
        (
            {"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}},
            "from[0]: Forbidden: may not specify both ipBlock and another peer",
        ),
        ({"ipBlock": {}}, "from[0].ipBlock.cidr: Required value"),
        (
            {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}},
            'from[0].ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
        ),
        (
            {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["2001:db8::/32"]}},
            'from[0].ipBlock.except[0]: Invalid value: "2001:db8::/32": must be a strict subset of `cidr`',
        ),
    ],
)
def test_peers(peer: dict[str, Any], problem: str) -> None:
    assert POLICY.problems(body(peer)) == [f"spec.ingress[0].{problem}"]


@pytest.mark.parametrize(
    ("port", "problem"),
    [
        ({"port": 65536}, "port: Invalid value: 65536: must be between 1 and 65535, inclusive"),
        ({"port": 80, "endPort": 79}, "endPort: Invalid value: 80: must be greater than or equal to `port`"),
        ({"endPort": 9}, "endPort: Invalid value: 9: may not be specified when `port` is not specified"),
        (
            {"port": "web", "endPort": 9},
            "endPort: Invalid value: 9: may not be specified when `port` is non-numeric",
        ),
        (
            {"port": 80, "protocol": "ICMP"},
            'protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"',
        ),
    ],
)
def test_ports(port: dict[str, Any], problem: str) -> None:
    assert POLICY.problems(body(port=port)) == [f"spec.ingress[0].ports[0].{problem}"]


def test_policy_types_are_known_and_two_at_most() -> None:
    spec = {"podSelector": {}, "policyTypes": ["Sideways"]}
    problem = 'spec.policyTypes[0]: Unsupported value: "Sideways": supported values: "Ingress", "Egress"'
    assert POLICY.problems({"spec": spec}) == [problem]
    three = {"podSelector": {}, "policyTypes": ["Ingress"] * 3}
    (problem,) = POLICY.problems({"spec": three})
    assert problem.endswith("may not specify more than two policyTypes")


def test_the_row_of_a_table() -> None:
    row = POLICY.cells({"spec": {"podSelector": {"matchLabels": {"app": "m"}}}})
    assert row == ["a", "app=m", "0s"]
    assert POLICY.cells({"spec": {"podSelector": {}}})[1] == "<none>"
