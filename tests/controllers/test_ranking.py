"""Which pods go first when a ReplicaSet shrinks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from wherry.controllers.replicaset import ranking

from tests.controllers.objects import Object, pod

NOW = datetime(2026, 1, 2, tzinfo=UTC)
COST: dict[str, Any] = {"annotations": {ranking.DELETION_COST: "-5"}}


@pytest.mark.parametrize(
    ("goes", "stays"),
    [
        (pod("goes", node="", phase="Pending"), pod("stays", phase="Pending")),
        (pod("goes", phase="Pending"), pod("stays", phase="Running")),
        (pod("goes", ready=False), pod("stays", ready=True)),
        (pod("goes", ready=True, **COST), pod("stays", ready=True)),
        (pod("goes", ready=True, since="2026-01-01T23:59:00Z"), pod("stays", ready=True)),
        (pod("goes", ready=True, restarts=2), pod("stays", ready=True)),
        (pod("goes", ready=True, creationTimestamp="2026-01-01T23:00:00Z"), pod("stays", ready=True)),
        (pod("goes", ready=False), pod("stays", ready=True, **COST)),
    ],
    ids=[
        "unassigned",
        "pending",
        "unready",
        "cheap",
        "ready later",
        "restarted",
        "younger",
        "ready beats cost",
    ],
)
def test_order(goes: Object, stays: Object) -> None:
    pods = [stays, goes]
    assert ranking.to_delete(pods, pods, 1, NOW) == [goes]


def test_a_crowded_node_is_relieved() -> None:
    pods = [pod("lonely", ready=True, node="a"), pod("b1", ready=True, node="b")]
    related = [*pods, pod("b2", ready=True, node="b")]
    assert ranking.to_delete(pods, related, 1, NOW) == [pods[1]]


def test_all_go_when_all_must() -> None:
    pods = [pod("a"), pod("b")]
    assert ranking.to_delete(pods, pods, 2, NOW) == pods
