"""Starts the components as children of one warm process, watches them, and stops them in reverse order."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import select
import signal
import sys
import time
from collections.abc import Callable

from .components import Component
from .paths import ClusterPaths
from .state import ClusterState

log = logging.getLogger("wherry.supervisor")

STOP_SECONDS = 8.0
RESTART_FIRST, RESTART_MOST = 0.5, 10.0
STEADY = 10.0
"""Seconds of cluster time after which a life was a good one."""
SOON = 0.02


class Backoff:
    """How long to wait before the next start: twice as long each time, unless the last life was a good one.
    All in wall seconds, of which a cluster whose time runs `time_scale` times faster needs fewer."""

    def __init__(self, time_scale: float) -> None:
        self._scale = time_scale
        self._delay = RESTART_FIRST

    def after(self, lived: float) -> float:
        """The wait after a life of so many seconds."""
        if lived * self._scale >= STEADY:
            self._delay = RESTART_FIRST
        delay, self._delay = self._delay, min(self._delay * 2, RESTART_MOST)
        return delay / self._scale


class Child:
    """One component's process and when it is started again."""

    def __init__(self, component: Component, time_scale: float) -> None:
        self.component = component
        self.pid = 0
        self.born = 0.0
        """When its process was started (monotonic)."""
        self.backoff = Backoff(time_scale)
        self.due = 0.0
        """When to start it again (monotonic); 0 while it runs or is not to be restarted."""


class Supervisor:
    """Runs until SIGTERM or SIGINT. `on_change` is told after each start or end of a child."""

    def __init__(
        self,
        components: list[Component],
        paths: ClusterPaths,
        state: ClusterState,
        on_change: Callable[[], None],
    ) -> None:
        self._children = [Child(component, state.spec.time_scale) for component in components]
        self._paths = paths
        self._state = state
        self._on_change = on_change
        self._stopping = False
        self._wake_r, self._wake_w = os.pipe()
        os.set_blocking(self._wake_w, False)

    def start(self) -> None:
        """Forks one child after the other; those that need the API server wait for it by themselves."""
        self._paths.logs.mkdir(parents=True, exist_ok=True)
        signal.set_wakeup_fd(self._wake_w, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._signalled)
        gc.disable()
        for child in self._children:
            # What a child needs is imported here so that later ones share it; earlier ones start meanwhile.
            child.component.warm()
            self._spawn(child)
        self._save()

    def _signalled(self, number: int, frame: object) -> None:
        if number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self._stopping = True

    def _spawn(self, child: Child) -> None:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                code = run_child(child.component, self._paths)
            finally:
                os._exit(code)
        child.pid, child.born, child.due = pid, time.monotonic(), 0.0
        self._state.pids[child.component.name] = pid

    def _save(self) -> None:
        self._state.write(self._paths)
        self._on_change()

    def pump(self, seconds: float) -> bool:
        """Looks after the children for up to `seconds`; False once it was told to stop."""
        select.select([self._wake_r], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            if select.select([self._wake_r], [], [], 0)[0]:
                os.read(self._wake_r, 4096)
        self._reap()
        now = time.monotonic()
        for child in self._children:
            if child.due and child.due <= now and not self._stopping:
                self._spawn(child)
                self._save()
        return not self._stopping

    def _reap(self) -> None:
        for child in self._children:
            if not child.pid:
                continue
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                self._ended(child, os.waitstatus_to_exitcode(status))

    def _ended(self, child: Child, code: int) -> None:
        child.pid = 0
        self._state.pids.pop(child.component.name, None)
        if self._stopping:
            return
        log.warning("%s ended with code %s", child.component.name, code)
        if child.component.restart:
            now = time.monotonic()
            child.due = now + child.backoff.after(now - child.born)
        self._save()

    def failed(self) -> str | None:
        """The name of a component that is not running, while everything should be."""
        return next((child.component.name for child in self._children if not child.pid), None)

    def mark_ready(self) -> None:
        self._state.ready = True
        self._save()

    def run(self) -> None:
        """Looks after the children until told to stop, then stops them."""
        while self.pump(self._next_due()):
            pass
        self.stop()

    def _next_due(self) -> float:
        due = [child.due for child in self._children if child.due]
        return max(min(due) - time.monotonic(), 0.0) if due else 3600.0

    def stop(self) -> None:
        """Ends the children, the API server last; what does not end in time is killed."""
        self._stopping = True
        *rest_reversed, first = list(reversed(self._children))
        self._end(rest_reversed)
        self._end([first])

    def _end(self, children: list[Child]) -> None:
        for child in children:
            if child.pid:
                os.kill(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while any(child.pid for child in children) and time.monotonic() < deadline:
            select.select([self._wake_r], [], [], SOON)
            self._reap()
        for child in children:
            if child.pid:
                log.warning("%s did not stop in %s s and is killed", child.component.name, STOP_SECONDS)
                os.kill(child.pid, signal.SIGKILL)
                os.waitpid(child.pid, 0)
                self._ended(child, -9)


PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """A component whose supervisor is killed ends too, as far as the system can say so (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def run_child(component: Component, paths: ClusterPaths) -> int:
    """The body of a forked child: its own name, log file and signals, then the component until it is told to
    end."""
    from setproctitle import setproctitle

    setproctitle(f"wherry {component.name} --data-dir={paths.root}")
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.setpgid(0, 0)
    _end_with_parent()
    descriptor = os.open(paths.log(component.name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    with open(os.devnull) as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
    from .process import run_component

    return run_component(component.name, component.run)
