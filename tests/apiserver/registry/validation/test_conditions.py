"""Conditions of the kind that all APIs share."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.validation.conditions import validate_status_conditions

GOOD = {"type": "Ready", "status": "True", "reason": "Because", "lastTransitionTime": "2026-01-01T00:00:00Z"}


def problems(*conditions: dict[str, Any]) -> list[str]:
    return [str(problem) for problem in validate_status_conditions(list(conditions), "conditions")]


def test_a_whole_condition() -> None:
    assert problems(GOOD, {**GOOD, "type": "example.com/Other", "message": "why", "status": "Unknown"}) == []
    assert validate_status_conditions(None, "conditions") == []


def test_an_empty_condition() -> None:
    assert problems({}) == [
        "conditions[0].type: Required value: is required",
        "conditions[0].status: Required value",
        "conditions[0].lastTransitionTime: Required value",
        "conditions[0].reason: Required value",
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"status": "Yes"}, 'status: Unsupported value: "Yes": supported values: "False", "True", "Unknown"'),
        (
            {"observedGeneration": -1},
            "observedGeneration: Invalid value: -1: must be greater than or equal to zero",
        ),
        ({"lastTransitionTime": "0001-01-01T00:00:00Z"}, "lastTransitionTime: Required value"),
        ({"reason": "a" * 1025}, "reason: Too long: may not be more than 1024 bytes"),
        ({"message": "a" * 32769}, "message: Too long: may not be more than 32768 bytes"),
        (
            {"reason": "no way"},
            'reason: Invalid value: "no way": a condition reason must start with alphabetic character, '
            "optionally followed by a string of alphanumeric characters or '_,:', and must end with an "
            "alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or "
            "'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is "
            "'[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')",
        ),
    ],
)
def test_what_is_refused(change: dict[str, Any], problem: str) -> None:
    assert problems({**GOOD, **change}) == [f"conditions[0].{problem}"]


def test_types_are_names_and_come_once() -> None:
    assert problems(GOOD, GOOD) == ['conditions[1]: Duplicate value: "Ready"']
    (problem,) = problems({**GOOD, "type": "a b"})
    assert problem.startswith('conditions[0].type: Invalid value: "a b": name part must consist of')
