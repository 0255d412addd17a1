"""Job: pods that run to completion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.clock import parse_rfc3339
from ....apimachinery.field import FieldError
from ..apps.template import is_next_generation, name_warnings
from ..printing import age, containers, selector, since
from ..resource import STATUS, Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import MAX_INT32
from ..validation.pod_warnings import template_warnings
from . import columns
from .job_status import validate_job_status
from .job_update import validate_spec_update
from .job_validation import many_warnings, validate_generated_selector, validate_spec
from .template import default_job_spec

UIDS = ("batch.kubernetes.io/controller-uid", "controller-uid")
NAMES = ("batch.kubernetes.io/job-name", "job-name")


class JobStrategy(Strategy):
    """Rules of Jobs."""

    pod_spec = ("spec", "template", "spec")
    has_status = True
    metadata_checks = ("create", "update")
    orphans_by_default = True
    propagation_warning = (
        "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to "
        "remove them or set propagationPolicy=Orphan to suppress this warning"
    )
    tracks_generation = True

    def default(self, obj: Object) -> None:
        spec = obj.setdefault("spec", {})
        if spec.get("parallelism") is None and spec.get("completions") is None:
            spec["completions"] = 1
        spec.setdefault("parallelism", 1)
        if spec.get("backoffLimit") is None:
            spec["backoffLimit"] = 6 if spec.get("backoffLimitPerIndex") is None else MAX_INT32
        default_labels(obj)
        spec.setdefault("completionMode", "NonIndexed")
        spec.setdefault("suspend", False)
        spec.setdefault("manualSelector", False)
        policy = spec.get("podFailurePolicy")
        if spec.get("podReplacementPolicy") is None:
            spec["podReplacementPolicy"] = "TerminatingOrFailed" if policy is None else "Failed"
        default_job_spec(spec)

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        if not obj["spec"].get("manualSelector"):
            _generate_selector(obj)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        spec = obj.get("spec") or {}
        errors = validate_generated_selector(obj, expected_labels(obj)) + validate_spec(spec, "spec")
        return errors + _pod_name(obj, spec)

    def allocate(self, ctx: Context, new: Object, old: Object | None) -> Callable[[], None]:
        # Upstream gives a Job its template's labels whenever it decodes one: the generated ones too, but only
        # after validation.
        default_labels(new)
        return super().allocate(ctx, new, old)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return self.validate_create(ctx, new) + validate_spec_update(new, old)

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_job_status(new, old)

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        found = name_warnings(new) if old is None else []
        if old is None or is_next_generation(new, old):
            spec = new["spec"]
            found += many_warnings(spec, "spec")
            found += template_warnings(spec.get("template") or {}, "spec.template")
        return found


def default_labels(obj: Object) -> None:
    """A Job without labels has those of its pods: the same dict, so that what is generated shows in both."""
    found = ((obj["spec"].get("template") or {}).get("metadata") or {}).get("labels")
    meta = obj.setdefault("metadata", {})
    if found and not meta.get("labels"):
        meta["labels"] = found


def expected_labels(obj: Object) -> dict[str, str]:
    uid, name = obj["metadata"].get("uid", ""), obj["metadata"].get("name", "")
    return {NAMES[1]: name, UIDS[1]: uid, UIDS[0]: uid, NAMES[0]: name}


def _generate_selector(obj: Object) -> None:
    """Labels that tell this Job's pods from all others, and the selector on them; what a user set stays."""
    spec = obj["spec"]
    meta = spec["template"].setdefault("metadata", {})
    shared = bool(meta.get("labels")) and obj["metadata"].get("labels") is meta["labels"]
    meta["labels"] = dict(sorted({**expected_labels(obj), **(meta.get("labels") or {})}.items()))
    if shared:
        obj["metadata"]["labels"] = meta["labels"]
    if spec.get("selector") is None:
        spec["selector"] = {}
    selector = spec["selector"]
    if not selector.get("matchLabels"):
        selector["matchLabels"] = {}
    selector["matchLabels"].setdefault(UIDS[0], obj["metadata"].get("uid", ""))


def _pod_name(obj: Object, spec: Object) -> list[FieldError]:
    """The last pod of an Indexed Job must have a name that is a host name."""
    completions = spec.get("completions") or 0
    if spec.get("completionMode") != "Indexed" or completions <= 0:
        return []
    name = obj["metadata"].get("name", "")
    host = f"{name}-{completions - 1}"
    if not names.dns1123_label(host):
        return []
    why = f"will not able to create pod with invalid DNS label: {host}"
    return [field.invalid("metadata.name", name, why)]


_STATES = ("Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet")


def _state(obj: Object) -> str:
    conditions = (obj.get("status") or {}).get("conditions") or ()
    true = {c.get("type") for c in conditions if c.get("status") == "True"}
    if obj["metadata"].get("deletionTimestamp") and not true & {"Complete", "Failed"}:
        return "Terminating"
    return next((state for state in _STATES if state in true), "Running")


def _completions(spec: Object, status: Object) -> str:
    done = status.get("succeeded", 0)
    if spec.get("completions") is not None:
        return f"{done}/{spec['completions']}"
    parallelism = spec.get("parallelism") or 0
    return f"{done}/1 of {parallelism}" if parallelism > 1 else f"{done}/1"


def _duration(status: Object, now: datetime) -> str:
    if not status.get("startTime"):
        return ""
    end = status.get("completionTime")
    return since(status["startTime"], parse_rfc3339(end) if end else now)


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    names, images = containers(spec["template"].get("spec") or {})
    facts = _state(obj), _completions(spec, status), _duration(status, now), age(obj, now)
    return [obj["metadata"]["name"], *facts, names, images, selector(spec.get("selector"))]


RESOURCES = (
    Resource(
        group="batch",
        kind="Job",
        plural="jobs",
        categories=("all",),
        subresources=(STATUS,),
        selectable={"status.successful": lambda obj: str((obj.get("status") or {}).get("succeeded", 0))},
        unknown_field='field label "{field}" not supported for Job',
        strategy=JobStrategy(),
        columns=columns.JOBS,
        cells=_cells,
    ),
)
