"""Ports of containers: numbers, names, protocols, what two may not share."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import container_problems

CONTAINER_PORTS: dict[str, tuple[Any, list[str]]] = {
    "a plain port": ([{"containerPort": 80}], []),
    "no number": ([{"name": "http"}], ["spec.containers[0].ports[0].containerPort: Required value"]),
    "number too large": (
        [{"containerPort": 70000}],
        [
            (
                "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must "
                "be between 1 and 65535, inclusive"
            )
        ],
    ),
    "host port too large": (
        [{"containerPort": 80, "hostPort": 65536}],
        [
            (
                "spec.containers[0].ports[0].hostPort: Invalid value: 65536: must be "
                "between 1 and 65535, inclusive"
            )
        ],
    ),
    "unknown protocol": (
        [{"containerPort": 80, "protocol": "UDP6"}],
        [
            (
                'spec.containers[0].ports[0].protocol: Unsupported value: "UDP6": '
                'supported values: "SCTP", "TCP", "UDP"'
            )
        ],
    ),
    "SCTP is known": ([{"containerPort": 80, "protocol": "SCTP"}], []),
    "bad name": (
        [{"containerPort": 80, "name": "Http"}],
        [
            (
                'spec.containers[0].ports[0].name: Invalid value: "Http": must contain '
                "only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
            )
        ],
    ),
    "name too long": (
        [{"containerPort": 80, "name": "a-name-beyond-fifteen"}],
        [
            (
                "spec.containers[0].ports[0].name: Invalid value: "
                '"a-name-beyond-fifteen": must be no more than 15 characters'
            )
        ],
    ),
    "name twice": (
        [{"containerPort": 80, "name": "a"}, {"containerPort": 81, "name": "a"}],
        ['spec.containers[0].ports[1].name: Duplicate value: "a"'],
    ),
    "host port twice": (
        [{"containerPort": 80, "hostPort": 8080}, {"containerPort": 81, "hostPort": 8080}],
        ['spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//8080"'],
    ),
    "host port twice, on other addresses": (
        [
            {"containerPort": 80, "hostPort": 8080, "hostIP": "10.0.0.1"},
            {"containerPort": 81, "hostPort": 8080, "hostIP": "10.0.0.2"},
        ],
        [],
    ),
    "host port twice, for other protocols": (
        [{"containerPort": 80, "hostPort": 8080, "protocol": "UDP"}, {"containerPort": 81, "hostPort": 8080}],
        [],
    ),
}


@pytest.mark.parametrize(("given", "problems"), CONTAINER_PORTS.values(), ids=CONTAINER_PORTS)
def test_container_ports(given: Any, problems: list[str]) -> None:
    assert container_problems({"ports": given}) == problems


PORTS_ON_THE_HOSTS_NETWORK: dict[str, tuple[Any, list[str]]] = {
    "the host port defaults to the container port": ([{"containerPort": 80}], []),
    "another host port": (
        [{"containerPort": 80, "hostPort": 8080}],
        [
            (
                "spec.containers[0].ports[0].hostPort: Invalid value: 8080: must match "
                "`containerPort` when `hostNetwork` is true"
            )
        ],
    ),
}


@pytest.mark.parametrize(
    ("given", "problems"), PORTS_ON_THE_HOSTS_NETWORK.values(), ids=PORTS_ON_THE_HOSTS_NETWORK
)
def test_ports_on_the_hosts_network(given: Any, problems: list[str]) -> None:
    assert container_problems({"ports": given}, hostNetwork=True) == problems
