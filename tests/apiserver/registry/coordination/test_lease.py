"""Lease: durations and transitions."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

LEASE = Kind("coordination.k8s.io", "v1", "Lease")


@pytest.mark.parametrize(
    ("spec", "problems"),
    [
        ({}, []),
        (
            {"leaseDurationSeconds": 0},
            ["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"],
        ),
        (
            {"leaseTransitions": -1},
            ["spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0"],
        ),
    ],
)
def test_what_is_refused(spec: dict[str, Any], problems: list[str]) -> None:
    assert LEASE.problems({"spec": spec}) == problems


def test_a_put_creates_but_names_a_version_to_replace() -> None:
    assert LEASE.strategy.allow_create_on_update
    assert not LEASE.strategy.allow_unconditional_update


def test_the_row_of_a_table() -> None:
    assert LEASE.cells({"spec": {"holderIdentity": "me"}}) == ["a", "me", "0s"]


def test_fields_of_coordinated_elections_are_dropped() -> None:
    given = {"spec": {"strategy": "OldestEmulationVersion", "preferredHolder": "x", "holderIdentity": "y"}}
    assert LEASE.created(given)["spec"] == {"holderIdentity": "y"}
    assert LEASE.updated({}, given)["spec"] == {"holderIdentity": "y"}
