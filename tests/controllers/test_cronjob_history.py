"""Which Jobs of a CronJob are active, finished, and too old; what it makes next and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from wherry.apimachinery import cron
from wherry.controllers.cronjob import due, history

from tests.controllers.jobs import NOW, job
from tests.controllers.objects import Object, meta


def cron_job(active: tuple[str, ...] = (), status: Object | None = None, **spec: Any) -> Object:
    refs = [{"kind": "Job", "namespace": "ns", "name": name, "uid": f"uid-{name}"} for name in active]
    return {
        "kind": "CronJob",
        "apiVersion": "batch/v1",
        "metadata": meta("cj"),
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {}}}, **spec},
        "status": {**({"active": refs} if refs else {}), **(status or {})},
    }


def child(name: str, end: str = "", at: str = "00:10") -> Object:
    """A Job; `end` is its final condition, at that minute and second of the first hour."""
    made = job({"startTime": f"2026-01-01T00:{at}Z"})
    made["metadata"] = meta(name)
    if end:
        made["status"]["conditions"] = [{"type": end, "status": "True"}]
    if end == "Complete":
        made["status"]["completionTime"] = f"2026-01-01T00:{at}Z"
    return made


def names(jobs: list[Object]) -> list[str]:
    return [item["metadata"]["name"] for item in jobs]


def test_a_running_job_that_is_not_in_the_status_is_strange() -> None:
    jobs = [child("a"), child("b"), child("c", "Complete")]
    assert names(history.strange(cron_job(("a",)), jobs)) == ["b"]


def test_an_active_job_that_finished_has_ended() -> None:
    jobs = [child("a", "Failed"), child("b"), child("c", "Complete")]
    found = list(history.ended(cron_job(("a", "b")), jobs))
    assert [(item["metadata"]["name"], condition) for item, condition in found] == [("a", "Failed")]


def test_the_last_active_job_takes_the_list_along() -> None:
    it = cron_job(("a", "b"))
    history.drop(it, "uid-a")
    assert [ref["name"] for ref in it["status"]["active"]] == ["b"]
    history.drop(it, "uid-b")
    assert it["status"] == {}


def test_the_last_success() -> None:
    jobs = [child("a", "Complete", "10:00"), child("b", "Complete", "20:00"), child("c", "Failed", "30:00")]
    assert history.last_success(cron_job(), jobs) == "2026-01-01T00:20:00Z"
    assert history.last_success(cron_job(), []) is None
    known = cron_job(status={"lastSuccessfulTime": "2026-01-01T09:00:00Z"})
    assert history.last_success(known, jobs) == "2026-01-01T09:00:00Z"


def test_the_oldest_finished_jobs_go_each_kind_by_its_limit() -> None:
    ends = [("a", "Complete", "03:00"), ("b", "Complete", "01:00"), ("c", "Complete", "02:00")]
    jobs = [child(*end) for end in (*ends, ("d", "Failed", "01:00"), ("e", "Failed", "02:00"))]
    limited = cron_job(successfulJobsHistoryLimit=1, failedJobsHistoryLimit=0)
    assert names(history.superfluous(limited, [*jobs, child("f")])) == ["b", "c", "d", "e"]
    assert history.superfluous(cron_job(), jobs) == []


def test_a_job_on_its_way_out_is_not_deleted_again() -> None:
    going = child("a", "Complete")
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:20:00Z"
    assert history.superfluous(cron_job(successfulJobsHistoryLimit=0), [going]) == []


def test_the_name_of_a_job_is_its_minute() -> None:
    assert due.job_name(cron_job(), datetime(2026, 1, 1, tzinfo=UTC)) == "cj-29453760"
    assert due.job_name(cron_job(), datetime(2026, 1, 1, 0, 0, 59, tzinfo=UTC)) == "cj-29453760"


@pytest.mark.parametrize(
    ("zone", "stamp"),
    [(UTC, "2026-01-01T01:00:00Z"), (ZoneInfo("Asia/Kolkata"), "2026-01-01T06:30:00+05:30")],
)
def test_a_job_tells_when_it_was_due(zone: Any, stamp: str) -> None:
    made = due.new_job(cron_job(), NOW, zone)
    assert made["metadata"]["annotations"] == {"batch.kubernetes.io/cronjob-scheduled-timestamp": stamp}


def test_a_job_is_made_from_the_template() -> None:
    template = {"metadata": {"labels": {"a": "b"}, "annotations": {"n": "1"}}, "spec": {"backoffLimit": 3}}
    made = due.new_job(cron_job(jobTemplate=template), NOW, UTC)
    assert made["metadata"]["labels"] == {"a": "b"}
    assert made["metadata"]["annotations"]["n"] == "1"
    assert made["metadata"]["ownerReferences"][0]["controller"] is True
    assert made["spec"] == {"backoffLimit": 3}


def test_a_deadline_limits_how_far_back_runs_are_missed() -> None:
    assert due.since(cron_job(), NOW) == NOW - timedelta(hours=1)
    assert due.since(cron_job(startingDeadlineSeconds=90), NOW) == NOW - timedelta(seconds=90)
    ran = cron_job(status={"lastScheduleTime": "2026-01-01T00:59:30Z"}, startingDeadlineSeconds=90)
    assert due.since(ran, NOW) == NOW - timedelta(seconds=30)


def test_it_wakes_a_little_after_the_next_time() -> None:
    hourly = cron.parse("20 * * * *")
    assert due.wait(cron_job(), hourly, NOW, UTC) == 20 * 60 + due.SKEW_SECONDS
    assert due.wait(cron_job(), cron.parse("0 0 31 2 *"), NOW, UTC) is None
