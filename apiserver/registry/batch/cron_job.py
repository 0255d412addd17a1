"""CronJob: Jobs on a schedule."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field
from ....apimachinery.field import FieldError
from ..apps.template import is_next_generation, name_warnings
from ..printing import NONE, UNSET, age, containers, selector, since
from ..resource import STATUS, Resource
from ..strategy import Context, Object, Strategy
from ..validation.pod_warnings import template_warnings
from . import columns
from .cron_job_validation import validate_spec
from .job_validation import many_warnings
from .template import default_job_spec

MAX_NAME = 52
ZONE_IN_SCHEDULE = (
    "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see "
    "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
)


class CronJobStrategy(Strategy):
    """Rules of CronJobs."""

    pod_spec = ("spec", "jobTemplate", "spec", "template", "spec")
    has_status = True
    tracks_generation = True

    def default(self, obj: Object) -> None:
        spec = obj.setdefault("spec", {})
        spec.setdefault("concurrencyPolicy", "Allow")
        spec.setdefault("suspend", False)
        spec.setdefault("successfulJobsHistoryLimit", 3)
        spec.setdefault("failedJobsHistoryLimit", 1)
        default_job_spec(spec.setdefault("jobTemplate", {}).setdefault("spec", {}))

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        errors = validate_spec(obj.get("spec") or {}, None, "spec")
        name = obj["metadata"].get("name", "")
        if len(name) > MAX_NAME:
            why = f"must be no more than {MAX_NAME} characters"
            errors.append(field.invalid("metadata.name", name, why))
        return errors

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_spec(new.get("spec") or {}, old.get("spec") or {}, "spec")

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        found = name_warnings(new) if old is None else []
        template = new["spec"]["jobTemplate"]["spec"].get("template") or {}
        if old is None or is_next_generation(new, old):
            found += many_warnings(new["spec"]["jobTemplate"]["spec"], "spec.jobTemplate.spec")
            found += template_warnings(template, "spec.jobTemplate.spec.template")
        if old is not None and "TZ" in new["spec"].get("schedule", ""):
            found.append(ZONE_IN_SCHEDULE)
        return found


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    job = spec["jobTemplate"].get("spec") or {}
    last = status.get("lastScheduleTime")
    suspend = spec.get("suspend")
    facts = [
        spec.get("schedule", ""),
        spec.get("timeZone") or NONE,
        UNSET if suspend is None else str(suspend),
        len(status.get("active") or ()),
        since(last, now) if last else NONE,
    ]
    pod = containers((job.get("template") or {}).get("spec") or {})
    return [obj["metadata"]["name"], *facts, age(obj, now), *pod, selector(job.get("selector"))]


RESOURCES = (
    Resource(
        group="batch",
        kind="CronJob",
        plural="cronjobs",
        short_names=("cj",),
        categories=("all",),
        subresources=(STATUS,),
        strategy=CronJobStrategy(),
        columns=columns.CRONJOBS,
        cells=_cells,
    ),
)
