"""A rolling update, step by step and to its end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wherry.controllers.deployment import facts, rolling
from wherry.controllers.deployment.revisions import Sets
from wherry.controllers.deployment.scaling import Scaler

from tests.controllers.fakes import Writes
from tests.controllers.objects import Object, deployment, replica_set
from tests.support import run

Pair = tuple[int, int]
"""Replicas and available ones."""


def take_step(d: Object, new: Pair, *old: Pair) -> tuple[dict[str, int], bool, Writes]:
    """Sizes by name (`new`, `old0`, …) after one step, whether it did anything, and what was written."""
    writes = Writes()
    olds = [replica_set(f"old{number}", *pair) for number, pair in enumerate(old)]
    sets = Sets(replica_set("new", *new, image="new"), olds)
    after, moved = run(rolling.step(Scaler(writes.client, writes.recorder), d, sets))
    return {rs["metadata"]["name"]: facts.replicas(rs) for rs in after.all}, moved, writes


@pytest.mark.parametrize(
    ("surge", "unavailable", "new", "old", "expected"),
    [
        (1, 0, (0, 0), (4, 4), (1, 4)),
        (1, 0, (1, 0), (4, 4), (1, 4)),
        (1, 0, (1, 1), (4, 4), (1, 3)),
        (0, 1, (0, 0), (4, 4), (0, 3)),
        (0, 1, (0, 0), (3, 3), (1, 3)),
        (2, 2, (0, 0), (4, 4), (2, 4)),
        (2, 2, (2, 0), (4, 4), (2, 2)),
        ("100%", 0, (0, 0), (4, 4), (4, 4)),
        ("100%", 0, (4, 4), (4, 4), (4, 0)),
        (1, 0, (6, 6), (0, 0), (4, 0)),
        (1, 1, (4, 4), (0, 0), (4, 0)),
    ],
)
def test_one_step_of_four(surge: Any, unavailable: Any, new: Pair, old: Pair, expected: Pair) -> None:
    sizes, moved, _ = take_step(deployment(4, surge=surge, unavailable=unavailable), new, old)
    assert (sizes["new"], sizes["old0"]) == expected
    assert moved == (expected != (new[0], old[0]))


def test_what_does_not_serve_goes_first() -> None:
    sizes, _, _ = take_step(deployment(4, surge=1, unavailable=0), (1, 1), (2, 2), (2, 1))
    assert sizes == {"new": 1, "old0": 2, "old1": 1}


def test_broken_old_pods_do_not_block_a_rollout() -> None:
    sizes, _, _ = take_step(deployment(4, surge=0, unavailable=1), (0, 0), (4, 0))
    assert sizes == {"new": 0, "old0": 3}


def test_every_change_of_size_is_told() -> None:
    _, _, writes = take_step(deployment(4, surge=1, unavailable=0), (1, 1), (4, 4))
    assert writes.events == [("ScalingReplicaSet", "Scaled down replica set old0 from 4 to 3")]
    assert writes.updates == [("old0", 3)]


def test_a_finished_rollout_writes_nothing() -> None:
    _, moved, writes = take_step(deployment(4), (4, 4), (0, 0))
    assert not moved
    assert not writes.updates
    assert not writes.events


@settings(max_examples=60, deadline=None)
@given(
    size=st.integers(1, 12),
    surge=st.integers(0, 4),
    unavailable=st.integers(0, 4),
    readying=st.lists(st.integers(1, 3), min_size=60, max_size=60),
)
def test_a_rollout_ends_and_keeps_its_promises(
    size: int, surge: int, unavailable: int, readying: list[int]
) -> None:
    d = deployment(size, surge=surge, unavailable=unavailable)
    floor, ceiling = size - facts.max_unavailable(d), size + facts.max_surge(d)
    new, old = (0, 0), (size, size)
    for count in readying:
        sizes, _, _ = take_step(d, new, old)
        new = (sizes["new"], min(new[1], sizes["new"]))
        old = (sizes["old0"], min(old[1], sizes["old0"]))
        assert new[0] + old[0] <= ceiling
        assert new[1] + old[1] >= floor
        new = (new[0], min(new[0], new[1] + count))
    assert (new, old) == ((size, size), (0, 0))
