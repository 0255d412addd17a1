"""CronJobs as the conformance tests use them (upstream: test/e2e/apps/cronjob.go). Their minutes pass while
the other tests of this folder run, which is why these come last."""

from __future__ import annotations

from typing import Any

from tests.conformance.api import MERGE_PATCH, unique
from tests.conformance.apps.cron_objects import Crons, cron_job
from tests.e2e.waiting import until

Object = dict[str, Any]


def test_a_deleted_job_is_no_longer_active(crons: Crons) -> None:
    """«should remove from active list jobs that have been deleted»"""
    (job,) = until(lambda: crons.active("deleted"), what="a Job")
    crons.api.delete(f"{crons.batch}/jobs/{job}", propagationPolicy="Background")
    until(lambda: crons.api.gone(f"{crons.batch}/jobs/{job}") and job not in crons.active("deleted"))
    until(lambda: "MissingJob" in crons.reasons("deleted"))


def test_two_jobs_at_a_time(crons: Crons) -> None:
    """«should schedule multiple jobs concurrently»"""
    until(lambda: len(crons.active("allow")) >= 2, what="two active Jobs")
    assert len(crons.jobs("allow")) >= 2
    noted = [job["metadata"]["annotations"] for job in crons.jobs("allow")]
    assert all("batch.kubernetes.io/cronjob-scheduled-timestamp" in notes for notes in noted)


def test_no_second_job(crons: Crons) -> None:
    """«should not schedule new jobs when ForbidConcurrent»"""
    until(lambda: "JobAlreadyActive" in crons.reasons("forbid"), what="the second minute")
    assert len(crons.active("forbid")) == len(crons.jobs("forbid")) == 1


def test_a_job_is_replaced(crons: Crons) -> None:
    """«should replace jobs when ReplaceConcurrent»"""
    (first,) = until(lambda: crons.active("replace"), what="a Job")
    until(lambda: crons.active("replace") not in ([first], []), what="another Job")
    until(lambda: crons.api.gone(f"{crons.batch}/jobs/{first}"))
    assert len(crons.active("replace")) == 1


def test_the_history_is_limited(crons: Crons) -> None:
    """«should delete successful finished jobs with limit of one successful job», «should not emit unexpected
    warnings»"""
    until(lambda: "SuccessfulDelete" in crons.reasons("successes"), what="an old Job to go")
    until(lambda: crons.finished("successes") == ["Complete"])
    status = crons.api.get(f"{crons.batch}/cronjobs/successes")["status"]
    assert status["lastSuccessfulTime"] and status["lastScheduleTime"]
    assert not crons.reasons("successes") & {"MissingJob", "UnexpectedJob"}


def test_nothing_while_suspended(crons: Crons) -> None:
    """«should not schedule jobs when suspended»: while others had their minute"""
    until(lambda: crons.jobs("allow"))
    assert crons.jobs("suspended") == [] == crons.active("suspended")


def test_time_zones(crons: Crons) -> None:
    """«should support timezone»"""
    bad = cron_job("cronjob-with-timezone", timeZone="bad-time-zone")
    assert "unknown time zone bad-time-zone" in crons.api.fails(422, "POST", f"{crons.batch}/cronjobs", bad)
    assert crons.api.get(f"{crons.batch}/cronjobs/zoned")["spec"]["timeZone"] == "Asia/Kathmandu"


def test_operations(crons: Crons) -> None:
    """«should support CronJob API operations»"""
    label, path = unique("special"), f"{crons.batch}/cronjobs"
    made = cron_job("test-api", "exit 0", schedule="* */1 * * ?", suspend=True)
    made["metadata"]["labels"] = {"special-label": label}
    with crons.api.watch(path, labelSelector=f"special-label={label}") as watch:
        crons.api.create(path, made)
        assert watch.next()[0] == "ADDED"
        found = crons.api.get("/apis/batch/v1/cronjobs", labelSelector=f"special-label={label}")
        assert len(found["items"]) == 1
        crons.api.patch(f"{path}/test-api", {"metadata": {"annotations": {"patched": "true"}}})
        assert watch.until("MODIFIED", patched="true")
        now = "2026-01-01T00:00:00Z"
        body = {"metadata": {"annotations": {"status": "true"}}, "status": {"lastScheduleTime": now}}
        patched = crons.api.patch(f"{path}/test-api/status", body, MERGE_PATCH)
        assert patched["status"]["lastScheduleTime"] == now

        def later(obj: Object) -> None:
            obj["status"]["lastScheduleTime"] = "2026-01-02T00:00:00Z"

        updated = crons.api.change(f"{path}/test-api", later, "/status")
        assert updated["status"]["lastScheduleTime"] == "2026-01-02T00:00:00Z"
        crons.api.delete(path, labelSelector=f"special-label={label}")
        while watch.next()[0] != "DELETED":
            pass
