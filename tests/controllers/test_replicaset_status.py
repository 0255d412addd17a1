"""What a ReplicaSet says about its pods."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from wherry.controllers.replicaset import status

from tests.controllers.objects import Object, pod, replica_set

NOW = datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
LABELS: dict[str, Any] = {"labels": {"app": "web", "pod-template-hash": "rs"}}


def compute(rs: Object, pods: list[Object], failure: Exception | None = None) -> Object:
    return status.compute(rs, pods, 0, failure, NOW)


def test_pods_are_counted_by_labels_and_readiness() -> None:
    pods = [pod("a", ready=True, **LABELS), pod("b", ready=False, **LABELS), pod("c", ready=True)]
    found = compute(replica_set("rs", 3, 0), pods)
    assert found == {
        "replicas": 3,
        "fullyLabeledReplicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "observedGeneration": 0,
        "terminatingReplicas": 0,
    }


@pytest.mark.parametrize(("min_ready", "available"), [(0, 1), (60, 1), (61, 0)])
def test_a_pod_is_available_after_it_was_ready_for_so_long(min_ready: int, available: int) -> None:
    rs = replica_set("rs", 1, 0)
    rs["spec"]["minReadySeconds"] = min_ready
    assert compute(rs, [pod("a", ready=True)])["availableReplicas"] == available


@pytest.mark.parametrize(("have", "reason"), [(0, "FailedCreate"), (2, "FailedDelete")])
def test_a_failure_is_a_condition(have: int, reason: str) -> None:
    found = compute(replica_set("rs", 1, 0), [pod(f"p{n}") for n in range(have)], ValueError("quota"))
    assert found["conditions"] == [
        {
            "type": "ReplicaFailure",
            "status": "True",
            "lastTransitionTime": "2026-01-01T00:01:00Z",
            "reason": reason,
            "message": "quota",
        }
    ]


def test_the_first_failure_stays_until_it_is_over() -> None:
    rs = replica_set("rs", 1, 0)
    rs["status"] = compute(rs, [], ValueError("first"))
    again = compute(rs, [], ValueError("second"))
    assert again["conditions"][0]["message"] == "first"
    assert "conditions" not in compute(rs, [pod("a")])


def test_the_same_status_is_seen_to_be_the_same() -> None:
    rs = replica_set("rs", 1, 0)
    one = compute(rs, [pod("a", ready=True)])
    assert status.same(one, compute(rs, [pod("b", ready=True)]))
    assert not status.same(one, compute(rs, []))
    assert not status.same(one, {**one, "terminatingReplicas": 1})


def test_kinds_that_do_not_count_leaving_pods_do_not_say_so() -> None:
    assert "terminatingReplicas" not in status.compute(replica_set("rs", 1, 0), [], None, None, NOW)
