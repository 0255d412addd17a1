"""Lists as long as a body may carry are checked in one pass: nothing here may grow with their square."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from wherry.apimachinery import field
from wherry.apiserver.endpoints import prepare, warnings
from wherry.apiserver.registry.storage import storage_class
from wherry.apiserver.registry.validation.port_warnings import port_warnings
from wherry.apiserver.registry.validation.scheduling import validate_topology_spread

LONG = 20_000
SECONDS = 5.0
"""Comparing each with each takes minutes; one pass, a fraction of a second."""


def owners() -> Any:
    return prepare.dedup_owners(
        {"ownerReferences": [{"uid": f"u{i}", "name": "n", "kind": "K"} for i in range(LONG)]}
    )


def spread() -> Any:
    action = "DoNotSchedule"
    wanted = [{"maxSkew": 1, "topologyKey": f"k{i}", "whenUnsatisfiable": action} for i in range(LONG)]
    return validate_topology_spread(wanted, "spec")


def topologies() -> Any:
    terms = [{"matchLabelExpressions": [{"key": f"k{i}", "values": ["a"]}]} for i in range(LONG)]
    return storage_class._topologies(terms, "allowedTopologies")


def zones() -> Any:
    expression = {"key": "zone", "values": [f"z{i}" for i in range(LONG)]}
    return storage_class._expression(expression, "expression")


def ports() -> Any:
    wanted = [
        {"containerPort": 80, "hostPort": 80, "hostIP": f"10.0.{i // 250}.{i % 250}"} for i in range(LONG)
    ]
    return list(port_warnings({"containers": [{"name": "c", "ports": wanted}]}, "spec"))


@pytest.mark.parametrize("check", [owners, spread, topologies, zones, ports])
def test_a_long_list_is_checked_in_one_pass(check: Callable[[], Any]) -> None:
    began = time.monotonic()
    assert check() == []
    assert time.monotonic() - began < SECONDS


def test_of_equal_ports_no_more_is_said_than_a_client_is_told() -> None:
    same = [{"containerPort": 80}] * LONG
    said = list(port_warnings({"containers": [{"name": "c", "ports": same}]}, "spec"))
    assert said[:3] == [
        "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]",
        "spec.containers[0].ports[2]: duplicate port definition with spec.containers[0].ports[0]",
        "spec.containers[0].ports[2]: duplicate port definition with spec.containers[0].ports[1]",
    ]
    assert warnings.MAX_TOTAL < len("".join(said)) < 10 * warnings.MAX_TOTAL


def test_what_came_before_is_found_by_position() -> None:
    assert field.repeats(["a", "b", "a", "c", "b", "a"]) == {2, 4, 5}
    assert field.repeats([]) == set()
