"""The state machine of one pod, level-triggered: each `sync` looks at all and does what is due next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ...apimachinery.clock import rfc3339
from ..probes.check import Target
from ..runtime.contract import ContainerState, RuntimeFault, Sandbox
from . import deadline, ephemeral, past, resize, sandbox, starter, stopper
from .host import Host, Waits
from .probing import Probing
from .records import Record, only_sidecars_left, records_of, refresh, should_restart
from .renewal import Renewal
from .status import Facts, last_phase, phase, pod_status
from .turns import Turns

Object = dict[str, Any]


class PodWorker:
    """Owned by the manager. `update` brings a new desired pod, `exited` news of the runtime; both only wake
    it. `others` are the pods that share the node."""

    def __init__(self, host: Host, pod: Object, others: Callable[[], Iterable[Object]] = tuple) -> None:
        self._host = host
        self.pod = pod
        self.uid: str = pod["metadata"]["uid"]
        self.name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        granted = past.granted(pod)
        self.records = records_of(granted)
        self.ephemeral = ephemeral.added(pod, [])
        self.sandbox: Sandbox | None = None
        self.verdict: tuple[str, str, str] | None = None
        self.rejected = False
        self.gone = False
        self.finished = False
        self.held = False
        """Not to be looked at before the node has decided whether it takes the pod."""
        self._ip = ""
        self._start_time = (pod.get("status") or {}).get("startTime") or rfc3339(host.clock.now())
        self._turns = Turns(host, self.name, self.sync)
        self._timers = self._turns.timers
        self._renewal = Renewal()
        self._volumes_stale = True
        self._known: tuple[Object, ...] = ()
        self._probing = Probing(host, self.name, lambda r: starter.reference(self.pod, r), self._probed)
        self._resizer = resize.Resizer(
            host, granted, others, lambda record, why: self._kill(record, why, stopper.grace(self.pod))
        )

    @property
    def directory(self) -> Path:
        return self._host.directory / "pods" / self.uid

    @property
    def everyone(self) -> list[Record]:
        return [*self.records, *self.ephemeral]

    def record(self, name: str) -> Record | None:
        return next((r for r in self.everyone if r.name == name), None)

    @property
    def takes_room(self) -> bool:
        """Whether its requests count against the node's."""
        over = self.finished or self.gone or self.verdict is not None
        return not over and phase(self.pod, self.records) not in ("Succeeded", "Failed")

    @property
    def granted(self) -> Object:
        """The pod with what the node gave it, whatever it asks for by now."""
        return self._resizer.granted(self.pod, self.records)

    def update(self, pod: Object) -> None:
        """A newer version of the same pod."""
        self.pod = pod
        refresh(self.records, pod)
        self.ephemeral += ephemeral.added(pod, self.ephemeral)
        self.wake()

    def reject(self, reason: str, message: str) -> None:
        """The node does not take the pod."""
        self.rejected, self.verdict = True, ("Failed", reason, message)

    def vanish(self, pod: Object) -> None:
        """The pod is gone from the API: end what runs, report nothing."""
        self.pod = pod
        self.gone, self.held = True, False
        self.wake()

    def refresh_volumes(self) -> None:
        self._volumes_stale = True
        self.wake()

    def exited(self, state: ContainerState) -> None:
        record = next((r for r in self.everyone if r.id == state.id), None)
        if record is None or not record.running:
            return
        self._probing.end(record)
        message = starter.termination_message(record, state.exit_code != 0) or state.message
        started = record.state["running"]["startedAt"]
        record.end(state.exit_code, state.signal, state.reason, message, started, self._host.clock)
        self._end_for_renewal(self._renewal.begin(record, state.exit_code, self.records))
        self.wake()

    def _end_for_renewal(self, records: list[Record]) -> None:
        for record in records:
            self._kill(record, f"Stopping container {record.name}", 0.0)

    def wake(self) -> None:
        if not self.held:
            self._turns.wake()

    async def close(self) -> None:
        """Ends the worker's own tasks, not the containers."""
        self.finished = True
        tasks = [*self._turns.end(), *(t for r in self.records for t in r.probes)]
        tasks += [r.stopping for r in self.everyone if r.stopping is not None]
        current = asyncio.current_task()
        for task in tasks:
            if task is not current:
                task.cancel()

    async def sync(self) -> None:
        """One look at everything."""
        if self._ending():
            await self._wind_down()
            return
        self._watch_deadline()
        if self.sandbox is None:
            self._report()
        if not await self._volumes_ready():
            self._report()
            return
        if self.sandbox is None and not await self._make_sandbox():
            return
        if self._renewal.under_way:
            self._end_for_renewal(self._renewal.due(self.records))
            self._report()
            if not self._renewal.finish(self.records):
                return
        self._resizer.look(self.pod, self.records)
        if self._resizer.deferred:
            self._timers.ring_after(starter.RETRY_SECONDS)
        self._replace_redefined()
        for record in ephemeral.due(self.ephemeral):
            await self._start(record)
        if await self._initialize():
            for record in self.records:
                if not record.init:
                    await self._keep_running(record)
        self._resizer.settle(self.pod, self.records)
        if self._ending():
            await self._wind_down()
        if not self._changing:
            self._report()

    @property
    def _changing(self) -> bool:
        """While a container ends for another image: upstream tells of the pod when the new one has been
        tried."""
        return any(r.redefined and r.renewing and not r.running and r.ending for r in self.records)

    def _ending(self) -> bool:
        if self.gone or self.pod["metadata"].get("deletionTimestamp") or self.verdict is not None:
            return True
        over = phase(self.pod, self.records) in ("Succeeded", "Failed")
        return over or only_sidecars_left(self.pod, self.records)

    def _watch_deadline(self) -> None:
        left = deadline.left(self.pod, self._start_time, self._host.clock)
        if left is not None and left <= 0:
            self.verdict = ("Failed", "DeadlineExceeded", deadline.MESSAGE)
            self._host.event(self.pod, "Normal", "DeadlineExceeded", deadline.MESSAGE)
            self.wake()
        elif left is not None:
            # Each time, for the deadline may have been changed and a timer may ring a little early.
            self._timers.ring_after(left)

    async def _make_sandbox(self) -> bool:
        """False while the node has no addresses to give; the pod may be deleted meanwhile."""
        if not self.pod["spec"].get("hostNetwork"):
            if not self._host.addresses.known:
                self._host.addresses.when_known(self.wake)
                return False
            wanted = (self.pod.get("status") or {}).get("podIP", "")
            self._ip = self._host.addresses.take(self.uid, wanted)
        self.sandbox = await sandbox.make(self._host, self.pod, self.directory, self._ip)
        return True

    async def _volumes_ready(self) -> bool:
        if self._host.instant or not self._volumes_stale:
            return True
        try:
            await self._host.volumes.set_up(self.pod, self.directory)
        except Waits as waits:
            self._host.event(self.pod, "Warning", waits.reason, waits.message)
            self._timers.ring_after(starter.RETRY_SECONDS)
            return any(r.running for r in self.records)
        self._volumes_stale = False
        return True

    async def _initialize(self) -> bool:
        """Runs the init containers in order; whether the others may run. Sidecars run for ever."""
        for record in self.records:
            if not record.init or (record.succeeded and not record.sidecar):
                continue
            await self._keep_running(record)
            if record.sidecar:
                if not record.started:
                    return self._mains_began()
                continue
            return self._mains_began()
        return True

    def _replace_redefined(self) -> None:
        """A container whose image the pod has changed starts again, whatever the restart policy."""
        for record in self.records:
            if record.running and record.redefined and not record.renewing:
                record.renewing = True
                why = f"Container {record.name} definition changed, will be restarted"
                self._kill(record, why, stopper.grace(self.pod))

    def _mains_began(self) -> bool:
        return any(r.attempt >= 0 and not r.renewing for r in self.records if not r.init)

    async def _keep_running(self, record: Record) -> None:
        if record.running or record.ending or self._renewal.under_way:
            return
        ended = record.ended
        if ended is not None and not record.renewing:
            if not should_restart(self.pod, record, ended["exitCode"]):
                return
            now = self._host.clock.monotonic()
            left = record.backoff.remaining(record.finished_at, now)
            if left > 0:
                starter.hold_back(self._host, self.pod, record)
                self._timers.ring_after(left)
                return
            record.backoff.advance(record.finished_at, now)
        await self._start(record)

    async def _start(self, record: Record) -> None:
        assert self.sandbox is not None
        ref = starter.reference(self.pod, record)
        granted = self.granted
        try:
            starter.pull(self._host, self.pod, record)
            spec = await starter.build(self._host, granted, record, self.sandbox)
        except Waits as waits:
            record.wait(waits.reason, waits.message)
            if waits.reason == "CreateContainerConfigError":
                self._host.event(ref, "Warning", "Failed", f"Error: {waits.message}")
            self._timers.ring_after(starter.retry_delay(record, waits.reason, self._host.clock.monotonic()))
            return
        record.attempt += 1
        self._host.event(ref, "Normal", "Created", "Container created")
        record.run(spec.id, self._host.clock, granted["spec"].get("resources"))
        try:
            state = await self._host.runtime.start_container(spec)
        except RuntimeFault as fault:
            self._failed_start(record, ref, fault)
            return
        self._host.event(ref, "Normal", "Started", "Container started")
        await starter.tidy(self._host, record, spec)
        if not state.running and record.running:
            self.exited(state)
            return
        await self._began(record)

    def _failed_start(self, record: Record, ref: Object, fault: RuntimeFault) -> None:
        self._host.event(ref, "Warning", "Failed", f"Error: {fault.message}")
        record.end(128, 0, fault.reason, fault.message, past.EPOCH, self._host.clock)
        self.wake()

    async def _began(self, record: Record) -> None:
        hook = (record.spec.get("lifecycle") or {}).get("postStart")
        if hook and not self._host.instant:
            ok = await stopper.run_hook(
                self._host, self.pod, record, self._target(record), "PostStart", hook, 3600
            )
            if not ok:
                self._kill(record, "FailedPostStartHook", 2.0)
                return
        if record.running:
            self._probing.launched(record, self._target(record))

    def _target(self, record: Record) -> Target:
        return Target(self._ip or self._host.node_ip, record.id, record.spec, self.pod)

    def _probed(self, record: Record, kind: str, probe: Object, ok: bool) -> None:
        if kind == "Readiness":
            if record.ready != ok:
                record.ready = ok
                self.wake()
        elif kind == "Startup" and ok:
            self._probing.end(record)
            self._probing.started(record, self._target(record))
            self.wake()
        elif not ok:
            grace = probe.get("terminationGracePeriodSeconds")
            text = f"Container {record.name} failed {kind.lower()} probe, will be restarted"
            self._kill(record, text, float(grace) if grace is not None else stopper.grace(self.pod))
            self.wake()

    def _kill(self, record: Record, message: str, grace: float) -> None:
        due = self._host.clock.monotonic() + grace
        again = record.stopping is not None and not record.stopping.done()
        if again and due >= record.stop_by - 1:
            return
        if again and record.stopping is not None:
            # Asked for a second time with less grace, for example by a forced deletion.
            record.stopping.cancel()
        record.stop_by = due
        self._probing.end(record, keep_readiness=True)
        job = stopper.stop(
            self._host, self.pod, record, self._target(record), grace, "" if again else message
        )
        record.stopping = self._host.spawn(f"stop {self.name} {record.name}", self._stopped(job))

    async def _stopped(self, job: Any) -> None:
        await job
        self.wake()

    async def _wind_down(self) -> None:
        """Ends the containers (sidecars last, in reverse order), then the pod."""
        running = [r for r in self.everyone if r.running]
        mains = [r for r in running if not r.sidecar]
        due = mains or [r for r in running if r.sidecar][-1:]
        for record in due:
            self._kill(record, f"Stopping container {record.name}", stopper.grace(self.pod))
        if running:
            # Simulated containers end at once: what can be said before is not worth a write.
            if not self.gone and not self._host.instant:
                self._report()
            return
        await self._cleanup()

    async def _cleanup(self) -> None:
        self.sandbox = None
        past.settle(self.records)
        over = self.gone or self.pod["metadata"].get("deletionTimestamp")
        if not over:
            self._report()
            return
        if not self.gone:
            if self.verdict is None:
                self.verdict = (last_phase(self.records), "", "")
            self._report()
        await self._host.runtime.remove_sandbox(self.uid)
        for state in self._host.runtime.containers():
            if state.pod_uid == self.uid:
                await self._host.runtime.remove_container(state.id)
        await self._host.volumes.tear_down(self.pod, self.directory)
        self._host.addresses.give_back(self.uid)
        if not self.gone:
            self._host.finish(self.pod)
        await self.close()

    def _report(self) -> None:
        if self.gone:
            return
        facts = Facts(
            sandbox_ready=self.sandbox is not None,
            pod_ip=self._ip or (self._host.node_ip if self.pod["spec"].get("hostNetwork") else ""),
            host_ip=self._host.node_ip,
            start_time=self._start_time,
            now=rfc3339(self._host.clock.now()),
            known=self._known,
            verdict=self.verdict,
            ephemeral=tuple(ephemeral.statuses(self.ephemeral)),
            passing=self._resizer.conditions() + self._renewal.conditions(self.pod, self.records),
            rejected=self.rejected,
            granted=self.granted["spec"],
        )
        status = pod_status(self.pod, self.records, facts)
        self._known = tuple(status.get("conditions") or ())
        self._host.publish(self.pod, status)

    def adopt(self, state: ContainerState) -> bool:
        """Takes over a container that an earlier kubelet started; False when the pod does not have it."""
        record = self.record(state.name)
        if record is None or state.attempt < record.attempt:
            return False
        was_ready = past.adopt(self._host, self.pod, record, state, self._resizer.whole)
        if state.running:
            self._probing.started(record, self._target(record))
            # Until its probe says otherwise: a restart of the kubelet takes no pod out of service.
            record.ready = record.ready or was_ready
        else:
            self.exited(state)
        return True

    def restore(self) -> None:
        """Nothing of the pod is left in the runtime; its status tells what there was."""
        past.restore(self._host, self.pod, self.everyone)
