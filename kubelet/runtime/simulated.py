"""Containers that are nothing: they live on a script. For scale, scheduling and chaos.

Annotations of the pod, each also with `.CONTAINER` behind the name:
`wherry.dev/run-seconds` (end after so long), `wherry.dev/exit-code`, `wherry.dev/start-error` (a message),
`wherry.dev/usage-cpu` and `wherry.dev/usage-memory` (quantities).
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from ...apimachinery import quantity
from ...apimachinery.clock import Clock
from .contract import ContainerSpec, ContainerState, Limits, RuntimeFault, Sandbox, Session, Usage

Spawn = Callable[[str, Coroutine[Any, Any, None]], asyncio.Task[Any]]


IDLE_CPU, IDLE_MEMORY = 1, 8 * 2**20
"""What a container uses that asks for nothing (thousandths of a CPU, bytes)."""
CPU_SHARE, MEMORY_SHARE = 10, 2
"""Of its requests a container uses a tenth of the CPU and half of the memory: too little for an autoscaler to
act."""


class SimulatedRuntime:
    """See `contract.Runtime`. One task per container that is to end; none for those that run for ever."""

    name = "wherry-simulated"
    version = "1.0.0"
    isolated_network = True

    def __init__(self, clock: Clock, spawn: Spawn) -> None:
        self._clock = clock
        self._spawn = spawn
        self._pids = itertools.count(100000)
        self._states: dict[str, ContainerState] = {}
        self._specs: dict[str, ContainerSpec] = {}
        self._ends: dict[str, asyncio.Task[Any]] = {}
        self._handler: Callable[[ContainerState], None] = lambda state: None
        self._spent = 0
        """CPU of containers that have ended, in nanoseconds."""

    def on_exit(self, handler: Callable[[ContainerState], None]) -> None:
        self._handler = handler

    async def open(self) -> None:
        """Nothing to start."""

    async def close(self) -> None:
        for task in self._ends.values():
            task.cancel()
        self._states.clear()

    async def run_sandbox(self, sandbox: Sandbox) -> None:
        """A simulated pod has no directory."""

    async def remove_sandbox(self, uid: str) -> None:
        """Nothing is kept."""

    async def start_container(self, spec: ContainerSpec) -> ContainerState:
        failure = setting(spec, "start-error")
        if failure:
            raise RuntimeFault("StartError", failure)
        state = ContainerState(
            spec.id,
            spec.sandbox.uid,
            spec.name,
            spec.attempt,
            True,
            next(self._pids),
            self._clock.now().timestamp(),
        )
        self._states[spec.id] = state
        self._specs[spec.id] = spec
        seconds = setting(spec, "run-seconds")
        if seconds:
            name = f"simulated end of {spec.sandbox.name} {spec.name}"
            self._ends[spec.id] = self._spawn(name, self._end_after(spec, float(seconds)))
        return state

    async def _end_after(self, spec: ContainerSpec, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._ends.pop(spec.id, None)
        self._end(spec.id, int(setting(spec, "exit-code") or 0), 0)

    def _end(self, ident: str, code: int, number: int) -> None:
        state = self._states.get(ident)
        if state is None or not state.running:
            return
        used = self.usage(ident)
        self._spent += used.cpu_nanos if used is not None else 0
        ended = self._clock.now().timestamp()
        self._states[ident] = state._replace(running=False, finished_at=ended, exit_code=code, signal=number)
        self._handler(self._states[ident])

    async def signal(self, container_id: str, number: int) -> None:
        """Any stop signal ends a simulated program; a well-mannered one exits with 0 on SIGTERM."""
        task = self._ends.pop(container_id, None)
        if task is not None:
            task.cancel()
        self._end(
            container_id, 137 if number == signal.SIGKILL else 0, number if number == signal.SIGKILL else 0
        )

    async def remove_container(self, container_id: str) -> None:
        self._states.pop(container_id, None)
        self._specs.pop(container_id, None)

    async def exec(self, container_id: str, argv: list[str], *, tty: bool, stdin: bool) -> Session:
        if container_id not in self._states:
            raise RuntimeFault("NotFound", "container not found")
        return _Said(f"simulated: {' '.join(argv)}\n")

    async def attach(self, container_id: str, *, stdin: bool) -> Session:
        if container_id not in self._states:
            raise RuntimeFault("NotFound", "container not found")
        return _Said("")

    def containers(self) -> list[ContainerState]:
        return list(self._states.values())

    def limit(self, container_id: str, limits: Limits) -> None:
        """Nothing is used here that could be too much."""

    def usage(self, container_id: str) -> Usage | None:
        state, spec = self._states.get(container_id), self._specs.get(container_id)
        if state is None or spec is None or not state.running:
            return None
        now = self._clock.now()
        age = (now - datetime.fromtimestamp(state.started_at, UTC)) // timedelta(microseconds=1)
        cpu, memory = setting(spec, "usage-cpu"), setting(spec, "usage-memory")
        rate = quantity.milli(cpu) if cpu else max(IDLE_CPU, spec.cpu_request // CPU_SHARE)
        held = quantity.whole(memory) if memory else spec.memory_request // MEMORY_SHARE or IDLE_MEMORY
        return Usage(age * rate, held, now)

    def node_usage(self) -> Usage:
        used = [found for ident in self._states if (found := self.usage(ident)) is not None]
        return Usage(self._spent + sum(u.cpu_nanos for u in used), sum(u.memory_bytes for u in used))

    async def resize(self, session: Session, width: int, height: int) -> None:
        """There is no terminal."""


def setting(spec: ContainerSpec, name: str) -> str:
    """The container's own annotation before the pod's."""
    annotations = spec.sandbox.annotations
    return annotations.get(f"wherry.dev/{name}.{spec.name}") or annotations.get(f"wherry.dev/{name}", "")


class _Said:
    """A session that prints a text and ends well."""

    stdin = -1
    stderr = -1

    def __init__(self, text: str) -> None:
        self.stdout, write = os.pipe2(os.O_CLOEXEC)
        os.write(write, text.encode())
        os.close(write)

    async def wait(self) -> int:
        return 0

    def kill(self) -> None:
        """It has ended already."""
