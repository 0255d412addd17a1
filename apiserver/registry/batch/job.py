"""Job: pods that run to completion."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.clock import parse_rfc3339
from ..printing import age, containers, selector, since
from ..resource import STATUS, Resource
from ..strategy import Object, Strategy
from . import columns


class JobStrategy(Strategy):
    """Rules of Jobs."""

    has_status = True
    tracks_generation = True


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
