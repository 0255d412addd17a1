"""CronJobs as the conformance tests use them (upstream: test/e2e/apps/cronjob.go): all wait for their minutes
at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.api import MERGE_PATCH, Api, unique
from tests.conformance.apps.job_objects import BUSYBOX, PAUSE
from tests.e2e.waiting import until

Object = dict[str, Any]
EVERY_MINUTE = "*/1 * * * ?"


def cron_job(name: str, script: str = "", **spec: Any) -> Object:
    """An empty script never ends."""
    container: Object = {"name": "c", "image": BUSYBOX if script else PAUSE}
    if script:
        container["command"] = ["/bin/sh", "-c", script]
    pod = {"restartPolicy": "OnFailure", "terminationGracePeriodSeconds": 0, "containers": [container]}
    template = {"spec": {"parallelism": 1, "completions": 1, "template": {"spec": pod}}}
    defaults = {"schedule": EVERY_MINUTE, "concurrencyPolicy": "Allow", "jobTemplate": template}
    return {"metadata": {"name": name}, "spec": {**defaults, **spec}}


class Crons:
    """The CronJobs of the module's namespace."""

    def __init__(self, api: Api, namespace: str) -> None:
        self.api = api
        self.events = f"/api/v1/namespaces/{namespace}/events"
        self.batch = f"/apis/batch/v1/namespaces/{namespace}"

    def active(self, name: str) -> list[str]:
        status = self.api.get(f"{self.batch}/cronjobs/{name}")["status"]
        return [ref["name"] for ref in status.get("active") or ()]

    def jobs(self, name: str) -> list[Object]:
        found: list[Object] = self.api.get(f"{self.batch}/jobs")["items"]
        return [job for job in found if job["metadata"]["ownerReferences"][0]["name"] == name]

    def finished(self, name: str) -> list[str]:
        """Ways in which its Jobs ended."""
        return [
            condition["type"]
            for job in self.jobs(name)
            for condition in job["status"].get("conditions") or ()
            if condition["type"] in ("Complete", "Failed") and condition["status"] == "True"
        ]

    def reasons(self, name: str) -> set[str]:
        found = self.api.get(self.events, fieldSelector=f"involvedObject.name={name}")["items"]
        return {event["reason"] for event in found}


@pytest.fixture(scope="module")
def crons(api: Api) -> Iterator[Crons]:
    namespace = unique("cron-jobs")
    api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    found = Crons(api, namespace)
    for made in (
        cron_job("allow"),
        cron_job("suspended", suspend=True),
        cron_job("forbid", concurrencyPolicy="Forbid"),
        cron_job("replace", concurrencyPolicy="Replace"),
        cron_job("deleted", concurrencyPolicy="Forbid"),
        cron_job("successes", "exit 0", successfulJobsHistoryLimit=1, failedJobsHistoryLimit=0),
        cron_job("zoned", schedule="0 0 1 1 *", timeZone="Asia/Kathmandu"),
    ):
        api.create(f"{found.batch}/cronjobs", made)
    yield found
    api.delete(f"/api/v1/namespaces/{namespace}")


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
