"""How long a failed pod's replacement waits, and counts of failures per index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from wherry.controllers.job import backoff, failures
from wherry.controllers.job.backoff import Record

from tests.controllers.jobs import FAILURES, IGNORED, NOW, Object, indexed, job_pod


def failed(at: str, **more: Any) -> Object:
    return job_pod(f"p{at}", "Failed", code=1, at=f"2026-01-01T00:{at}Z", **more)


def succeeded(at: str) -> Object:
    return job_pod(f"s{at}", "Succeeded", code=0, at=f"2026-01-01T00:{at}Z")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-01-01T00:{text}+00:00").astimezone(UTC)


def test_failures_add_up() -> None:
    first = Record().after([], [failed("10:00"), failed("05:00")])
    assert first == Record(2, moment("10:00"))
    assert first.after([], [failed("20:00")]) == Record(3, moment("20:00"))


def test_nothing_new_changes_nothing() -> None:
    record = Record(2, moment("10:00"))
    assert record.after([], []) is record


def test_a_success_starts_the_count_anew() -> None:
    record = Record(4, moment("01:00"))
    assert record.after([succeeded("10:00")], []) == Record()
    assert record.after([succeeded("10:00")], [failed("09:00")]) == Record()
    assert record.after([succeeded("10:00")], [failed("09:00"), failed("11:00")]) == Record(
        1, moment("11:00")
    )


@pytest.mark.parametrize(
    ("failed_times", "seconds"), [(0, 0.0), (1, 10.0), (2, 20.0), (4, 80.0), (7, 600.0), (99, 600.0)]
)
def test_each_failure_doubles_the_wait(failed_times: int, seconds: float) -> None:
    assert Record(failed_times, NOW).remaining(NOW) == seconds


def test_time_passes() -> None:
    record = Record(1, NOW)
    assert record.remaining(NOW + timedelta(seconds=4)) == 6.0
    assert record.remaining(NOW + timedelta(seconds=11)) == 0.0


def test_a_pod_ended_with_its_last_container() -> None:
    pod = failed("10:00")
    pod["status"]["containerStatuses"] += failed("12:00")["status"]["containerStatuses"]
    assert backoff.finished_at(pod) == moment("12:00")


def test_or_when_it_stopped_being_ready() -> None:
    ready = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-01T00:07:00Z"}
    assert backoff.finished_at(job_pod("p", "Failed", conditions=[ready])) == moment("07:00")


def test_or_before_its_grace_began_or_at_its_creation() -> None:
    assert backoff.finished_at(job_pod("p", deleted=True, deletionGracePeriodSeconds=30)) == moment("29:30")
    assert backoff.finished_at(job_pod("p")) == moment("00:00")


def counted(failures_: int, ignored: int = 0) -> Object:
    return {FAILURES: str(failures_), IGNORED: str(ignored)}


def test_the_first_pod_of_an_index_has_no_failures() -> None:
    assert failures.counters(indexed(backoffLimitPerIndex=1), None) == {FAILURES: "0"}


def test_a_replacement_counts_one_more() -> None:
    pod = failed("10:00", annotations=counted(2))
    assert failures.counters(indexed(backoffLimitPerIndex=3), pod) == {FAILURES: "3"}


def test_an_ignored_failure_is_counted_apart() -> None:
    rule = {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [1]}}
    owner = indexed(backoffLimitPerIndex=3, podFailurePolicy={"rules": [rule]})
    pod = failed("10:00", annotations=counted(2, 1))
    assert failures.counters(owner, pod) == {FAILURES: "2", IGNORED: "2"}
    assert not failures.ends_index(owner, failed("10:00", annotations=counted(9)))


def test_an_index_fails_beyond_its_limit() -> None:
    owner = indexed(backoffLimitPerIndex=1)
    assert not failures.ends_index(owner, failed("10:00", annotations=counted(0)))
    assert failures.ends_index(owner, failed("10:00", annotations=counted(1)))


def test_a_policy_may_fail_an_index_at_once() -> None:
    rule = {"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [1]}}
    owner = indexed(backoffLimitPerIndex=5, podFailurePolicy={"rules": [rule]})
    assert failures.ends_index(owner, failed("10:00", annotations=counted(0)))


def test_the_wait_of_an_index_counts_all_its_tries() -> None:
    pod = failed("59:50", annotations=counted(1, 1))
    assert failures.remaining(pod, NOW) == 30.0
    assert failures.remaining(None, NOW) == 0.0


def test_the_later_try_has_more_failures() -> None:
    first, second = failed("10:00", annotations=counted(0)), failed("11:00", annotations=counted(1))
    assert failures.is_later(second, first)
    assert not failures.is_later(first, second)


@pytest.mark.parametrize("text", ["x", "-3", "99999999999"])
def test_a_nonsense_count_is_none(text: str) -> None:
    pod = failed("10:00", annotations={FAILURES: text})
    assert failures.counters(indexed(backoffLimitPerIndex=1), pod) == {FAILURES: "1"}
