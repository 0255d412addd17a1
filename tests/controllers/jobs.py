"""Jobs and their pods, for the tests of the Job and CronJob controllers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from wherry.controllers.job import sync
from wherry.controllers.job.backoff import Record

from tests.controllers.objects import meta

Object = dict[str, Any]

NOW = datetime(2026, 1, 1, 1, 0, 0, tzinfo=UTC)
TRACKING = "batch.kubernetes.io/job-tracking"
INDEX = "batch.kubernetes.io/job-completion-index"
FAILURES = "batch.kubernetes.io/job-index-failure-count"
IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count"


def job(status: Object | None = None, **spec: Any) -> Object:
    """As the API gives it, with defaults; `completions=None` takes the field away."""
    pod = {"restartPolicy": spec.pop("restart", "Never"), "containers": [{"name": "c", "image": "i"}]}
    filled = {"parallelism": 1, "completions": 1, "backoffLimit": 6, "completionMode": "NonIndexed"}
    filled |= {"podReplacementPolicy": "TerminatingOrFailed", "suspend": False, **spec}
    return {
        "kind": "Job",
        "apiVersion": "batch/v1",
        "metadata": meta("j", generation=1),
        "spec": {**{k: v for k, v in filled.items() if v is not None}, "template": {"spec": pod}},
        "status": {"startTime": "2026-01-01T00:00:00Z", **(status or {})},
    }


def indexed(completions: int = 3, parallelism: int = 3, **more: Any) -> Object:
    return job(completionMode="Indexed", completions=completions, parallelism=parallelism, **more)


def job_pod(name: str, phase: str = "Running", *, index: int | None = None, **more: Any) -> Object:
    """A pod still to be counted; `code` ends its container, `conditions` and `deleted` are what they say."""
    status: Object = {"phase": phase, "conditions": more.pop("conditions", [])}
    if "code" in more:
        ended = {"exitCode": more.pop("code"), "finishedAt": more.pop("at", "2026-01-01T00:30:00Z")}
        status["containerStatuses"] = [{"name": "c", "state": {"terminated": ended}}]
    notes = more.pop("annotations", {})
    if index is not None:
        notes = {**notes, INDEX: str(index)}
    if more.pop("deleted", False):
        more["deletionTimestamp"] = "2026-01-01T00:30:00Z"
    finalizers = [TRACKING] if more.pop("tracked", True) else []
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": meta(name, annotations=notes, finalizers=finalizers, **more),
        "spec": {"containers": [{"name": "c", "image": "i"}]},
        "status": status,
    }


def look(owner: Object, *pods: Object, **more: Any) -> sync.Sync:
    """What a sync of the Job sees an hour after it started."""
    removing, backoff = more.get("removing", set()), more.get("backoff", Record())
    return sync.look("ns/j", owner, list(pods), removing, more.get("now", NOW), backoff)
