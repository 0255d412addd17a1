"""CronJobs as upstream's tests make them, and what becomes of them."""

from __future__ import annotations

from typing import Any

from tests.conformance.api import Api
from tests.conformance.apps.job_objects import BUSYBOX, PAUSE

Object = dict[str, Any]
EVERY_MINUTE = "*/1 * * * ?"


def cron_job(name: str, script: str = "", **spec: Any) -> Object:
    """An empty script never ends."""
    container: Object = {"name": "c", "image": BUSYBOX if script else PAUSE}
    if script:
        container["command"] = ["/bin/sh", "-c", script]
    pod = {"restartPolicy": "OnFailure", "terminationGracePeriodSeconds": 0, "containers": [container]}
    template = {"spec": {"parallelism": 1, "completions": 1, "template": {"spec": pod}}}
    defaults = {"schedule": EVERY_MINUTE, "concurrencyPolicy": "Allow", "jobTemplate": template}
    return {"metadata": {"name": name}, "spec": {**defaults, **spec}}


class Crons:
    """The CronJobs of one namespace."""

    def __init__(self, api: Api, namespace: str) -> None:
        self.api = api
        self.events = f"/api/v1/namespaces/{namespace}/events"
        self.batch = f"/apis/batch/v1/namespaces/{namespace}"

    def active(self, name: str) -> list[str]:
        status = self.api.get(f"{self.batch}/cronjobs/{name}")["status"]
        return [ref["name"] for ref in status.get("active") or ()]

    def jobs(self, name: str) -> list[Object]:
        found: list[Object] = self.api.get(f"{self.batch}/jobs")["items"]
        return [job for job in found if job["metadata"]["ownerReferences"][0]["name"] == name]

    def finished(self, name: str) -> list[str]:
        """Ways in which its Jobs ended."""
        return [
            condition["type"]
            for job in self.jobs(name)
            for condition in job["status"].get("conditions") or ()
            if condition["type"] in ("Complete", "Failed") and condition["status"] == "True"
        ]

    def reasons(self, name: str) -> set[str]:
        found = self.api.get(self.events, fieldSelector=f"involvedObject.name={name}")["items"]
        return {event["reason"] for event in found}

    def make_all(self) -> None:
        """One for each test, so that all wait for their minutes at the same time."""
        for made in (
            cron_job("allow"),
            cron_job("suspended", suspend=True),
            cron_job("forbid", concurrencyPolicy="Forbid"),
            cron_job("replace", concurrencyPolicy="Replace"),
            cron_job("deleted", concurrencyPolicy="Forbid"),
            cron_job("successes", "exit 0", successfulJobsHistoryLimit=1, failedJobsHistoryLimit=0),
            cron_job("zoned", schedule="0 0 1 1 *", timeZone="Asia/Kathmandu"),
        ):
            self.api.create(f"{self.batch}/cronjobs", made)
