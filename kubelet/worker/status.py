"""The pod status that follows from the records: phase, conditions, container statuses. Pure functions.

Source: kubelet's rules for phases and conditions (core/v1 PodStatus).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from . import totals
from .records import Record, should_restart

Object = dict[str, Any]


class Facts(NamedTuple):
    """What the worker knows beyond its records. `verdict` is (phase, reason, message) once the kubelet
    decided."""

    sandbox_ready: bool
    pod_ip: str
    host_ip: str
    start_time: str
    now: str
    known: tuple[Object, ...] = ()
    """Conditions reported before, which the pod at hand may not show yet."""
    verdict: tuple[str, str, str] | None = None
    ephemeral: tuple[Object, ...] = ()
    """The statuses of its ephemeral containers."""
    passing: tuple[Object, ...] = ()
    """Conditions of a resize and of a restart in place."""
    rejected: bool = False
    """The node never took the pod: there is nothing to say about its containers."""
    granted: Object | None = None
    """The spec with the resources that the pod was granted."""


def pod_status(pod: Object, records: list[Record], facts: Facts) -> Object:
    """The whole status the kubelet owns; conditions of others are not in it."""
    current = phase(pod, records) if facts.verdict is None else facts.verdict[0]
    generation = pod["metadata"].get("generation", 0)
    status: Object = {"phase": current, **({"observedGeneration": generation} if generation else {})}
    if facts.verdict is not None and facts.verdict[1]:
        status |= {"reason": facts.verdict[1], "message": facts.verdict[2]}
    if facts.rejected:
        return status | {"startTime": facts.start_time}
    status["conditions"] = _dated(pod, conditions(pod, records, facts, current), facts, generation)
    status |= {"hostIP": facts.host_ip, "hostIPs": [{"ip": facts.host_ip}], "startTime": facts.start_time}
    if facts.pod_ip:
        status |= {"podIP": facts.pod_ip, "podIPs": [{"ip": facts.pod_ip}]}
    inits = [container_status(r) for r in records if r.init]
    if inits:
        status["initContainerStatuses"] = inits
    status["containerStatuses"] = _by_name(container_status(r) for r in records if not r.init)
    if facts.ephemeral:
        status["ephemeralContainerStatuses"] = _by_name(facts.ephemeral)
    status["qosClass"] = (pod.get("status") or {}).get("qosClass") or "BestEffort"
    return status | totals.of(facts.granted or pod["spec"], current)


def _by_name(statuses: Iterable[Object]) -> list[Object]:
    return sorted(statuses, key=lambda status: str(status["name"]))


def phase(pod: Object, records: list[Record]) -> str:
    """Pending, Running, Succeeded or Failed. Pending as long as one container has never run."""
    inits = [r for r in records if r.init and not r.sidecar]
    sidecars = [r for r in records if r.sidecar]
    mains = [r for r in records if not r.init]
    if any((done := r.ended) and done["exitCode"] != 0 and not _restarts(pod, r) for r in inits):
        return "Failed"
    is_new = not any(r.running or r.ended is not None for r in mains)
    unborn = [r for r in (*sidecars, *mains) if not r.running and r.ended is None]
    starting = is_new and any(r.running and not r.started for r in sidecars)
    if unborn or starting or any(r.running or r.ended is None for r in inits):
        return "Pending"
    if any(r.running for r in (*sidecars, *mains)) or any(_restarts(pod, r) for r in mains):
        # The pod is over only when its sidecars are.
        return "Running"
    return "Succeeded" if all(r.succeeded for r in mains) else "Failed"


def _restarts(pod: Object, record: Record) -> bool:
    """Whether one that has ended is started again."""
    done = record.ended
    return done is not None and should_restart(pod, record, done["exitCode"])


def last_phase(records: list[Record]) -> str:
    """The phase of a deleted pod: what never ran or was ended counts by its exit code."""
    codes = [done["exitCode"] if (done := r.ended) else 137 for r in records if not r.init]
    return "Succeeded" if all(code == 0 for code in codes) else "Failed"


def conditions(pod: Object, records: list[Record], facts: Facts, current: str) -> list[Object]:
    """The five conditions the kubelet always sets, and those that hold for a while, without times."""
    containers = _containers_ready(records, current)
    return [
        *({**condition} for condition in facts.passing),
        {"type": "PodReadyToStartContainers", "status": "True" if facts.sandbox_ready else "False"},
        _initialized(records, current, _before(pod, facts).get("Initialized", {}).get("status") == "True"),
        _ready(pod, containers),
        containers,
        {"type": "PodScheduled", "status": "True"},
    ]


def _initialized(records: list[Record], current: str, was: bool) -> Object:
    """A pod that `was` initialized stays so, even when all its containers start anew."""
    if current == "Succeeded":
        return {"type": "Initialized", "status": "True", "reason": "PodCompleted"}
    mains = [r for r in records if not r.init]
    waiting = [r.name for r in records if r.init and not (r.started if r.sidecar else r.succeeded)]
    if not waiting or was or any("waiting" not in r.state for r in mains):
        return {"type": "Initialized", "status": "True"}
    message = f"containers with incomplete status: [{' '.join(waiting)}]"
    return {
        "type": "Initialized",
        "status": "False",
        "reason": "ContainersNotInitialized",
        "message": message,
    }


def _containers_ready(records: list[Record], current: str) -> Object:
    final = {"Succeeded": "PodCompleted", "Failed": "PodFailed"}.get(current)
    if final:
        return {"type": "ContainersReady", "status": "False", "reason": final}
    unready = [r.name for r in records if (not r.init or r.sidecar) and not r.ready]
    if not unready:
        return {"type": "ContainersReady", "status": "True"}
    message = f"containers with unready status: [{' '.join(unready)}]"
    return {"type": "ContainersReady", "status": "False", "reason": "ContainersNotReady", "message": message}


def _ready(pod: Object, containers: Object) -> Object:
    if containers["status"] != "True":
        return {**containers, "type": "Ready"}
    held = {c["type"]: c["status"] for c in (pod.get("status") or {}).get("conditions") or []}
    problems = []
    for gate in pod["spec"].get("readinessGates") or []:
        kind = gate["conditionType"]
        if kind not in held:
            problems.append(f'corresponding condition of pod readiness gate "{kind}" does not exist.')
        elif held[kind] != "True":
            problems.append(f'the status of pod readiness gate "{kind}" is not "True", but {held[kind]}')
    if problems:
        message = ", ".join(problems)
        return {"type": "Ready", "status": "False", "reason": "ReadinessGatesNotReady", "message": message}
    return {"type": "Ready", "status": "True"}


def _before(pod: Object, facts: Facts) -> dict[str, Object]:
    """The conditions reported last, by type."""
    return {c["type"]: c for c in [*((pod.get("status") or {}).get("conditions") or []), *facts.known]}


def _dated(pod: Object, found: list[Object], facts: Facts, generation: int) -> list[Object]:
    """A condition keeps its time as long as its status stays."""
    old = _before(pod, facts)
    for condition in found:
        before = old.get(condition["type"])
        same = before is not None and before["status"] == condition["status"]
        stamp = before.get("lastTransitionTime") if same and before else None
        condition["lastProbeTime"] = None
        condition["lastTransitionTime"] = stamp or facts.now
        if generation:
            condition["observedGeneration"] = generation
    return found


def container_status(record: Record) -> Object:
    """core/v1 ContainerStatus."""
    spec = record.spec
    ready = record.succeeded if record.init and not record.sidecar else record.ready
    status: Object = {
        "name": record.name,
        "state": record.state,
        "lastState": record.last_state,
        "ready": ready,
        "restartCount": max(record.restarts, 0),
        "image": record.image or spec["image"],
        "imageID": record.image_id,
        "started": record.started,
    }
    if record.id:
        status["containerID"] = "wherry://" + record.id
    mounts = [_mount(m) for m in spec.get("volumeMounts") or []]
    if mounts:
        status["volumeMounts"] = mounts
    if record.id:
        resources = spec.get("resources") or {}
        if resources.get("requests"):
            status["allocatedResources"] = resources["requests"]
        status["resources"] = resources if record.actual is None else record.actual
        status["user"] = record.user
    return status


def _mount(mount: Object) -> Object:
    shown: Object = {"name": mount["name"], "mountPath": mount["mountPath"]}
    if mount.get("readOnly"):
        shown |= {"readOnly": True, "recursiveReadOnly": "Disabled"}
    return shown
