"""A Service as it is shown: its status, warnings and table row."""

from __future__ import annotations

from typing import Any

import pytest

from .services import SERVICE, service

SERVICE_STATUS: dict[str, tuple[Any, list[str]]] = {
    "address and name": ([{"ip": "192.0.2.1"}, {"hostname": "a.b"}], []),
    "not an address": (
        [{"ip": "a"}],
        [
            (
                'status.loadBalancer.ingress[0].ip: Invalid value: "a": must be a valid '
                "IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
            )
        ],
    ),
    "a mode without address": (
        [{"hostname": "a", "ipMode": "VIP"}],
        [("status.loadBalancer.ingress[0].ipMode: Forbidden: may not be specified when `ip` is not set")],
    ),
    "unknown mode": (
        [{"ip": "192.0.2.1", "ipMode": "NAT"}],
        [
            (
                'status.loadBalancer.ingress[0].ipMode: Unsupported value: "NAT": '
                'supported values: "Proxy", "VIP"'
            )
        ],
    ),
    "an address as name": (
        [{"hostname": "192.0.2.1"}],
        [
            (
                'status.loadBalancer.ingress[0].hostname: Invalid value: "192.0.2.1": '
                "must be a DNS name, not an IP address"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), SERVICE_STATUS.values(), ids=SERVICE_STATUS)
def test_service_status(given: Any, problems: list[str]) -> None:
    assert (
        SERVICE.update_problems(
            service(type="LoadBalancer"),
            {**service(type="LoadBalancer"), "status": {"loadBalancer": {"ingress": given}}},
            "status",
        )
        == problems
    )


SERVICE_WARNINGS: dict[str, tuple[Any, list[str]]] = {
    "nothing to say": ({}, []),
    "external addresses": (
        {"externalIPs": ["192.0.2.1"]},
        [("spec.externalIPs is deprecated and may no longer be implemented in some clusters")],
    ),
    "for headless services": (
        {
            "clusterIP": "None",
            "externalIPs": ["192.0.2.1"],
            "loadBalancerIP": "192.0.2.1",
            "sessionAffinity": "ClientIP",
        },
        [
            "spec.loadBalancerIP is ignored for headless services",
            "spec.externalIPs is ignored for headless services",
            "spec.SessionAffinity is ignored for headless services",
        ],
    ),
    "for external names": (
        {"type": "ExternalName", "externalName": "a", "externalIPs": ["192.0.2.1"]},
        ['spec.externalIPs is ignored when spec.type is "ExternalName"'],
    ),
    "a name without the type": (
        {"externalName": "a"},
        ['spec.externalName is ignored when spec.type is not "ExternalName"'],
    ),
    "an old distribution": (
        {"trafficDistribution": "PreferClose"},
        ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'],
    ),
}


@pytest.mark.parametrize(("given", "warnings"), SERVICE_WARNINGS.values(), ids=SERVICE_WARNINGS)
def test_service_warnings(given: Any, warnings: list[str]) -> None:
    assert SERVICE.warnings(service(**given)) == warnings


SERVICE_ROW: dict[str, tuple[Any, list[Any]]] = {
    "cluster address": (
        {
            "spec": {
                "clusterIP": "10.0.0.7",
                "ports": [{"port": 80}, {"name": "b", "port": 81, "protocol": "UDP"}],
                "selector": {"b": "2", "a": "1"},
            }
        },
        ["ClusterIP", "10.0.0.7", "<none>", "80/TCP,81/UDP", "0s", "a=1,b=2"],
    ),
    "node ports": (
        {
            "spec": {
                "type": "NodePort",
                "clusterIP": "10.0.0.7",
                "ports": [{"port": 80, "nodePort": 30001}],
                "externalIPs": ["192.0.2.1"],
            }
        },
        ["NodePort", "10.0.0.7", "192.0.2.1", "80:30001/TCP", "0s", "<none>"],
    ),
    "a balancer that waits": (
        {"spec": {"type": "LoadBalancer", "clusterIP": "10.0.0.7", "ports": [{"port": 80}]}},
        ["LoadBalancer", "10.0.0.7", "<pending>", "80/TCP", "0s", "<none>"],
    ),
    "a balancer": (
        {
            "spec": {
                "type": "LoadBalancer",
                "clusterIP": "10.0.0.7",
                "ports": [{"port": 80}],
                "externalIPs": ["192.0.2.9"],
            },
            "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}, {"hostname": "a.b"}]}},
        },
        ["LoadBalancer", "10.0.0.7", "192.0.2.1,a.b,192.0.2.9", "80/TCP", "0s", "<none>"],
    ),
    "an external name": (
        {"spec": {"type": "ExternalName", "externalName": "a.b"}},
        ["ExternalName", "<none>", "a.b", "<none>", "0s", "<none>"],
    ),
}


@pytest.mark.parametrize(("given", "row"), SERVICE_ROW.values(), ids=SERVICE_ROW)
def test_service_row(given: Any, row: list[Any]) -> None:
    assert SERVICE.cells(given)[1:] == row
