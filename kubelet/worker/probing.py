"""The probe loops of a pod's containers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..probes.check import Outcome, Target
from ..probes.loop import ProbeLoop
from .host import Host
from .records import Record

Object = dict[str, Any]
Heard = Callable[[Record, str, Object, bool], None]
"""(record, "Startup" | "Readiness" | "Liveness", the probe, whether it succeeds now)."""


class Probing:
    """`reference` names a container in events; `heard` is told when a threshold is reached."""

    def __init__(self, host: Host, pod: str, reference: Callable[[Record], Object], heard: Heard) -> None:
        self._host = host
        self._pod = pod
        self._reference = reference
        self._heard = heard

    def launched(self, record: Record, target: Target) -> None:
        """Its program runs: with a startup probe it has started once that says so."""
        startup = record.spec.get("startupProbe")
        if startup and not self._host.instant:
            self._begin(record, "Startup", startup, target)
        else:
            self.started(record, target)

    def started(self, record: Record, target: Target) -> None:
        """It is ready at once if nobody asks it."""
        record.started = True
        readiness, liveness = record.spec.get("readinessProbe"), record.spec.get("livenessProbe")
        if self._host.instant or not readiness:
            record.ready = True
        else:
            self._begin(record, "Readiness", readiness, target)
        if liveness and not self._host.instant:
            self._begin(record, "Liveness", liveness, target)

    def _begin(self, record: Record, kind: str, probe: Object, target: Target) -> None:
        timeout = float(probe.get("timeoutSeconds") or 1)

        def report(ok: bool, message: str) -> None:
            if record.id == target.container_id and record.running:
                self._heard(record, kind, probe, ok)

        def notable(outcome: Outcome) -> None:
            if outcome.odd:
                text = f"{kind} probe warning: {outcome.message}"
                self._host.event(self._reference(record), "Warning", "ProbeWarning", text)
                return
            verb = "errored and resulted in unknown state" if outcome.errored else "failed"
            text = f"{kind} probe {verb}: {outcome.message}"
            self._host.event(self._reference(record), "Warning", "Unhealthy", text)

        def check() -> Any:
            return self._host.checker.check(target, probe, timeout)

        loop = ProbeLoop(probe, check, report, notable, self._host.clock)
        record.probes.append(self._host.spawn(f"{kind} probe {self._pod} {record.name}", loop.run()))

    def end(self, record: Record, *, keep_readiness: bool = False) -> None:
        """Stops the loops. A container that is being stopped keeps its readiness probe, so that traffic stops
        when the program says so."""
        keep = [t for t in record.probes if keep_readiness and t.get_name().startswith("Readiness")]
        ending = [t for t in record.probes if t not in keep]
        record.probes = keep
        current = asyncio.current_task()
        for task in ending:
            if task is not current:
                task.cancel()
            else:
                # A probe whose own result ends it is cancelled at its next wait.
                asyncio.get_running_loop().call_soon(task.cancel)
