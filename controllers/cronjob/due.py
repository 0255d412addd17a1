"""What a CronJob does next, and the Job it makes then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from ...apimachinery.clock import parse_rfc3339
from ...apimachinery.cron import Schedule
from ...apimachinery.gvk import GroupVersionKind
from ..ownership import controller_reference
from . import times

Object = dict[str, Any]
KIND = GroupVersionKind("batch", "v1", "CronJob")
SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
SKEW_SECONDS = 0.1
"""Waking a little late, lest a clock that runs ahead finds nothing due."""


def _last_run(cron_job: Object) -> datetime:
    """The last time a Job was due; of a new CronJob, its creation."""
    last = (cron_job.get("status") or {}).get("lastScheduleTime")
    return parse_rfc3339(last or cron_job["metadata"]["creationTimestamp"])


def since(cron_job: Object, now: datetime) -> datetime:
    """What was due before this is of no interest."""
    deadline = cron_job["spec"].get("startingDeadlineSeconds")
    if deadline is None:
        return _last_run(cron_job)
    return max(_last_run(cron_job), now - timedelta(seconds=deadline))


def wait(cron_job: Object, schedule: Schedule, now: datetime, zone: tzinfo) -> float | None:
    """Seconds until the CronJob is due next; None when it never is."""
    last = _last_run(cron_job)
    try:
        found = times.missed(schedule, last, now, zone)
        start = found.latest or (now if found.some else last)
    except ValueError:
        start = now
    due = times.next_after(schedule, start, zone)
    return None if due is None else (due - now).total_seconds() + SKEW_SECONDS


def job_name(cron_job: Object, due: datetime) -> str:
    """The same for the same minute, so that no Job is made twice."""
    return f"{cron_job['metadata']['name']}-{int(due.timestamp()) // 60}"


def moment(cron_job: Object, job: Object) -> datetime | None:
    """For which time we made this Job of the CronJob; None when somebody else did."""
    meta = job["metadata"]
    stamp = (meta.get("annotations") or {}).get(SCHEDULED)
    try:
        at = datetime.fromisoformat(stamp or "").astimezone(UTC)
    except ValueError:
        return None
    return at if meta["name"] == job_name(cron_job, at) else None


def new_job(cron_job: Object, due: datetime, zone: tzinfo) -> Object:
    template = cron_job["spec"]["jobTemplate"]
    meta = template.get("metadata") or {}
    stamp = due.astimezone(zone).isoformat(timespec="seconds").replace("+00:00", "Z")
    made: Object = {
        "kind": "Job",
        "apiVersion": "batch/v1",
        "metadata": {
            "name": job_name(cron_job, due),
            "namespace": cron_job["metadata"]["namespace"],
            "annotations": {**(meta.get("annotations") or {}), SCHEDULED: stamp},
            "ownerReferences": [controller_reference(cron_job, KIND)],
        },
        "spec": template["spec"],
    }
    if meta.get("labels"):
        made["metadata"]["labels"] = meta["labels"]
    return made
