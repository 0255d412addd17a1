"""A kubelet without a node: a runtime, volumes and addresses that only remember, and a worker that uses
them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wherry.apimachinery.clock import FakeClock
from wherry.kubelet.images import catalogue
from wherry.kubelet.images.puller import Puller
from wherry.kubelet.probes.check import Outcome, Target
from wherry.kubelet.runtime.contract import (
    ContainerSpec,
    ContainerState,
    Limits,
    Mount,
    RuntimeFault,
    Sandbox,
    Usage,
)
from wherry.kubelet.worker.host import Host
from wherry.kubelet.worker.pod_worker import PodWorker

Object = dict[str, Any]


class FakeRuntime:
    """Containers run until `end` is called, or end with `on_term` when they get SIGTERM."""

    name, version, isolated_network = "fake", "1", True

    def __init__(self) -> None:
        self.states: dict[str, ContainerState] = {}
        self.specs: list[ContainerSpec] = []
        self.signals: list[tuple[str, int]] = []
        self.on_term: int | None = 0
        self.refuse = ""
        self.limits: list[Limits] = []
        self.used = 0
        self.handler: Callable[[ContainerState], None] = lambda state: None

    def on_exit(self, handler: Callable[[ContainerState], None]) -> None:
        self.handler = handler

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def run_sandbox(self, sandbox: Sandbox) -> None: ...
    async def remove_sandbox(self, uid: str) -> None: ...

    async def start_container(self, spec: ContainerSpec) -> ContainerState:
        if self.refuse:
            raise RuntimeFault("StartError", self.refuse)
        self.specs.append(spec)
        self.states[spec.id] = ContainerState(spec.id, spec.sandbox.uid, spec.name, spec.attempt, True, 1)
        return self.states[spec.id]

    def end(self, name: str, code: int = 0) -> None:
        state = next(s for s in reversed(self.states.values()) if s.name == name and s.running)
        self.states[state.id] = state._replace(running=False, exit_code=code)
        self.handler(self.states[state.id])

    async def signal(self, container_id: str, number: int) -> None:
        state = self.states[container_id]
        self.signals.append((state.name, number))
        if state.running and number == 9:
            self.end(state.name, 137)
        elif state.running and self.on_term is not None:
            self.end(state.name, self.on_term)

    async def remove_container(self, container_id: str) -> None:
        self.states.pop(container_id, None)

    def containers(self) -> list[ContainerState]:
        return list(self.states.values())

    def running(self) -> list[str]:
        return [s.name for s in self.states.values() if s.running]

    async def exec(self, *args: Any, **more: Any) -> Any: ...
    async def attach(self, *args: Any, **more: Any) -> Any: ...
    async def resize(self, *args: Any) -> None: ...
    def limit(self, container_id: str, limits: Limits) -> None:
        self.limits.append(limits)

    def usage(self, container_id: str) -> Usage | None:
        return Usage(0, self.used) if self.used else None

    def node_usage(self) -> Any: ...


class FakeVolumes:
    def __init__(self) -> None:
        self.torn_down = False
        self.set_ups = 0
        self.missing: Exception | None = None

    async def set_up(self, pod: Object, directory: Path) -> None:
        self.set_ups += 1
        if self.missing is not None:
            raise self.missing

    def mounts(self, pod: Object, container: Object, env: dict[str, str]) -> list[Mount]:
        return []

    async def tear_down(self, pod: Object, directory: Path) -> None:
        self.torn_down = True


class FakeChecker:
    """Answers by container and kind of action; what is not named succeeds."""

    def __init__(self) -> None:
        self.failing: dict[str, str] = {}
        self.odd = ""
        self.asked = 0

    async def check(self, target: Target, probe: Object, timeout: float) -> Outcome:
        self.asked += 1
        path = (probe.get("httpGet") or {}).get("path", "")
        message = self.failing.get(path, "")
        return Outcome(not message, message or self.odd, odd=bool(self.odd) and not message)


class FakeEnvironment:
    async def resolve(self, pod: Object, container: Object, pod_ip: str) -> dict[str, str]:
        return {}


class FakeAddresses:
    def __init__(self) -> None:
        self.known = True
        self.told: list[Callable[[], object]] = []

    def when_known(self, tell: Callable[[], object]) -> None:
        self.told.append(tell)

    def take(self, uid: str, wanted: str = "") -> str:
        return wanted or "127.64.1.2"

    def give_back(self, uid: str) -> None: ...


class Bench:
    """One pod on a fake node. `status` is the last of those `published`, `events` are (reason, message)."""

    def __init__(self, pod: Object, directory: Path, *, instant: bool = False) -> None:
        self.clock = FakeClock()
        self.runtime = FakeRuntime()
        self.volumes = FakeVolumes()
        self.addresses = FakeAddresses()
        self.checker = FakeChecker()
        self.events: list[tuple[str, str]] = []
        self.status: Object = {}
        self.published: list[Object] = []
        self.finished = False
        self.tasks: list[asyncio.Task[Any]] = []
        self.host = Host(
            runtime=self.runtime,
            puller=Puller(catalogue.load(), directory / "tools"),
            checker=self.checker,
            volumes=self.volumes,
            environment=FakeEnvironment(),
            addresses=self.addresses,
            clock=self.clock,
            event=lambda ref, kind, reason, message: self.events.append((reason, message)),
            publish=self._publish,
            finish=lambda pod: setattr(self, "finished", True),
            spawn=self._spawn,
            node_name="node-1",
            node_ip="127.16.0.1",
            directory=directory,
            instant=instant,
        )
        self.others: list[Object] = []
        self.worker = PodWorker(self.host, pod, lambda: self.others)
        self.runtime.on_exit(self.worker.exited)

    def _publish(self, pod: Object, status: Object) -> None:
        self.status = status
        self.published.append(status)

    def _spawn(self, name: str, coro: Any) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self.tasks.append(task)
        return task

    async def __aenter__(self) -> Bench:
        self.worker.wake()
        await self.clock.settle()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.worker.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def after(self, seconds: float) -> None:
        await self.clock.advance(seconds)

    async def end(self, name: str, code: int = 0) -> None:
        self.runtime.end(name, code)
        await self.clock.settle()

    async def delete(self, grace: int = 30) -> None:
        meta = {**self.worker.pod["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}
        meta["deletionGracePeriodSeconds"] = grace
        self.worker.update({**self.worker.pod, "metadata": meta})
        await self.clock.settle()

    def container(self, name: str) -> Object:
        statuses = [*self.status.get("initContainerStatuses", []), *self.status["containerStatuses"]]
        return next(s for s in statuses if s["name"] == name)

    def condition(self, kind: str) -> Object:
        return next(c for c in self.status["conditions"] if c["type"] == kind)

    def reasons(self) -> list[str]:
        return [reason for reason, _ in self.events]


def container(name: str, **more: Any) -> Object:
    return {"name": name, "image": "busybox:1", **more}


def pod(*containers: Object, **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "default", "uid": "u1", "generation": 1},
        "spec": {"nodeName": "node-1", "restartPolicy": "Always", "containers": list(containers), **spec},
        "status": {"phase": "Pending", "qosClass": "BestEffort"},
    }
