"""The loop behind CronJobs: a Job whenever the schedule says so."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from ...apimachinery import cron, jsonio
from ...apimachinery.clock import rfc3339
from ...apimachinery.errors import StatusError
from ...client.events import reference
from ...client.informer import key_of
from ...client.latest import Latest
from ...client.resources import CRONJOBS, JOBS
from .. import metrics
from .. import pods as podlib
from ..base import Controller
from ..context import Context, index
from ..ownership import CONTROLLER_INDEX, by_controller, controller_of, is_controlled_by
from ..podcontrol import namespace_is_going
from . import due, history, times

Object = dict[str, Any]
TOO_MANY = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"


class CronJobController(Controller):
    name = "cronjob-controller"
    queue_name = "cronjob"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._recorder = ctx.recorder("cronjob-controller")
        crons = self.informer(CRONJOBS)
        self._crons = Latest(crons)
        """A cache behind our own status would miss the Jobs that a history limit has just taken."""
        self._jobs = self.informer(JOBS)
        index(self._jobs, CONTROLLER_INDEX, by_controller)
        crons.on_event(self._cron_changed)
        self._jobs.on_event(self._job_changed)

    async def reconcile(self, key: str) -> None:
        known = self._crons.get(key)
        if known is None:
            return
        jobs = self._jobs.by_index(CONTROLLER_INDEX, known["metadata"]["uid"])
        cron_job, before = await self._current(known, jobs)
        await self._clean(cron_job, jobs)
        self._note_ends(cron_job, jobs)
        await self._note_missing(cron_job, jobs)
        try:
            wait = await self._run(cron_job)
        finally:
            # A Job that was deleted or made must be in the status even if the next step fails.
            if cron_job["status"] != before:
                self._crons.wrote(await self.client.update(CRONJOBS, cron_job, subresource="status"))
        if wait is not None:
            self.queue.add_after(key, wait)

    async def _current(self, known: Object, jobs: list[Object]) -> tuple[Object, Object]:
        """A copy to work on, and its stored status; from the API when the cache does not know a running Job
        yet."""
        cron_job: Object = jsonio.clone({**known, "status": known.get("status") or {}})
        strange = history.strange(cron_job, jobs)
        if not strange:
            return cron_job, jsonio.clone(cron_job["status"])
        meta = known["metadata"]
        fresh = await self.client.get(CRONJOBS, meta["name"], meta["namespace"])
        cron_job = {**fresh, "status": fresh.get("status") or {}}
        stored = jsonio.clone(cron_job["status"])
        for job in history.strange(cron_job, jobs):
            at = due.moment(cron_job, job)
            if at is not None:
                # Whoever made it died before it could say so; it may run still when the next one is due.
                history.take(cron_job, reference(job), at)
                continue
            message = f"Saw a job that the controller did not create or forgot: {job['metadata']['name']}"
            self._recorder.event(cron_job, "Warning", "UnexpectedJob", message)
        return cron_job, stored

    async def _clean(self, cron_job: Object, jobs: list[Object]) -> None:
        """Deletes finished Jobs beyond the limits, the oldest first."""
        for job in history.superfluous(cron_job, jobs):
            await self._delete(cron_job, job)

    async def _delete(self, cron_job: Object, job: Object) -> bool:
        meta = job["metadata"]
        try:
            await self.client.delete(JOBS, meta["name"], meta["namespace"], propagation="Background")
            self._recorder.event(cron_job, "Normal", "SuccessfulDelete", f"Deleted job {meta['name']}")
        except StatusError as error:
            if error.code != 404:
                self._recorder.event(cron_job, "Warning", "FailedDelete", f"Deleted job: {error}")
                return False
        history.drop(cron_job, meta["uid"])
        return True

    def _note_ends(self, cron_job: Object, jobs: list[Object]) -> None:
        for job, condition in history.ended(cron_job, jobs):
            history.drop(cron_job, job["metadata"]["uid"])
            message = f"Saw completed job: {job['metadata']['name']}, condition: {condition}"
            self._recorder.event(cron_job, "Normal", "SawCompletedJob", message)
        last = history.last_success(cron_job, jobs)
        if last is not None:
            cron_job["status"]["lastSuccessfulTime"] = last

    async def _note_missing(self, cron_job: Object, jobs: list[Object]) -> None:
        """Forgets active Jobs that are gone; the cache alone is not believed."""
        there = {job["metadata"]["uid"] for job in jobs}
        for ref in list(cron_job["status"].get("active") or ()):
            if await self._is_there(ref, there):
                continue
            message = f"Active job went missing: {ref.get('name', '')}"
            self._recorder.event(cron_job, "Normal", "MissingJob", message)
            history.drop(cron_job, ref.get("uid", ""))

    async def _is_there(self, ref: Object, there: set[str]) -> bool:
        """Whether a reference, which anybody may have written, is one to a Job."""
        name, namespace = ref.get("name"), ref.get("namespace")
        if not name or not namespace:
            return False
        if ref.get("uid") in there:
            return True
        try:
            await self.client.get(JOBS, name, namespace)
        except StatusError as error:
            if error.code != 404:
                raise
            return False
        return True

    async def _run(self, cron_job: Object) -> float | None:
        """Starts what is due. Seconds until the next time; None when that takes a change of the CronJob."""
        spec = cron_job["spec"]
        if podlib.is_deleted(cron_job):
            return None
        zone = self._zone(cron_job)
        if zone is None or spec.get("suspend"):
            return None
        schedule = self._schedule(cron_job)
        if schedule is None:
            return None
        now = self.clock.now()
        try:
            found = times.missed(schedule, due.since(cron_job, now), now, zone)
        except ValueError as error:
            message = f"invalid schedule: {spec['schedule']} : {error}"
            self._recorder.event(cron_job, "Warning", "InvalidSchedule", message)
            return None
        if found.many and found.latest is not None:
            self._recorder.event(cron_job, "Warning", "TooManyMissedTimes", TOO_MANY)
        if found.latest is not None and not self._skips(cron_job, found.latest):
            await self._start(cron_job, found.latest, zone)
        return due.wait(cron_job, schedule, now, zone)

    def _zone(self, cron_job: Object) -> tzinfo | None:
        name = cron_job["spec"].get("timeZone")
        if name is None:
            return UTC
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            message = f'invalid timeZone: "{name}": unknown time zone {name}'
            self._recorder.event(cron_job, "Warning", "UnknownTimeZone", message)
            return None

    def _schedule(self, cron_job: Object) -> cron.Schedule | None:
        text = cron_job["spec"]["schedule"]
        if "TZ" in text:
            message = (
                f'CRON_TZ or TZ used in schedule "{text}" is not officially supported, see '
                "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
            )
            self._recorder.event(cron_job, "Warning", "UnsupportedSchedule", message)
        try:
            schedule = cron.parse(text)
            if schedule.zone:
                ZoneInfo(schedule.zone)
            return schedule
        except (KeyError, ValueError, OSError) as error:
            message = f'unparseable schedule: "{text}" : {error}'
            self._recorder.event(cron_job, "Warning", "UnparseableSchedule", message)
            return None

    def _skips(self, cron_job: Object, at: datetime) -> bool:
        """Whether no Job is started for the time that is due."""
        spec, status = cron_job["spec"], cron_job["status"]
        name = due.job_name(cron_job, at)
        running = status.get("active") or ()
        if any(ref.get("name") == name for ref in running) or status.get("lastScheduleTime") == rfc3339(at):
            return True
        if spec.get("concurrencyPolicy") == "Forbid" and running:
            message = "Not starting job because prior execution is running and concurrency policy is Forbid"
            self._recorder.event(cron_job, "Normal", "JobAlreadyActive", message)
            return True
        return False

    async def _start(self, cron_job: Object, at: datetime, zone: tzinfo) -> None:
        if cron_job["spec"].get("concurrencyPolicy") == "Replace":
            await self._replace(cron_job)
        job = due.new_job(cron_job, at, zone)
        try:
            made = await self.client.create(JOBS, job)
            metrics.CRON_SKEW.observe((self.clock.now() - at).total_seconds())
            message = f"Created job {made['metadata']['name']}"
            self._recorder.event(cron_job, "Normal", "SuccessfulCreate", message)
        except StatusError as error:
            if error.reason != "AlreadyExists":
                if not namespace_is_going(error):
                    text = f"Error creating job: {error}"
                    self._recorder.event(cron_job, "Warning", "FailedCreate", text)
                raise
            # Made by us before a crash, then it belongs into the status; or somebody else's.
            made = await self.client.get(JOBS, job["metadata"]["name"], job["metadata"]["namespace"])
            if not is_controlled_by(made, cron_job):
                return
        history.take(cron_job, reference(made), at)

    async def _replace(self, cron_job: Object) -> None:
        for ref in list(cron_job["status"].get("active") or ()):
            try:
                job = await self.client.get(JOBS, ref["name"], ref["namespace"])
            except StatusError as error:
                self._recorder.event(cron_job, "Warning", "FailedGet", f"Get job: {error}")
                raise
            if not await self._delete(cron_job, job):
                text = f"could not replace job {ref['namespace']}/{ref['name']}"
                raise StatusError(500, "InternalError", text)

    def _cron_changed(self, kind: str, new: Object, old: Object | None) -> None:
        fields = ("schedule", "timeZone")
        if old is None or all(old["spec"].get(field) == new["spec"].get(field) for field in fields):
            self.enqueue(new)
            return
        try:
            schedule = cron.parse(new["spec"]["schedule"])
        except ValueError:
            message = f"unparseable schedule for cronjob: {new['spec']['schedule']}"
            self._recorder.event(new, "Warning", "UnParseableCronJobSchedule", message)
            return
        zone = self._zone(new)
        if zone is not None:
            self.queue.add_after(key_of(new), due.wait(new, schedule, self.clock.now(), zone) or 0.0)

    def _job_changed(self, kind: str, new: Object, old: Object | None) -> None:
        for job in (new, old) if old is not None else (new,):
            ref = controller_of(job)
            if ref is None or ref["kind"] != due.KIND.kind:
                continue
            cron_job = self._crons.get(f"{job['metadata']['namespace']}/{ref['name']}")
            if cron_job is not None and cron_job["metadata"]["uid"] == ref["uid"]:
                self.enqueue(cron_job)
