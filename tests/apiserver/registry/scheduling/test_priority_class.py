"""PriorityClass: reserved names and values."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

PRIORITY = Kind("scheduling.k8s.io", "v1", "PriorityClass")
RESERVED = (
    "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. "
    "error: "
)


def named(name: str, value: int) -> dict[str, Any]:
    return {"metadata": {"name": name}, "value": value}


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        (named("a", 1000000000), []),
        (
            named("a", 1000000001),
            ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
        ),
        (named("system-x", 1), [f"{RESERVED}system-x is not a known system priority class"]),
        (named("system-node-critical", 2000001000), []),
        (
            named("system-node-critical", 1),
            [f"{RESERVED}value of system-node-critical PriorityClass must be 2000001000"],
        ),
    ],
)
def test_names_and_values(body: dict[str, Any], problems: list[str]) -> None:
    assert PRIORITY.problems(body) == problems


def test_it_preempts_by_default() -> None:
    assert PRIORITY.defaulted(named("a", 1))["preemptionPolicy"] == "PreemptLowerPriority"


def test_value_and_preemption_stay() -> None:
    after = {**named("a", 2), "preemptionPolicy": "Never"}
    assert PRIORITY.update_problems(named("a", 1), after) == [
        "value: Forbidden: may not be changed in an update.",
        'preemptionPolicy: Invalid value: "Never": field is immutable',
    ]


def test_the_row_of_a_table() -> None:
    assert PRIORITY.cells(named("a", 5)) == ["a", 5, False, "0s", "PreemptLowerPriority"]


def test_the_generation_is_one_for_ever() -> None:
    assert PRIORITY.created(named("a", 1))["metadata"]["generation"] == 1
    assert not PRIORITY.strategy.tracks_generation
