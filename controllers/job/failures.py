"""Failures counted per index: pods carry the count in annotations, from each to its replacement."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import facts, policies
from .backoff import Record, finished_at
from .indexes import completion_index

Object = dict[str, Any]
FAILURES = "batch.kubernetes.io/job-index-failure-count"
IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count"
_LARGEST = 2**31 - 1


def index_of(pod: Object) -> int:
    """The index of a pod known to have one."""
    index = completion_index(pod)
    if index is None:
        raise ValueError(f"pod {pod['metadata']['name']} has no completion index")
    return index


def ends_index(job: Object, pod: Object) -> bool:
    """Whether the failure of this pod means that its index has failed."""
    if not facts.is_failed(pod, job):
        return False
    verdict = policies.judge(job, pod)
    if verdict.action == "FailIndex":
        return True
    return verdict.counts and _number(pod, FAILURES) >= int(job["spec"]["backoffLimitPerIndex"])


def is_later(pod: Object, than: Object | None) -> bool:
    """Whether `pod` is the later try of their index."""
    if than is None:
        return True
    return _tries(than) <= _tries(pod) and finished_at(pod) >= finished_at(than)


def remaining(pod: Object | None, now: datetime) -> float:
    """Seconds until the index of a failed pod may be tried again."""
    if pod is None:
        return 0.0
    return Record(_tries(pod) + 1, finished_at(pod)).remaining(now)


def counters(job: Object, replaced: Object | None) -> dict[str, str]:
    """Of the pod that replaces a failed one; None when it is the first of its index."""
    if replaced is None:
        return {FAILURES: "0"}
    counts = policies.judge(job, replaced).counts
    failed, ignored = _number(replaced, FAILURES), _number(replaced, IGNORED)
    made = {FAILURES: str(failed + 1 if counts else failed)}
    ignored += 0 if counts else 1
    return {**made, IGNORED: str(ignored)} if ignored else made


def _tries(pod: Object) -> int:
    return _number(pod, FAILURES) + _number(pod, IGNORED)


def _number(pod: Object, annotation: str) -> int:
    """0 when somebody wrote something else into the annotation."""
    text = (pod["metadata"].get("annotations") or {}).get(annotation, "")
    value = int(text) if text.isascii() and text.isdigit() else 0
    return value if value <= _LARGEST else 0
