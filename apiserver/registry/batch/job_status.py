"""What a Job's status may become: whoever manages the Job, its clients can rely on how one ends.

Most rules hold only where what they speak of changes: the spec may have moved on since the status was
written, and what was wrong already must not keep other fields from being written.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ....apimachinery import field
from ....apimachinery.clock import parse_rfc3339
from ....apimachinery.field import FieldError
from ..strategy import Object
from ..validation.common import Errors, invalid_struct, nonnegative
from ..validation.values import shown
from .indexes import common_index, count_indexes
from .job_policies import without_value

COUNTS = ("active", "succeeded", "failed", "ready", "terminating")
CONDITIONS = "status.conditions"
TERMINAL = ("Failed", "Complete", "FailureTarget")
"""The conditions that stay once they are true, besides SuccessCriteriaMet."""


class _Job:
    """What the rules ask of one version of a Job."""

    def __init__(self, obj: Object) -> None:
        self.spec: Object = obj.get("spec") or {}
        self.status: Object = obj.get("status") or {}
        conditions = self.status.get("conditions") or ()
        self.true = {c.get("type") for c in conditions if c.get("status") == "True"}
        self.complete = "Complete" in self.true
        self.broken = "Failed" in self.true
        self.finished = self.complete or self.broken
        self.doomed = "FailureTarget" in self.true
        self.met = "SuccessCriteriaMet" in self.true
        self.active: int = self.status.get("active") or 0
        self.ready: int | None = self.status.get("ready")
        self.terminating: int | None = self.status.get("terminating")
        self.start = _time(self.status.get("startTime"))
        self.completion = _time(self.status.get("completionTime"))
        self.completed_indexes: str = self.status.get("completedIndexes") or ""
        self.failed_indexes: str | None = self.status.get("failedIndexes")
        uncounted = self.status.get("uncountedTerminatedPods") or {}
        self.uncounted = {key: uncounted.get(key) or None for key in ("succeeded", "failed")}
        self.indexed = self.spec.get("completionMode") == "Indexed"
        self.suspended = bool(self.spec.get("suspend"))


class _Change:
    def __init__(self, new: Object, old: Object) -> None:
        self.new, self.old = _Job(new), _Job(old)

    def of(self, *names: str) -> bool:
        return any(getattr(self.new, name) != getattr(self.old, name) for name in names)


def validate_job_status(new: Object, old: Object) -> Errors:
    change = _Change(new, old)
    errors = _counts(change.new.status) + _uncounted(change.new)
    for rules in (_ends, _finished, _indexes, _pods, _criteria, _kept):
        errors += rules(change)
    return errors


def _time(text: str | None) -> datetime | None:
    return parse_rfc3339(text) if text else None


def _counts(status: Object) -> Errors:
    errors: Errors = []
    for name in COUNTS:
        if status.get(name) is not None:
            errors += nonnegative(status[name], f"status.{name}")
    return errors


def _uncounted(job: _Job) -> Errors:
    errors: Errors = []
    seen: set[str] = set()
    for name, uids in job.uncounted.items():
        for i, uid in enumerate(uids or ()):
            path = f"status.uncountedTerminatedPods.{name}[{i}]"
            if not uid:
                errors.append(field.invalid(path, uid, "must not be empty"))
            elif uid in seen:
                errors.append(field.duplicate(path, uid))
            seen.add(uid)
    return errors


def _ends(change: _Change) -> Iterator[FieldError]:
    """A Job ends in one way, and its times and earlier conditions go with that."""
    new, path = change.new, "status.completionTime"
    if change.of("complete", "broken") and new.complete and new.broken:
        yield without_value(CONDITIONS, "cannot set Complete=True and Failed=true conditions")
    if change.of("complete", "doomed") and new.complete and new.doomed:
        yield without_value(CONDITIONS, "cannot set Complete=True and FailureTarget=true conditions")
    timed = change.of("complete", "completion")
    if timed and new.completion and not new.complete:
        why = "cannot set completionTime when there is no Complete=True condition"
        yield field.invalid(path, new.status["completionTime"], why)
    if timed and new.complete and not new.completion:
        yield field.required(path, "completionTime is required for Complete jobs")
    if change.of("start", "completion") and new.start and new.completion and new.completion < new.start:
        why = "completionTime cannot be set before startTime"
        yield field.invalid(path, new.status["completionTime"], why)
    if change.of("broken", "doomed") and new.broken and not new.doomed:
        why = "cannot set Failed=True condition without the FailureTarget=true condition"
        yield without_value(CONDITIONS, why)
    if change.of("complete", "met") and new.complete and not new.met:
        why = "cannot set Complete=True condition without the SuccessCriteriaMet=true condition"
        yield without_value(CONDITIONS, why)


def _finished(change: _Change) -> Iterator[FieldError]:
    new = change.new
    if not new.finished:
        return
    if change.of("finished", "active") and new.active > 0:
        yield field.invalid("status.active", new.active, "active>0 is invalid for finished job")
    never_ran = new.suspended and new.spec.get("completions") == 0
    if change.of("finished", "start") and not new.start and not never_ran:
        yield field.required("status.startTime", "startTime is required for finished job")
    if change.of("finished", "uncounted") and any(new.uncounted.values()):
        value = {"Succeeded": new.uncounted["succeeded"], "Failed": new.uncounted["failed"]}
        why = "uncountedTerminatedPods needs to be empty for finished job"
        yield invalid_struct("status.uncountedTerminatedPods", shown(value), why)


def _indexes(change: _Change) -> Iterator[FieldError]:
    new, completed, failed = change.new, change.new.completed_indexes, change.new.failed_indexes
    completions, per_index = new.spec.get("completions"), new.spec.get("backoffLimitPerIndex")
    done, lost = change.of("completed_indexes"), change.of("failed_indexes")
    if done and completions is not None:
        yield from _readable("completedIndexes", completed, completions)
    if lost and failed is not None and completions is not None and per_index is not None:
        yield from _readable("failedIndexes", failed, completions)
    if done and completed and not new.indexed:
        why = "cannot set non-empty completedIndexes when non-indexed completion mode"
        yield field.invalid("status.completedIndexes", completed, why)
    if lost and failed is not None and per_index is None:
        why = "cannot set non-null failedIndexes when backoffLimitPerIndex is null"
        yield field.invalid("status.failedIndexes", failed, why)
    if (done or lost) and completed and failed and completions is not None:
        shared = common_index(completed, failed, completions)
        if shared is not None:
            why = f"failedIndexes and completedIndexes overlap at index: {shared}"
            yield field.invalid("status.failedIndexes", failed, why)


def _readable(name: str, text: str, completions: int) -> Errors:
    try:
        count_indexes(text, completions)
    except ValueError as error:
        return [field.invalid(f"status.{name}", text, f"error parsing {name}: {error}")]
    return []


def _pods(change: _Change) -> Iterator[FieldError]:
    new = change.new
    if change.of("finished", "terminating") and new.finished and (new.terminating or 0) > 0:
        yield field.invalid(
            "status.terminating", new.terminating, "terminating>0 is invalid for finished job"
        )
    if change.of("ready", "active") and new.ready is not None and new.ready > new.active:
        yield field.invalid("status.ready", new.ready, "cannot set more ready pods than active")


def _criteria(change: _Change) -> Iterator[FieldError]:
    new = change.new
    if new.met and new.broken:
        yield without_value(CONDITIONS, "cannot set SuccessCriteriaMet=True and Failed=true conditions")
    if new.met and new.doomed:
        yield without_value(
            CONDITIONS, "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"
        )
    if new.spec.get("successPolicy") is not None and new.complete and not new.met:
        why = "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True"
        yield without_value(CONDITIONS, why)


def _kept(change: _Change) -> Iterator[FieldError]:
    """What was true or counted once stays so."""
    new, old = change.new, change.old
    for name in TERMINAL:
        if name in old.true and name not in new.true:
            yield without_value(CONDITIONS, f"cannot disable the terminal {name}=True condition")
    elastic = new.indexed and new.spec.get("completions") == new.spec.get("parallelism")
    for name in ("failed",) if elastic else ("failed", "succeeded"):
        count = new.status.get(name) or 0
        if count < (old.status.get(name) or 0):
            yield field.invalid(f"status.{name}", count, f"cannot decrease the {name} counter")
    if new.completion and old.completion and new.completion != old.completion:
        value = new.status["completionTime"]
        yield field.invalid("status.completionTime", value, "completionTime cannot be mutated")
    if old.start and new.start != old.start and not new.suspended:
        yield field.required("status.startTime", "startTime cannot be removed for unsuspended job")
    if old.met and not new.met:
        yield without_value(CONDITIONS, "cannot disable the SuccessCriteriaMet=True condition")
    if old.complete and not old.met and new.met:
        why = "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions"
        yield without_value(CONDITIONS, why)
