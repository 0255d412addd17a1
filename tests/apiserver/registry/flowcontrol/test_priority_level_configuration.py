"""PriorityLevelConfiguration: shares and queues."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

LEVEL = Kind("flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration")


def body(response: dict[str, Any] | None = None, **limited: Any) -> dict[str, Any]:
    return {
        "spec": {"type": "Limited", "limited": {"limitResponse": response or {"type": "Reject"}, **limited}}
    }


def queue(**queuing: int) -> dict[str, Any]:
    return {"type": "Queue", "queuing": queuing}


def test_defaults() -> None:
    limited = LEVEL.defaulted(body(queue()))["spec"]["limited"]
    assert (limited["nominalConcurrencyShares"], limited["lendablePercent"]) == (30, 0)
    assert limited["limitResponse"]["queuing"] == {"queues": 64, "handSize": 8, "queueLengthLimit": 50}


@pytest.mark.parametrize(
    ("level", "problems"),
    [
        (body(nominalConcurrencyShares=0), []),
        (
            {"spec": {"type": "Limited"}},
            ["spec.limited: Required value: must not be empty when type is Limited"],
        ),
        (
            {"spec": {"type": "Exempt"}},
            ["spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'"],
        ),
        (
            body(lendablePercent=101),
            ["spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive"],
        ),
        (
            body(queue(queues=2, handSize=3)),
            [
                "spec.limited.limitResponse.queuing.handSize: Invalid value: 3: "
                "should not be greater than queues (2)"
            ],
        ),
    ],
)
def test_what_is_refused(level: dict[str, Any], problems: list[str]) -> None:
    assert LEVEL.problems(level) == problems


def test_hands_too_large_to_deal() -> None:
    (problem,) = LEVEL.problems(body(queue(queues=1000, handSize=20)))
    assert "required entropy bits of deckSize 1000 and handSize 20" in problem


def test_the_row_of_a_table() -> None:
    assert LEVEL.cells(body()) == ["a", "Limited", 30, "<none>", "<none>", "<none>", "0s"]
    assert LEVEL.cells({"spec": {"type": "Exempt"}})[2] == "<none>"
