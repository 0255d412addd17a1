"""Changing a Deployment's size while nothing, or something, is being rolled out."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.controllers.deployment import facts
from wherry.controllers.deployment.revisions import Sets
from wherry.controllers.deployment.scaling import Scaler

from tests.controllers.fakes import Writes
from tests.controllers.objects import Object, deployment, replica_set
from tests.support import run


def sized(name: str, replicas: int, maximum: int, **more: Any) -> Object:
    """A ReplicaSet of a Deployment that could have `maximum` pods when it was last sized."""
    return replica_set(name, replicas, replicas, **{facts.MAXIMUM: str(maximum)}, **more)


def resize(d: Object, new: Object | None, *old: Object) -> tuple[dict[str, int], Writes]:
    writes = Writes()
    sets = run(Scaler(writes.client, writes.recorder).resize(d, Sets(new, list(old))))
    return {rs["metadata"]["name"]: facts.replicas(rs) for rs in sets.all}, writes


@pytest.mark.parametrize(
    ("wanted", "new", "old", "expected"),
    [
        (20, 5, 5, (10, 10)),
        (5, 5, 5, (3, 2)),
        (20, 2, 8, (4, 16)),
        (11, 5, 5, (6, 5)),
        (0, 5, 5, (0, 0)),
        (10, 5, 5, (5, 5)),
    ],
)
def test_during_a_rollout_all_sets_keep_their_share(
    wanted: int, new: int, old: int, expected: tuple[int, int]
) -> None:
    d = deployment(wanted, surge=0, unavailable=1)
    fresh = sized("new", new, 10, image="new")
    fresh["metadata"]["creationTimestamp"] = "2026-01-02T00:00:00Z"
    sizes, _ = resize(d, fresh, sized("old", old, 10))
    assert sum(sizes.values()) == wanted
    assert sorted(sizes.values()) == sorted(expected)


def test_the_surge_counts_into_the_shares() -> None:
    sizes, _ = resize(deployment(20, surge=2), sized("new", 6, 12, image="new"), sized("old", 6, 12))
    assert sizes == {"new": 11, "old": 11}


def test_the_only_active_set_takes_the_whole_size_even_if_old() -> None:
    sizes, writes = resize(deployment(7), None, sized("old", 3, 4), sized("older", 0, 4))
    assert sizes == {"old": 7, "older": 0}
    assert writes.events == [("ScalingReplicaSet", "Scaled up replica set old from 3 to 7")]


def test_a_deployment_at_zero_wakes_its_newest_set() -> None:
    assert resize(deployment(2), sized("new", 0, 0, image="new"), sized("old", 0, 0))[0] == {
        "new": 2,
        "old": 0,
    }


def test_old_sets_go_when_the_new_one_is_all_that_is_wanted() -> None:
    d = deployment(3)
    new = replica_set("new", 3, 3, "new", **{facts.DESIRED: "3", facts.MAXIMUM: "4"})
    assert resize(d, new, sized("old", 1, 4))[0] == {"new": 3, "old": 0}


def test_a_recreated_deployment_has_no_shares() -> None:
    d = deployment(9, strategy={"type": "Recreate"})
    sizes, writes = resize(d, sized("new", 2, 4, image="new"), sized("old", 2, 4))
    assert sizes == {"new": 2, "old": 2}
    assert not writes.updates


def test_size_notes_alone_are_written_without_an_event() -> None:
    writes = Writes()
    d, rs = deployment(4, surge=1), replica_set("new", 4, 4, "new")
    written = run(Scaler(writes.client, writes.recorder).scale(d, rs, 4))
    assert facts.notes(written) == {facts.DESIRED: "4", facts.MAXIMUM: "5"}
    assert not writes.events
    assert run(Scaler(writes.client, writes.recorder).scale(d, written, 4)) is written
