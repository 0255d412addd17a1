"""CronJob: Jobs on a schedule."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import NONE, UNSET, age, containers, selector, since
from ..resource import STATUS, Resource
from ..strategy import Object, Strategy
from . import columns


class CronJobStrategy(Strategy):
    """Rules of CronJobs."""

    has_status = True
    tracks_generation = True


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
