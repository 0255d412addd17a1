"""The conditions of a Deployment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from wherry.controllers import conditions
from wherry.controllers.deployment import progress

from tests.controllers.objects import Object, deployment, replica_set

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def said(status: Object, kind: str) -> tuple[str, str, str]:
    found = conditions.find(status["conditions"], kind)
    assert found is not None
    return found["status"], found["reason"], found["message"]


def test_a_finished_rollout_says_so() -> None:
    d, rs = deployment(2), replica_set("web-x", 2, 2, "new")
    status = progress.rollout(d, [rs], rs, NOW)
    assert [c["type"] for c in status["conditions"]] == ["Available", "Progressing"]
    assert said(status, "Progressing") == (
        "True",
        "NewReplicaSetAvailable",
        'ReplicaSet "web-x" has successfully progressed.',
    )
    assert said(status, "Available")[1] == "MinimumReplicasAvailable"


def test_counts_add_up_over_the_sets() -> None:
    new, old = replica_set("new", 1, 0, "new"), replica_set("old", 3, 2)
    status = progress.calculate(deployment(3), [old, new], new, NOW)
    counts = {name: status[name] for name in progress.COUNTS}
    assert counts == {
        "observedGeneration": 1,
        "replicas": 4,
        "updatedReplicas": 1,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "unavailableReplicas": 2,
    }


def test_progress_is_noted_when_a_count_moves() -> None:
    d, rs = deployment(2), replica_set("web-x", 2, 1, "new")
    status = progress.rollout(d, [rs], rs, NOW)
    assert said(status, "Progressing") == ("True", "ReplicaSetUpdated", 'ReplicaSet "web-x" is progressing.')


def test_a_rollout_that_stands_still_times_out() -> None:
    d, rs = deployment(2), replica_set("web-x", 2, 1, "new")
    d["status"] = progress.rollout(d, [rs], rs, NOW)
    assert progress.check_in(d, d["status"], NOW) == 601
    assert progress.same(d["status"], progress.rollout(d, [rs], rs, NOW + timedelta(seconds=600)))
    status = progress.rollout(d, [rs], rs, NOW + timedelta(seconds=601))
    message = 'ReplicaSet "web-x" has timed out progressing.'
    assert said(status, "Progressing") == ("False", "ProgressDeadlineExceeded", message)


def test_without_a_deadline_there_is_no_progress_condition() -> None:
    d, rs = deployment(2, progressDeadlineSeconds=2**31 - 1), replica_set("web-x", 2, 1, "new")
    assert conditions.find(progress.rollout(d, [rs], rs, NOW)["conditions"], "Progressing") is None


def test_a_failure_of_a_set_shows_on_the_deployment() -> None:
    d, rs = deployment(2), replica_set("web-x", 0, 0, "new")
    rs["status"]["conditions"] = [
        {
            "type": "ReplicaFailure",
            "status": "True",
            "reason": "FailedCreate",
            "message": "no",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
    ]
    assert said(progress.rollout(d, [rs], rs, NOW), "ReplicaFailure") == ("True", "FailedCreate", "no")


def test_a_condition_that_says_the_same_keeps_its_times() -> None:
    status: Object = {"conditions": []}
    progress.put(status, progress.condition("A", "True", "R", "m", NOW))
    before = list(status["conditions"])
    progress.put(status, progress.condition("A", "True", "R", "other", NOW + timedelta(seconds=5)))
    assert status["conditions"] == before
    progress.put(status, progress.condition("A", "True", "S", "m", NOW + timedelta(seconds=5)))
    assert status["conditions"][0]["lastTransitionTime"] == "2026-01-01T00:00:00Z"
    assert status["conditions"][0]["lastUpdateTime"] == "2026-01-01T00:00:05Z"
