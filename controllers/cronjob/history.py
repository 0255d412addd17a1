"""The Jobs of a CronJob as its status knows them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ...apimachinery.clock import parse_rfc3339, rfc3339
from ..job.facts import finished_condition

Object = dict[str, Any]


def active_uids(cron_job: Object) -> set[str]:
    return {ref.get("uid", "") for ref in cron_job["status"].get("active") or ()}


def take(cron_job: Object, job: Object, at: datetime) -> None:
    """Puts a Job (a reference) on the list of active ones, as what was due at this time."""
    status = cron_job["status"]
    status["active"] = [*(status.get("active") or ()), job]
    last = status.get("lastScheduleTime")
    if last is None or parse_rfc3339(last) < at:
        status["lastScheduleTime"] = rfc3339(at)


def drop(cron_job: Object, uid: str) -> None:
    """Takes a Job off the list of active ones."""
    status = cron_job["status"]
    left = [ref for ref in status.get("active") or () if ref.get("uid", "") != uid]
    if left:
        status["active"] = left
    else:
        status.pop("active", None)


def strange(cron_job: Object, jobs: list[Object]) -> list[Object]:
    """Running Jobs that the status does not know."""
    known = active_uids(cron_job)
    return [job for job in jobs if finished_condition(job) is None and job["metadata"]["uid"] not in known]


def ended(cron_job: Object, jobs: list[Object]) -> Iterator[tuple[Object, str]]:
    """Active Jobs that have finished, with the condition (Complete or Failed)."""
    known = active_uids(cron_job)
    for job in jobs:
        condition = finished_condition(job)
        if condition is not None and job["metadata"]["uid"] in known:
            yield job, condition["type"]


def last_success(cron_job: Object, jobs: list[Object]) -> str | None:
    """When the last Job succeeded; None for no success."""
    ends = [cron_job["status"].get("lastSuccessfulTime")]
    ends += [_status(job).get("completionTime") for job in jobs if _is(job, "Complete")]
    return max(filter(None, ends), key=parse_rfc3339, default=None)


def superfluous(cron_job: Object, jobs: list[Object]) -> list[Object]:
    """Finished Jobs beyond the history limits, the oldest first."""
    spec = cron_job["spec"]
    limits = (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit"))
    found: list[Object] = []
    for kind, field in limits:
        finished = sorted((job for job in jobs if _is(job, kind)), key=_age)
        limit = spec.get(field)
        if limit is not None and len(finished) > limit:
            found += finished[: len(finished) - limit]
    return [job for job in found if "deletionTimestamp" not in job["metadata"]]


def _is(job: Object, kind: str) -> bool:
    condition = finished_condition(job)
    return condition is not None and condition["type"] == kind


def _status(job: Object) -> Object:
    return job.get("status") or {}


def _age(job: Object) -> tuple[bool, str, str]:
    """Sorts by the start; a Job that never started comes last."""
    start = _status(job).get("startTime")
    return start is None, start or "", job["metadata"]["name"]
