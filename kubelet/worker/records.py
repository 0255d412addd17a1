"""What a worker knows about each container of its pod."""

from __future__ import annotations

import asyncio
from typing import Any

from ...apimachinery.clock import Clock, rfc3339
from . import identity
from .backoff import Backoff

Object = dict[str, Any]
RESTART_ALL = "RestartAllContainers"


class Record:
    """One container by name, over all its attempts. `state` and `last_state` are core/v1 ContainerState."""

    def __init__(self, spec: Object, init: bool, *, ephemeral: bool = False) -> None:
        self.spec = spec
        self.name: str = spec["name"]
        self.init = init
        self.ephemeral = ephemeral
        self.sidecar = init and spec.get("restartPolicy") == "Always"
        self.state: Object = waiting("PodInitializing")
        self.last_state: Object = {}
        self.restarts = 0
        self.attempt = -1
        self.id = ""
        self.image = ""
        self.image_id = ""
        self.user: Object = identity.shown({"spec": {}}, spec)
        self.actual: Object | None = None
        """The resources that its container was started with, or has been given since."""
        self.whole: Object = {}
        """The resources of the whole pod that were in force when it was."""
        self.defined = ""
        """The image that its container was made of, as the pod named it."""
        self.renewing = False
        """Ended, or about to be, only to start again: with other resources, or with the whole pod."""
        self.started = False
        self.ready = False
        self.finished_at = 0.0
        """Monotonic seconds, for the back-off."""
        self.backoff = Backoff()
        self.pull_backoff = Backoff()
        self.pull_failed_at = -1.0
        self.pull_error = ""
        self.stopping: asyncio.Task[None] | None = None
        self.stop_by = 0.0
        """Monotonic second at which the stop under way becomes a SIGKILL."""
        self.probes: list[asyncio.Task[None]] = []
        self.termination_file = ""
        self.over = asyncio.Event()
        """Set while no attempt is running."""

    @property
    def running(self) -> bool:
        return "running" in self.state

    @property
    def ending(self) -> bool:
        """It is being stopped."""
        return self.stopping is not None and not self.stopping.done()

    @property
    def terminated(self) -> Object | None:
        found: Object | None = self.state.get("terminated")
        return found

    @property
    def ended(self) -> Object | None:
        """How it ended last, also while it waits to be restarted."""
        found: Object | None = self.state.get("terminated")
        if found is None and "waiting" in self.state:
            found = self.last_state.get("terminated")
        return found

    @property
    def tried(self) -> bool:
        """Whether a start of it was ever attempted."""
        return "waiting" not in self.state or "terminated" in self.last_state

    @property
    def redefined(self) -> bool:
        """Its container is of another image than the pod names by now."""
        return bool(self.defined) and self.defined != self.spec["image"]

    @property
    def succeeded(self) -> bool:
        done = self.terminated
        return done is not None and done["exitCode"] == 0

    def wait(self, reason: str, message: str = "") -> None:
        """Shows why it does not run; how it ended moves to the last state."""
        if "terminated" in self.state:
            self.last_state = self.state
        self.state = waiting(reason, message)
        self.started = self.ready = False

    def run(self, container_id: str, clock: Clock, whole: Object | None = None) -> None:
        if "terminated" in self.state:
            self.last_state = self.state
        self.state = {"running": {"startedAt": rfc3339(clock.now())}}
        self.over.clear()
        self.id = container_id
        self.restarts = self.attempt
        self.actual, self.renewing = self.spec.get("resources") or {}, False
        self.whole = whole or {}
        self.defined = self.spec["image"]

    def end(self, code: int, signal: int, reason: str, message: str, started: str, clock: Clock) -> None:
        self.state = {
            "terminated": {
                "exitCode": code,
                **({"signal": signal} if signal and code != 128 + signal else {}),
                "reason": reason or ("Completed" if code == 0 else "Error"),
                **({"message": message} if message else {}),
                "startedAt": started,
                "finishedAt": rfc3339(clock.now()),
                "containerID": "wherry://" + self.id,
            }
        }
        self.finished_at = clock.monotonic()
        self.started = self.ready = False
        self.over.set()


def records_of(pod: Object) -> list[Record]:
    """Init containers first; nothing has run yet."""
    inits = [Record(c, True) for c in pod["spec"].get("initContainers") or []]
    mains = [Record(c, False) for c in pod["spec"]["containers"]]
    for record in inits + mains:
        record.user = identity.shown(pod, record.spec)
    for record in mains:
        record.wait("PodInitializing" if inits else "ContainerCreating")
    return inits + mains


def refresh(records: list[Record], pod: Object) -> None:
    """Follows a newer version of the pod; its resources are granted apart."""
    specs = [*(pod["spec"].get("initContainers") or []), *pod["spec"]["containers"]]
    for record, spec in zip(records, specs, strict=False):
        if spec["image"] != record.spec["image"]:
            record.backoff = Backoff()
            record.pull_backoff, record.pull_failed_at = Backoff(), -1.0
        record.spec = {**spec, "resources": record.spec.get("resources") or {}}


def waiting(reason: str, message: str = "") -> Object:
    return {"waiting": {"reason": reason, **({"message": message} if message else {})}}


def policy(pod: Object, record: Record) -> str:
    """Always, OnFailure or Never: the container's own restart policy before the pod's."""
    own: str = record.spec.get("restartPolicy") or ""
    if own:
        return own
    found: str = pod["spec"].get("restartPolicy") or "Always"
    return "OnFailure" if record.init and found == "Always" else found


def should_restart(pod: Object, record: Record, exit_code: int) -> bool:
    if record.renewing:
        return True
    chosen = policy(pod, record)
    by_rule = action(record, exit_code)
    if by_rule:
        return by_rule == "Restart"
    return chosen == "Always" or (chosen == "OnFailure" and exit_code != 0)


def action(record: Record, exit_code: int) -> str:
    """What the first of the container's rules that fits says; empty when none does."""
    for rule in record.spec.get("restartPolicyRules") or []:
        codes = rule.get("exitCodes") or {}
        inside = exit_code in (codes.get("values") or [])
        if inside == (codes.get("operator") == "In"):
            return str(rule.get("action", ""))
    return ""


def only_sidecars_left(pod: Object, records: list[Record]) -> bool:
    """Whether the pod's own containers have ended for good."""
    mains = [r for r in records if not r.init]
    ended = [r.terminated for r in mains]
    return all(done is not None for done in ended) and not any(
        should_restart(pod, r, r.state["terminated"]["exitCode"]) for r in mains
    )
