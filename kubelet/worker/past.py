"""What a kubelet says of containers it did not start itself, or that never came to be."""

from __future__ import annotations

from typing import Any

from ..images.catalogue import parse_reference
from ..runtime.contract import ContainerState
from . import limits, resize, totals
from .host import Host
from .records import Record

Object = dict[str, Any]
EPOCH = "1970-01-01T00:00:00Z"
UNKNOWN: Object = {
    "exitCode": 137,
    "reason": "ContainerStatusUnknown",
    "message": "The container could not be located when the pod was terminated",
    "startedAt": None,
    "finishedAt": None,
}


def granted(pod: Object) -> Object:
    """The pod with the resources that it was granted, by its status: not those that it asks for when a resize
    was refused."""
    status = pod.get("status") or {}
    if resize.refused_before(pod) is None:
        return pod
    spec = dict(pod["spec"])
    for field, key in (("initContainers", "initContainerStatuses"), ("containers", "containerStatuses")):
        told = {c["name"]: c for c in status.get(key) or () if "resources" in c}
        if told:
            each = [(c, told.get(c["name"], c)) for c in spec[field]]
            spec[field] = [{**c, "resources": resize.resources(by)} for c, by in each]
    if spec.get("resources"):
        spec["resources"] = totals.whole(pod)
    return {**pod, "spec": spec}


def adopt(host: Host, pod: Object, record: Record, state: ContainerState, whole: Object) -> bool:
    """Takes over a container that the runtime still has, of a pod that was granted `whole`; whether it was
    ready."""
    old = status_of(pod, record)
    record.attempt = state.attempt
    record.run(state.id, host.clock, whole)
    # It may be told to have none.
    record.actual = old.get("resources", record.actual)
    if state.running and (record.actual or record.whole):
        host.runtime.limit(state.id, limits.of(record.actual or {}, record.whole))
    record.image, record.image_id = old.get("image", ""), old.get("imageID", "")
    if not _same_image(record.image, record.defined):
        record.defined = record.image
    record.last_state = old.get("lastState") or {}
    if (old.get("state") or {}).get("running"):
        record.state = old["state"]
    return bool(old.get("ready"))


def _same_image(reported: str, named: str) -> bool:
    """Whether what a status reports, in full, is what a pod names."""
    try:
        return not reported or reported == parse_reference(named).full
    except ValueError:
        return False


def restore(host: Host, pod: Object, records: list[Record]) -> None:
    """Takes the past from the pod's status when the runtime knows nothing of the pod any more."""
    for record in records:
        old = status_of(pod, record)
        if not old.get("containerID"):
            continue
        record.image, record.image_id = old.get("image", ""), old.get("imageID", "")
        record.last_state = old.get("lastState") or {}
        record.restarts = old.get("restartCount", 0)
        if host.instant and "running" in (old.get("state") or {}):
            # Nothing real was lost: the simulated container goes on under the same count.
            record.attempt = record.restarts - 1
            continue
        record.attempt, record.id = record.restarts, old["containerID"].partition("://")[2]
        if "terminated" in (old.get("state") or {}):
            record.state = old["state"]
        else:
            text = "The container could not be located when the pod was restarted"
            record.end(137, 0, "ContainerStatusUnknown", text, EPOCH, host.clock)


def settle(records: list[Record]) -> None:
    """Of an ended pod: containers that ought to have run and are nowhere count as failed."""
    inits = [r for r in records if r.init]
    mains = [r for r in records if not r.init]
    tried = [number for number, record in enumerate(inits) if record.tried]
    last = inits[-1].ended if inits and not inits[-1].sidecar else None
    was_initialized = not inits or any(r.tried for r in mains) or (last is not None and last["exitCode"] == 0)
    for record in (*inits[: max(tried, default=0) + 1], *(mains if was_initialized else ())):
        if record.terminated is None:
            record.state = {"terminated": dict(UNKNOWN)}


def status_of(pod: Object, record: Record) -> Object:
    """The container's status in the API; empty when there is none."""
    key = "initContainerStatuses" if record.init else "containerStatuses"
    key = "ephemeralContainerStatuses" if record.ephemeral else key
    for status in (pod.get("status") or {}).get(key) or []:
        if status["name"] == record.name:
            found: Object = status
            return found
    return {}
