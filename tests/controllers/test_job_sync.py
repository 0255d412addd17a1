"""What one look at a Job and its pods finds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from wherry.controllers.job.backoff import Record

from tests.controllers.jobs import FAILURES, NOW, Object, indexed, job, job_pod, look

IGNORE_7 = {"rules": [{"action": "Ignore", "onExitCodes": {"operator": "In", "values": [7]}}]}
FAIL_42 = {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}]}


def failed(name: str, code: int = 1, **more: Any) -> Object:
    return job_pod(name, "Failed", code=code, **more)


def done(name: str, index: int | None = None) -> Object:
    return job_pod(name, "Succeeded", code=0, index=index)


def reason(owner: Object, *pods: Object) -> str | None:
    """Why the Job fails."""
    end = look(owner, *pods).end
    return None if end is None else f"{end['type']}: {end['reason']}"


def test_pods_are_told_apart() -> None:
    ready = job_pod("r", conditions=[{"type": "Ready", "status": "True"}])
    seen = look(job(completions=9), ready, job_pod("p", "Pending"), done("d"), job_pod("t", deleted=True))
    assert [pod["metadata"]["name"] for pod in seen.active] == ["r", "p"]
    assert (seen.ready, seen.terminating, seen.succeeded, seen.failed) == (1, 1, 1, 1)


def test_counted_uncounted_and_new_ends_make_the_sum() -> None:
    uncounted = {"succeeded": ["uid-b"], "failed": ["uid-f"]}
    status = {"succeeded": 2, "failed": 1, "uncountedTerminatedPods": uncounted}
    seen = look(job(status, completions=9), done("a"), done("b"), failed("f"), failed("g"))
    assert (seen.succeeded, seen.failed) == (4, 3)


def test_a_pod_without_the_finalizer_is_counted_already() -> None:
    gone = job_pod("a", "Succeeded", tracked=False)
    assert look(job({"succeeded": 1}, completions=9), gone).succeeded == 1


def test_a_finalizer_known_to_be_removed_counts_as_removed() -> None:
    assert look(job(completions=9), done("a"), removing={"uid-a"}).succeeded == 0


def test_a_job_starts_when_it_is_first_seen() -> None:
    owner = job()
    del owner["status"]["startTime"]
    assert look(owner).status["startTime"] == "2026-01-01T01:00:00Z"
    owner["spec"]["suspend"] = True
    assert "startTime" not in look(owner).status


def test_the_cached_job_is_not_changed() -> None:
    owner = job()
    look(owner).status["failed"] = 9
    assert "failed" not in owner["status"]


@pytest.mark.parametrize(("limit", "ends"), [(0, True), (1, True), (2, False)])
def test_the_backoff_limit(limit: int, ends: bool) -> None:
    found = reason(job(backoffLimit=limit), failed("a"), failed("b"))
    assert found == ("FailureTarget: BackoffLimitExceeded" if ends else None)


@pytest.mark.parametrize(
    ("limit", "restarts", "ends"), [(0, 0, False), (0, 1, True), (2, 1, False), (2, 2, True)]
)
def test_restarts_in_place_count_against_the_limit(limit: int, restarts: int, ends: bool) -> None:
    pod = job_pod("p")
    pod["status"]["containerStatuses"] = [{"name": "c", "restartCount": restarts}]
    found = reason(job(backoffLimit=limit, restart="OnFailure"), pod)
    assert found == ("FailureTarget: BackoffLimitExceeded" if ends else None)


@pytest.mark.parametrize(
    ("deadline", "suspend", "ends"), [(3600, False, True), (3601, False, False), (1, True, False)]
)
def test_the_active_deadline(deadline: int, suspend: bool, ends: bool) -> None:
    found = reason(job(activeDeadlineSeconds=deadline, suspend=suspend))
    assert found == ("FailureTarget: DeadlineExceeded" if ends else None)


def test_a_pod_failure_policy_fails_the_job() -> None:
    end = look(job(podFailurePolicy=FAIL_42), failed("p", 42)).end
    assert end is not None
    assert end["reason"] == "PodFailurePolicy"
    assert (
        end["message"] == "Container c for pod ns/p failed with exit code 42 matching FailJob rule at index 0"
    )


def test_an_ignored_failure_is_not_counted_but_waited_for() -> None:
    seen = look(job(podFailurePolicy=IGNORE_7, backoffLimit=0), failed("p", 7))
    assert (seen.failed, seen.end) == (0, None)
    assert seen.backoff.failures == 1


def test_a_terminating_pod_has_failed_unless_its_end_is_waited_for() -> None:
    pod = job_pod("p", deleted=True)
    assert look(job(), pod).failed == 1
    assert look(job(podReplacementPolicy="Failed"), pod).failed == 0
    assert look(job(podFailurePolicy=IGNORE_7), pod).failed == 0


def test_the_decision_to_fail_stands() -> None:
    target = {"type": "FailureTarget", "status": "True", "reason": "DeadlineExceeded", "message": "m"}
    end = look(job({"conditions": [target]})).end
    assert end is not None
    assert (end["type"], end["reason"], end["message"]) == ("Failed", "DeadlineExceeded", "m")


def test_the_decision_to_succeed_stands_whatever_fails_later() -> None:
    met = {"type": "SuccessCriteriaMet", "status": "True", "reason": "SuccessPolicy", "message": "m"}
    assert look(job({"conditions": [met]}, backoffLimit=0), failed("p")).end == met


def test_indexes_that_are_done() -> None:
    seen = look(indexed(5, status={"completedIndexes": "0,1"}), done("a", 1), done("b", 3), done("c", 9))
    assert (seen.done_before, seen.done, seen.succeeded) == (((0, 1),), ((0, 1), (3, 3)), 3)


def test_a_shrunk_job_forgets_what_is_beyond() -> None:
    assert look(indexed(2, status={"completedIndexes": "0,3-4"})).done == ((0, 0),)


def test_a_success_policy_ends_the_job() -> None:
    end = look(indexed(successPolicy={"rules": [{"succeededCount": 1}]}), done("a", 2)).end
    assert end is not None
    assert (end["type"], end["reason"]) == ("SuccessCriteriaMet", "SuccessPolicy")


def lost(name: str, index: int, failures: int = 0) -> Object:
    return failed(name, index=index, annotations={FAILURES: str(failures)})


def test_an_index_that_may_be_tried_again_keeps_its_last_pod() -> None:
    seen = look(indexed(backoffLimitPerIndex=2), lost("a", 1, 0), lost("b", 1, 1))
    assert seen.failed_indexes == ()
    assert {index: pod["metadata"]["name"] for index, pod in seen.delayed.items()} == {1: "b"}


def test_a_pod_is_kept_no_longer_than_until_its_replacement_runs() -> None:
    seen = look(indexed(backoffLimitPerIndex=2), lost("a", 1), job_pod("b", index=1))
    assert seen.delayed == {}


def test_an_index_beyond_its_limit_has_failed() -> None:
    seen = look(indexed(backoffLimitPerIndex=1, status={"failedIndexes": "0"}), lost("b", 1, 1))
    assert (seen.failed_indexes, seen.delayed, seen.end) == (((0, 1),), {}, None)


def test_all_indexes_settled_with_failures_fail_the_job() -> None:
    owner = indexed(2, backoffLimitPerIndex=0)
    assert reason(owner, done("a", 0), lost("b", 1)) == "FailureTarget: FailedIndexes"
    assert reason(owner, done("a", 0), done("b", 1)) is None


def test_too_many_failed_indexes_fail_the_job() -> None:
    owner = indexed(9, backoffLimitPerIndex=0, maxFailedIndexes=1)
    assert reason(owner, lost("a", 0)) is None
    assert reason(owner, lost("a", 0), lost("b", 1)) == "FailureTarget: MaxFailedIndexesExceeded"


def test_the_backoff_goes_on_from_what_is_remembered() -> None:
    before = Record(2, NOW - timedelta(hours=2))
    assert look(job(), failed("p"), backoff=before).backoff.failures == 3
    assert look(job(completions=2), done("p"), backoff=before).backoff == Record()
