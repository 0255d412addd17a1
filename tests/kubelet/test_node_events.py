"""What a node tells about itself."""

from __future__ import annotations

import pytest
from wherry.kubelet.node_events import NodeEvents


@pytest.fixture
def told() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def events(told: list[tuple[str, str]]) -> NodeEvents:
    return NodeEvents("n1", lambda _, kind, reason, message: told.append((reason, message)))


def ready(status: str) -> list[dict[str, str]]:
    return [{"type": "PIDPressure", "status": "False"}, {"type": "Ready", "status": status}]


def test_the_start_and_the_first_conditions_are_told(events: NodeEvents, told: list[tuple[str, str]]) -> None:
    events.starting()
    events.conditions(ready("True"))
    assert told == [
        ("Starting", "Starting kubelet."),
        ("NodeAllocatableEnforced", "Updated Node Allocatable limit across pods"),
        ("NodeHasSufficientPID", "Node n1 status is now: NodeHasSufficientPID"),
        ("NodeReady", "Node n1 status is now: NodeReady"),
    ]


def test_only_what_changes_is_told(events: NodeEvents, told: list[tuple[str, str]]) -> None:
    for status in ("True", "True", "False", "True"):
        events.conditions(ready(status))
    assert [reason for reason, _ in told] == [
        "NodeHasSufficientPID",
        "NodeReady",
        "NodeNotReady",
        "NodeReady",
    ]


def test_cordoning_is_told(events: NodeEvents, told: list[tuple[str, str]]) -> None:
    for spec in ({}, {"unschedulable": True}, {"unschedulable": True}, {}):
        events.heard({"spec": spec})
    assert [reason for reason, _ in told] == ["NodeNotSchedulable", "NodeSchedulable"]


def test_the_reference_is_by_name() -> None:
    references = []
    NodeEvents("n1", lambda of, *_: references.append(of)).starting()
    assert references[0] == {"kind": "Node", "name": "n1", "uid": "n1"}
