"""Defaults of the pods of Jobs and of the Jobs of CronJobs."""

from __future__ import annotations

from ..defaults.pod_spec import default_pod_spec
from ..strategy import Object


def default_job_spec(spec: Object) -> None:
    """What a Job's spec and a CronJob's template share."""
    for rule in (spec.get("podFailurePolicy") or {}).get("rules") or ():
        for condition in rule.get("onPodConditions") or ():
            condition.setdefault("status", "True")
    template = spec.setdefault("template", {})
    default_pod_spec(template.setdefault("spec", {}))
