"""RuntimeClass: handler, overhead, scheduling."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

RUNTIME = Kind("node.k8s.io", "v1", "RuntimeClass")
TOLERATION = {"key": "a", "operator": "Exists"}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "handler: Required value"),
        (
            {"handler": "h", "overhead": {"podFixed": {"cpu": "-1"}}},
            'overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
        ),
        (
            {"handler": "h", "scheduling": {"tolerations": [TOLERATION, TOLERATION]}},
            'scheduling.tolerations[1]: Duplicate value: {"Key":"a","Operator":"Exists","Value":"",'
            '"Effect":"","TolerationSeconds":null}',
        ),
    ],
)
def test_what_is_refused(body: dict[str, Any], problem: str) -> None:
    assert RUNTIME.problems(body) == [problem]


def test_the_handler_stays() -> None:
    problem = 'handler: Invalid value: "i": field is immutable'
    assert RUNTIME.update_problems({"handler": "h"}, {"handler": "i"}) == [problem]


def test_the_row_of_a_table() -> None:
    assert RUNTIME.cells({"handler": "h"}) == ["a", "h", "0s"]


def test_an_update_is_judged_whole() -> None:
    assert RUNTIME.update_problems({"handler": "h"}, {}) == [
        "handler: Required value",
        'handler: Invalid value: "": field is immutable',
    ]


def test_an_operator_is_not_filled_in() -> None:
    body = {"handler": "h", "scheduling": {"tolerations": [{"key": "k"}]}}
    assert RUNTIME.created(body)["scheduling"]["tolerations"] == [{"key": "k"}]
