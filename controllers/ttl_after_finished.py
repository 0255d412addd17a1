"""Deletes finished Jobs once their `ttlSecondsAfterFinished` have passed."""

from __future__ import annotations

from typing import Any

from ..apimachinery.clock import parse_rfc3339
from ..apimachinery.errors import StatusError
from ..client.informer import split_key
from ..client.resources import JOBS
from . import metrics
from .base import Controller
from .context import Context
from .job import facts

Object = dict[str, Any]


class TTLAfterFinishedController(Controller):
    name = "ttl-after-finished-controller"
    queue_name = "ttl_jobs_to_delete"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._jobs = self.informer(JOBS, self._job_changed)

    async def reconcile(self, key: str) -> None:
        job = self._jobs.get(key)
        if job is None or self._waits(key, job):
            return
        namespace, name = split_key(key)
        try:
            # The cache may be late with a longer life or another Job of the name.
            fresh = await self.client.get(JOBS, name, namespace)
            if not self._waits(key, fresh):
                uid = fresh["metadata"]["uid"]
                await self.client.delete(JOBS, name, namespace, uid=uid, propagation="Foreground")
                metrics.TTL_SECONDS.observe(-(self._left(fresh) or 0.0))
        except StatusError as error:
            if error.code != 404:
                raise

    def _waits(self, key: str, job: Object) -> bool:
        """Whether the Job stays for now; one that will go comes again when its time is up."""
        left = self._left(job)
        if left is not None and left > 0:
            self.queue.add_after(key, left)
        return left is None or left > 0

    def _left(self, job: Object) -> float | None:
        """Seconds until a finished Job goes; None for one that stays or is going already."""
        ttl, end = job["spec"].get("ttlSecondsAfterFinished"), facts.finished_condition(job)
        if ttl is None or end is None or "deletionTimestamp" in job["metadata"]:
            return None
        age = self.clock.now() - parse_rfc3339(end["lastTransitionTime"])
        return float(ttl) - age.total_seconds()

    def _job_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind != "DELETED" and self._left(new) is not None:
            self.enqueue(new)
