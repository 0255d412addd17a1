"""The scheduling loop: takes a pod, decides, counts it on its node, and lets the binding run meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from functools import partial

from ..apimachinery.clock import Clock
from ..apimachinery.errors import StatusError
from ..client import cause
from ..client.errors import Unreachable
from .aside import Meanwhile
from .bind import Writer
from .cache import Cache
from .changes import POD, Action, Change
from .contract import Freeing, Reservation, Tell
from .decisions import Decisions, Making, making
from .diagnosis import Diagnosis
from .metrics import (
    ALGORITHM_SECONDS,
    ATTEMPT_SECONDS,
    ATTEMPTS,
    POD_ATTEMPTS,
    POD_SECONDS,
    PREEMPTIONS,
    VICTIMS,
)
from .node import NodeInfo
from .pod import PodInfo
from .preemption import Candidate
from .profiles import Desk
from .queue import Entry, SchedulingQueue
from .steps import Steps, in_turns
from .stopwatch import ERROR, SUCCESS, UNSCHEDULABLE

SLICE_SECONDS = 0.005
"""How long pods are scheduled at a stretch before others on the loop have their turn."""
STALE_SECONDS = 30.0
MANY = 15
"""Attempts from which on metrics do not tell their number."""

NOTHING = Freeing("")
PREEMPTED = "preempted by DefaultPreemption"
IN_MEMORY = " (in kube-scheduler memory)."
"""What is said of victims that are not deleted, for the API does not know them on the node yet."""
_log = logging.getLogger(__name__)


class Scheduler:
    """Owns no I/O of its own: the writer and the events do that."""

    def __init__(
        self,
        cache: Cache,
        queue: SchedulingQueue,
        desks: Iterable[Desk],
        writer: Writer,
        clock: Clock,
    ) -> None:
        self.cache = cache
        self.queue = queue
        self.desks = {desk.name: desk for desk in desks}
        """By `spec.schedulerName` of the pods that each answers for."""
        self.decisions = Decisions(clock)
        self._preparing: dict[str, asyncio.Timeout] = {}
        """By uid of the pod, what ends its preparation early."""
        self._writer = writer
        self._clock = clock
        self._aside: Meanwhile | None = None
        """What happens while an attempt lasts that others do not wait for."""

    def desk(self, pod: PodInfo) -> Desk:
        """Whose pod it is."""
        return self.desks[pod.scheduler]

    async def run(self) -> None:
        """Schedules until cancelled."""
        while True:
            await self.queue.ready()
            await self._writer.room()
            self.slice()
            await asyncio.sleep(0)

    async def run_aside(self) -> None:
        """Works at the attempts that take longer than others can wait for, one at a time, until cancelled."""
        while True:
            await self.queue.ready_aside()
            await self._writer.room()
            entry = self.queue.take_aside()
            if entry is not None:
                await self._last(entry)
            await asyncio.sleep(0)

    async def _last(self, entry: Entry) -> None:
        began = asyncio.get_running_loop().time()
        meanwhile = self._aside = Meanwhile(entry.pod.key)
        try:
            await in_turns(self._attempt(entry), self.desk(entry.pod).framework)
        finally:
            self._aside = None
        ALGORITHM_SECONDS.observe(asyncio.get_running_loop().time() - began)
        label = meanwhile.helping(partial(self._helps, entry=entry))
        if label:
            self.queue.retry(entry, label)

    async def retry_stale(self) -> None:
        while True:
            await self._clock.sleep(STALE_SECONDS)
            self.queue.move_stale()
            self.queue.report()

    def slice(self) -> None:
        """Schedules pods for a few milliseconds, or until none is ready."""
        loop = asyncio.get_running_loop()
        end = loop.time() + SLICE_SECONDS
        before = loop.time()
        while before < end:
            entry = self.queue.take()
            if entry is None:
                return
            self.schedule(entry)
            now = loop.time()
            ALGORITHM_SECONDS.observe(now - before)
            before = now

    def schedule(self, entry: Entry) -> None:
        """One attempt for one pod, unless it takes longer than others can wait for."""
        if self.desk(entry.pod).framework.asks(entry.pod):
            self.queue.set_aside(entry)
            return
        steps = self._attempt(entry)
        try:
            next(steps)
        except StopIteration:
            return
        steps.close()
        self.queue.set_aside(entry)

    def _attempt(self, entry: Entry) -> Steps[None]:
        pod = entry.pod
        entry.started = self._clock.monotonic()
        versions = dict.fromkeys((pod.obj["metadata"].get("resourceVersion", ""), entry.woken))
        desk = self.desk(pod)
        cause.begin(desk.name, pod.key, [version for version in versions if version])
        found = yield from desk.framework.attempt(pod)
        if self.queue.get(pod.key) is not entry:
            return
        if not isinstance(found, Diagnosis):
            self._place(desk, entry, found)
        elif found.error:
            self._gave_up(desk, entry, found)
        else:
            yield from self._refuse(desk, entry, found)
            self._attempted("unschedulable", entry)

    def _place(self, desk: Desk, entry: Entry, found: NodeInfo) -> None:
        """Counts the pod, as it is by now, on its node."""
        pod = entry.pod
        self.decisions.placed(pod, entry.attempts, desk.framework.trace, found.name)
        self.queue.remove(pod.key)
        self.cache.clear_nomination(pod)
        watch = desk.framework.watch
        watch.sample(pod, found)
        began = watch.start()
        held = desk.framework.reserve(found)
        watch.stop("Reserve", began)
        self.cache.assume(pod, found.name)
        if held:
            work = partial(self._prepare, entry, found.name, held)
            self._writer.submit_apart(f"preparing {pod.key}", work)
        else:
            self._writer.submit(partial(self._bind, entry, found.name))

    def happened(self, change: Change, *, up_to: int | None = None) -> None:
        """Lets pods try again that the change may help; `up_to`: only those of at most that priority."""
        if self._aside is not None:
            self._aside.add(change, up_to)
        if self.queue.has_unschedulable:
            self.queue.move(partial(self._helps, change, up_to), change.label)

    @property
    def listens(self) -> bool:
        """Whether some pod waits for something to happen."""
        return self.queue.has_unschedulable or self._aside is not None

    def changed_itself(self, change: Change) -> None:
        """A pod that waits is another than it was, which may help it alone."""
        entry = self.queue.get(change.new.key)
        if self._aside is not None and self._aside.key == change.new.key:
            self._aside.add(change, None)
        if entry is not None and self._helps(change, None, entry):
            self.queue.retry(entry, change.label)

    def _helps(self, change: Change, up_to: int | None, entry: Entry) -> bool:
        if up_to is not None and entry.pod.priority > up_to:
            return False
        return self.desk(entry.pod).framework.hints.helps(entry.pod, entry.plugins, change)

    def _attempted(self, result: str, entry: Entry) -> None:
        profile = entry.pod.scheduler
        ATTEMPTS.labels(result, profile).inc()
        ATTEMPT_SECONDS.labels(result, profile).observe(self._clock.monotonic() - entry.started)

    async def _prepare(self, entry: Entry, node: str, held: list[Reservation]) -> None:
        """Lets the plug-ins write what they hold for the pod; the first that fails ends it."""
        pod = entry.pod
        desk = self.desk(pod)

        def tell(reason: str, note: str) -> None:
            desk.events.tell(pod.obj, "Normal", reason, "Scheduling", note)

        await self._writer.nominate(pod, node)
        watch = desk.framework.watch
        began = watch.start()
        for number, reservation in enumerate(held):
            problem = await self._prepared(pod, reservation, tell)
            if problem:
                for unwritten in held[number:]:
                    unwritten.undo()
                watch.stop("PreBind", began, ERROR)
                await self._failed(entry, problem)
                return
        watch.stop("PreBind", began)
        self._writer.submit(partial(self._bind, entry, node))

    async def _prepared(self, pod: PodInfo, reservation: Reservation, tell: Tell) -> str:
        """What went wrong. A pod that is preempted meanwhile is not deleted: it waits for a node again."""
        try:
            async with asyncio.timeout(None) as until:
                self._preparing[pod.uid] = until
                return await reservation.pre_bind(tell)
        except TimeoutError:
            return await reservation.interrupted(PREEMPTED)
        finally:
            del self._preparing[pod.uid]

    def abandon(self, pod: PodInfo) -> None:
        """Stops what is being prepared for a pod, if anything is."""
        if pod.uid in self._preparing:
            self._preparing[pod.uid].reschedule(asyncio.get_running_loop().time())

    async def _bind(self, entry: Entry, node: str) -> None:
        pod = entry.pod
        desk = self.desk(pod)
        extenders, watch = desk.framework.extenders, desk.framework.watch
        began = watch.start()
        problem = await extenders.bind(pod, node) if extenders else None
        if problem is None:
            problem = await self._writer.bind(pod, node)
        watch.stop("Bind", began, ERROR if problem else SUCCESS)
        if not problem:
            self._attempted("scheduled", entry)
            POD_ATTEMPTS.observe(entry.attempts)
            attempts = str(entry.attempts) if entry.attempts < MANY else f"{MANY}+"
            POD_SECONDS.labels(attempts).observe(self._clock.monotonic() - entry.added)
            note = f"Successfully assigned {pod.key} to {node}"
            desk.events.tell(pod.obj, "Normal", "Scheduled", "Binding", note)
            self.happened(Change(POD, Action.Add, None, pod))
            return
        await self._failed(entry, problem)

    async def _failed(self, entry: Entry, problem: str) -> None:
        pod = entry.pod
        desk = self.desk(pod)
        self._attempted("error", entry)
        placed = self.cache.pod(pod.key)
        if placed is None or placed.uid != pod.uid or not self.cache.is_assumed(pod.key):
            return
        self.cache.forget(pod.key)
        self.happened(Change(POD, Action.Delete, pod, None))
        pod.node_name = ""
        self.decisions.failed(pod, problem)
        self.queue.broke(pod, entry.attempts)
        desk.events.tell(pod.obj, "Warning", "FailedScheduling", "Scheduling", problem)
        await self._say(pod, "SchedulerError", problem, "")

    def _gave_up(self, desk: Desk, entry: Entry, diagnosis: Diagnosis) -> None:
        """A plug-in could not do its work: the pod is tried again after its back-off."""
        pod, problem = entry.pod, str(diagnosis)
        self._attempted("error", entry)
        self.decisions.refused(pod, entry.attempts, desk.framework.trace, problem, None)
        self.queue.broke(pod, entry.attempts)
        desk.events.tell(pod.obj, "Warning", "FailedScheduling", "Scheduling", problem)
        self.cache.clear_nomination(pod)
        self._writer.submit(partial(self._say, pod, "SchedulerError", problem, ""))

    def _refuse(self, desk: Desk, entry: Entry, diagnosis: Diagnosis) -> Steps[None]:
        pod = entry.pod
        message = str(diagnosis)
        nominated = None if diagnosis.total else self._denominate(pod)
        found: Making | None = None
        trace = desk.framework.trace
        freeing = desk.framework.unblock(diagnosis) if diagnosis.total else NOTHING
        if freeing.work is not None:
            self._writer.submit(freeing.work)
        said = [freeing.message] if freeing.message else []
        if diagnosis.total and desk.preemption is not None and not freeing.final:
            PREEMPTIONS.inc()
            began = desk.framework.watch.start()
            result = yield from desk.preemption.search(pod, diagnosis)
            if self.queue.get(pod.key) is not entry:
                return
            pod = entry.pod
            helped = isinstance(result, Candidate)
            desk.framework.watch.stop("PostFilter", began, SUCCESS if helped else UNSCHEDULABLE)
            found = making(result, desk.preemption.considered)
            if isinstance(result, Candidate):
                said = []
                nominated = result.node
                self._preempt(desk, pod, result)
            else:
                said.append(result.message)
                nominated = self._denominate(pod) if result.denominates else None
        if said:
            message += f" {', '.join(said)}"
        self.decisions.refused(pod, entry.attempts, trace, message, found)
        self.queue.failed(entry, diagnosis.plugins)
        desk.events.tell(pod.obj, "Warning", "FailedScheduling", "Scheduling", message)
        self._writer.submit(partial(self._say, pod, "Unschedulable", message, nominated))

    def _denominate(self, pod: PodInfo) -> str | None:
        """A nomination that nothing backs any longer is taken away; None when there is none."""
        if not pod.nominated:
            return None
        self.cache.clear_nomination(pod)
        return ""

    def _preempt(self, desk: Desk, pod: PodInfo, candidate: Candidate) -> None:
        self.cache.nominate(pod, candidate.node)
        if all(victim.terminating for victim in candidate.victims):
            return
        VICTIMS.observe(len(candidate.victims))
        rivals = [
            r for r in self.cache.nominated.get(candidate.node, {}).values() if r.priority < pod.priority
        ]
        for rival in rivals:
            self.cache.clear_nomination(rival)
            self._writer.submit(partial(self._writer.nominate, rival, ""))
        for victim in candidate.victims:
            if victim.uid in self._preparing:
                self.abandon(victim)
                self._tell_victim(desk, victim, pod, f"{candidate.node}{IN_MEMORY}")
            elif not victim.terminating:
                self._writer.submit(partial(self._evict, desk, victim, pod, candidate.node))

    async def _evict(self, desk: Desk, victim: PodInfo, pod: PodInfo, node: str) -> None:
        why = f"{desk.name}: preempting to accommodate a higher priority pod"
        try:
            if await self._writer.evict(victim, why):
                self._tell_victim(desk, victim, pod, node)
        except (StatusError, Unreachable) as error:
            _log.warning("preempting pod %s: %s", victim.key, error)
            entry = self.queue.get(pod.key)
            if entry is not None:
                self.queue.retry_later(entry, "ForceActivate")

    def _tell_victim(self, desk: Desk, victim: PodInfo, pod: PodInfo, node: str) -> None:
        note = f"Preempted by pod {pod.uid} on node {node}"
        desk.events.tell(victim.obj, "Normal", "Preempted", "Preempting", note, related=pod.obj)

    async def _say(self, pod: PodInfo, reason: str, message: str, nominated: str | None) -> None:
        condition = {"type": "PodScheduled", "status": "False", "reason": reason, "message": message}
        await self._writer.set_condition(pod, condition, nominated)
