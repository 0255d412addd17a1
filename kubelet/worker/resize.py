"""Resources that are changed while a pod runs: what the node grants, what waits, what needs a restart.

The resources in a record's `spec` are what was granted, `actual` what its container has; the pod says what is
wanted.
Source: KEP-1287; kubelet's allocation manager, its conditions and events.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ...apimachinery import quantity
from . import admit, limits
from .host import Host
from .records import Record

Object = dict[str, Any]
PENDING, IN_PROGRESS = "PodResizePending", "PodResizeInProgress"
INFEASIBLE, DEFERRED = "Infeasible", "Deferred"
_CHECKED = ("memory", "cpu")
"""In this order."""


class Refusal(NamedTuple):
    """`reason` is Infeasible or Deferred, `short` what the event says: Infeasible, OutOfcpu, …"""

    reason: str
    short: str
    message: str


class Resizer:
    """Of one pod, at first as it was granted. `others` are the pods that have room on the node, with what was
    granted to them; `kill` ends a container for it to start again."""

    def __init__(
        self,
        host: Host,
        pod: Object,
        others: Callable[[], Iterable[Object]],
        kill: Callable[[Record, str], None],
    ) -> None:
        self._host = host
        self._others = others
        self._kill = kill
        self._refused = refused_before(pod)
        self._told: tuple[int, str] = (0, "")
        self._under_way = False
        self._failure = ""
        self.whole = resources(pod["spec"])
        """What the pod was granted as a whole."""

    @property
    def deferred(self) -> bool:
        """Not for now: others have the room, or the pod uses more than it would be left with."""
        return bool(self._failure) or (self._refused is not None and self._refused.reason == DEFERRED)

    def granted(self, pod: Object, records: list[Record]) -> Object:
        """The pod with the resources that it was granted: what counts against the node's."""
        if self._refused is None:
            return pod
        have = {record.name: resources(record.spec) for record in records}
        spec = {
            field: [{**c, "resources": have.get(c["name"]) or {}} for c in pod["spec"][field]]
            for field in ("initContainers", "containers")
            if pod["spec"].get(field)
        }
        whole = {"resources": self.whole} if self.whole else {}
        rest = {name: value for name, value in pod["spec"].items() if name != "resources"}
        return {**pod, "spec": rest | spec | whole}

    def look(self, pod: Object, records: list[Record]) -> None:
        """Grants what is wanted if the node has it, and brings about what is granted."""
        if [resources(pod["spec"]), *_wanted(pod)] == [self.whole, *(resources(r.spec) for r in records)]:
            self._refused = None
        else:
            self._refused = refusal(pod, self._others(), self._host.allocatable)
            if self._refused is None:
                self.whole = resources(pod["spec"])
                for record, wanted in zip(records, _wanted(pod), strict=True):
                    record.spec = {**record.spec, "resources": wanted}
            else:
                self._tell_refused(pod, records, self._refused)
        self._bring_about(pod, records)

    def _tell_refused(self, pod: Object, records: list[Record], refused: Refusal) -> None:
        said = pod["metadata"].get("generation", 0), refused.message
        if said != self._told:
            text = _summary(pod, records, _wanted(pod), error=refused.message)
            self._host.event(pod, "Warning", f"Resize{refused.reason}", f"Pod resize {refused.short}: {text}")
        self._told = said

    def _bring_about(self, pod: Object, records: list[Record]) -> None:
        whole = self.whole
        late = [r for r in records if r.running and is_behind(r, whole) and not r.renewing]
        if late and not self._under_way:
            self._under_way = True
            self._event(pod, records, "Started")
        for record in [record for record in late if _needs_restart(record, whole)]:
            late.remove(record)
            record.renewing = True
            self._kill(record, f"Container {record.name} resize requires restart")
        failure = self._overused(pod, records, late)
        if failure and not self._failure:
            text = _summary(pod, records, [resources(r.spec) for r in records], error=failure)
            self._host.event(pod, "Warning", "ResizeError", f"Pod resize error: {text}")
        self._failure = failure
        for record in late if not failure else ():
            self._host.runtime.limit(record.id, limits.of(resources(record.spec), whole))
            record.actual, record.whole = resources(record.spec), whole

    def _overused(self, pod: Object, records: list[Record], late: list[Record]) -> str:
        """Why memory limits cannot be lowered; "" when they can, or when nobody knows what is used."""
        if not late:
            # To tell what is used takes a look at every process.
            return ""
        found = {r.name: self._host.runtime.usage(r.id) for r in records if r.running}
        used = {name: usage.memory_bytes for name, usage in found.items() if usage is not None}
        total, why = sum(used.values()), []
        has = limits.memory_of_pod(_spec(records, map(_in_force, records), late[0].whole))
        gets = limits.memory_of_pod(_spec(records, [resources(r.spec) for r in records], self.whole))
        if used and gets and (not has or gets < has) and total >= gets:
            why.append(f"attempting to set pod memory limit ({gets}) below current usage ({total})")
        for record in late:
            had = limits.of(record.actual or {}, record.whole).memory
            wanted = limits.of(resources(record.spec), self.whole).memory
            if wanted and (not had or wanted < had) and used.get(record.name, -1) >= wanted:
                text = f"memory limit ({wanted}) below current usage ({total})"
                why.append(f'attempting to set container "{record.name}" {text}')
        text = why[0] if len(why) == 1 else f"[{', '.join(why)}]"
        return f"cannot decrease memory limits: {text}" if why else ""

    def settle(self, pod: Object, records: list[Record]) -> None:
        """Tells when all is as it was granted."""
        if self._under_way and not any(is_behind(r, self.whole) for r in records):
            self._under_way = False
            self._event(pod, records, "Completed")

    def _event(self, pod: Object, records: list[Record], what: str) -> None:
        text = _summary(pod, records, [resources(r.spec) for r in records])
        self._host.event(pod, "Normal", f"Resize{what}", f"Pod resize {what.lower()}: {text}")

    def conditions(self) -> tuple[Object, ...]:
        """Those that hold, without times."""
        found: list[Object] = []
        if self._refused is not None:
            reason, message = self._refused.reason, self._refused.message
            found.append({"type": PENDING, "status": "True", "reason": reason, "message": message})
        if self._under_way:
            failed = {"reason": "Error", "message": self._failure} if self._failure else {}
            found.append({"type": IN_PROGRESS, "status": "True", **failed})
        return tuple(found)


def refusal(pod: Object, others: Iterable[Object], allocatable: dict[str, str]) -> Refusal | None:
    """Whether the node can never give what the pod wants, or not now."""
    asked = admit.requests(pod)
    for name in _CHECKED if allocatable else ():
        has = quantity.milli(allocatable[name]) if name == "cpu" else quantity.whole(allocatable[name])
        if asked[name] > has:
            text = f"{name}, requested: {asked[name]}, capacity: {has}"
            return Refusal(INFEASIBLE, INFEASIBLE, f"Node didn't have enough capacity: {text}")
    # Of which system the pod is was looked at when it came.
    short = admit.refusal(pod, others, allocatable, simulated=True) if allocatable else None
    return Refusal(DEFERRED, *short) if short is not None else None


def refused_before(pod: Object) -> Refusal | None:
    """What an earlier kubelet said."""
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if condition["type"] == PENDING:
            reason = condition.get("reason", "")
            return Refusal(reason, reason, condition.get("message", ""))
    return None


def resources(container: Object) -> Object:
    found: Object = container.get("resources") or {}
    return found


def is_behind(record: Record, whole: Object) -> bool:
    """Whether its container was started with other resources than it, or the pod, is granted now."""
    has, gets = (record.actual, record.whole), (resources(record.spec), whole)
    return record.actual is not None and has != gets


def _spec(records: list[Record], each: Iterable[Object], whole: Object) -> Object:
    """Of a pod that has the resources `whole`, and its containers `each` of these."""
    found: Object = {"resources": whole, "initContainers": [], "containers": []}
    for record, has in zip(records, each, strict=True):
        found["initContainers" if record.init else "containers"].append({**record.spec, "resources": has})
    return found


def _in_force(record: Record) -> Object:
    """What its container has, or will have once it runs."""
    return resources(record.spec) if record.actual is None else record.actual


def _wanted(pod: Object) -> list[Object]:
    """In the order of the records."""
    spec = pod["spec"]
    return [resources(c) for c in [*(spec.get("initContainers") or []), *spec["containers"]]]


def _needs_restart(record: Record, whole: Object) -> bool:
    policies = {p["resourceName"]: p["restartPolicy"] for p in record.spec.get("resizePolicy") or ()}
    have, gets = record.actual or {}, resources(record.spec)
    had, gains = limits.of(have, record.whole), limits.of(gets, whole)
    changed = {"cpu": had.cpu != gains.cpu, "memory": had.memory != gains.memory}
    return any(
        changed.get(name) or (have.get("requests") or {}).get(name) != (gets.get("requests") or {}).get(name)
        for name in (name for name, policy in policies.items() if policy == "RestartContainer")
    )


def _summary(pod: Object, records: list[Record], each: list[Object], error: str = "") -> str:
    """The JSON in the events: all containers, the generation that asked for it, and what is in the way."""
    found: dict[str, Any] = {}
    for record, has in zip(records, each, strict=True):
        kept = {k: dict(sorted(has[k].items())) for k in ("limits", "requests") if has.get(k)}
        kind = "initContainers" if record.init else "containers"
        found.setdefault(kind, []).append({"name": record.name, "resources": kept})
    found["generation"] = pod["metadata"].get("generation", 0)
    return json.dumps(found | ({"error": error} if error else {}), separators=(",", ":"))
