"""The row of a pod's table: what kubectl shows as READY, STATUS and RESTARTS."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import NONE, age, since
from ..strategy import Object

FINISHED = {
    "Succeeded": {
        "type": "Completed",
        "status": "True",
        "reason": "Succeeded",
        "message": "The pod has completed successfully.",
    },
    "Failed": {"type": "Completed", "status": "True", "reason": "Failed", "message": "The pod failed."},
}


class Tally:
    """Restarts counted so far and when the last one was."""

    def __init__(self) -> None:
        self.restarts = 0
        self.last = ""

    def add(self, status: Object) -> None:
        self.restarts += status.get("restartCount", 0)
        ended = (status.get("lastState") or {}).get("terminated")
        if ended:
            self.last = max(self.last, ended.get("finishedAt") or "")

    def show(self, now: datetime) -> str:
        if self.restarts and self.last:
            return f"{self.restarts} ({since(self.last, now)} ago)"
        return str(self.restarts)


def condition(status: Object, kind: str) -> Object:
    return next((c for c in status.get("conditions") or () if c.get("type") == kind), {})


def exit_reason(ended: Object) -> str:
    if ended.get("reason"):
        return str(ended["reason"])
    return f"Signal:{ended['signal']}" if ended.get("signal") else f"ExitCode:{ended.get('exitCode', 0)}"


def _sidecars(spec: Object) -> set[str]:
    return {c["name"] for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"}


def _init_state(i: int, state: Object, total: int) -> str:
    if state.get("terminated"):
        return "Init:" + exit_reason(state["terminated"])
    waiting = (state.get("waiting") or {}).get("reason")
    return f"Init:{waiting}" if waiting and waiting != "PodInitializing" else f"Init:{i}/{total}"


class Summary:
    """Folds a pod's container statuses, init containers first, into the cells."""

    def __init__(self, pod: Object) -> None:
        self.spec: Object = pod.get("spec") or {}
        self.status: Object = pod.get("status") or {}
        self.sidecars = _sidecars(self.spec)
        self.total = len(self.spec.get("containers") or ()) + len(self.sidecars)
        self.ready = 0
        self.reason: str = self.status.get("reason") or self.status.get("phase") or ""
        if any(
            c.get("type") == "PodScheduled" and c.get("reason") == "SchedulingGated"
            for c in self.status.get("conditions") or ()
        ):
            self.reason = "SchedulingGated"
        self.tally = self._init()
        self._finish(pod["metadata"])

    def _init(self) -> Tally:
        everything, sidecars = Tally(), Tally()
        for i, status in enumerate(self.status.get("initContainerStatuses") or ()):
            everything.add(status)
            if status.get("name") in self.sidecars:
                sidecars.add(status)
            if self._initialized(status):
                continue
            total = len(self.spec.get("initContainers") or ())
            self.reason = _init_state(i, status.get("state") or {}, total)
            if condition(self.status, "Initialized").get("status") != "True":
                return everything
            break
        self._main(sidecars)
        return sidecars

    def _initialized(self, status: Object) -> bool:
        ended = (status.get("state") or {}).get("terminated")
        if ended and not ended.get("exitCode"):
            return True
        if status.get("name") in self.sidecars and status.get("started"):
            self.ready += bool(status.get("ready"))
            return True
        return False

    def _main(self, tally: Tally) -> None:
        running = False
        for status in reversed(self.status.get("containerStatuses") or ()):
            tally.add(status)
            state = status.get("state") or {}
            if (state.get("waiting") or {}).get("reason"):
                self.reason = state["waiting"]["reason"]
            elif state.get("terminated"):
                self.reason = exit_reason(state["terminated"])
            elif status.get("ready") and "running" in state:
                running = True
                self.ready += 1
        if self.reason == "Completed" and running:
            ready = condition(self.status, "Ready").get("status") == "True"
            self.reason = "Running" if ready else "NotReady"

    def _finish(self, meta: Object) -> None:
        if not meta.get("deletionTimestamp"):
            return
        if self.status.get("reason") == "NodeLost":
            self.reason = "Unknown"
        elif self.status.get("phase") not in FINISHED:
            self.reason = "Terminating"


def _gates(spec: Object, status: Object) -> str:
    gates = spec.get("readinessGates")
    if not gates:
        return NONE
    passed = sum(condition(status, gate.get("conditionType", "")).get("status") == "True" for gate in gates)
    return f"{passed}/{len(gates)}"


def cells(obj: Object, now: datetime) -> list[Any]:
    summary = Summary(obj)
    spec, status = summary.spec, summary.status
    ips = status.get("podIPs")
    return [
        obj["metadata"]["name"],
        f"{summary.ready}/{summary.total}",
        summary.reason,
        summary.tally.show(now),
        age(obj, now),
        (ips[0].get("ip") if ips else "") or NONE,
        spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE,
        _gates(spec, status),
    ]


def row_conditions(obj: Object) -> list[Object]:
    """Row conditions with which kubectl tells finished pods apart."""
    finished = FINISHED.get((obj.get("status") or {}).get("phase", ""))
    return [finished] if finished else []
