"""PID namespaces: which processes a container sees."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from . import forks, syscalls
from .proc import Proc


class Spaces:
    """Those that all containers of a pod share, each held open by a process of its own that does nothing."""

    def __init__(self) -> None:
        self._holders: dict[str, int] = {}

    def entrance(self, spec: dict[str, Any], procs: Iterable[Proc]) -> Callable[[], None]:
        """How a container gets to its namespace. OSError, ProcessLookupError."""
        sandbox = spec["sandbox"]
        if sandbox["processes"] == "node":
            return _stay
        if sandbox["processes"] == "pod":
            holder = self._holder(sandbox["uid"])
            return lambda: forks.join_pids(holder)
        if spec["target"]:
            target = _running(procs, sandbox["uid"], spec["target"])
            return lambda: forks.join_pids(target)
        return lambda: syscalls.unshare(syscalls.CLONE_NEWPID)

    def _holder(self, uid: str) -> int:
        if uid not in self._holders:
            self._holders[uid] = forks.fork_inside(lambda: syscalls.unshare(syscalls.CLONE_NEWPID), _hold)
        return self._holders[uid]

    def end(self, uid: str) -> None:
        """Ends what is left in a pod's own namespace."""
        holder = self._holders.pop(uid, 0)
        if holder:
            with contextlib.suppress(ProcessLookupError):
                os.kill(holder, signal.SIGKILL)

    def end_all(self) -> None:
        for uid in list(self._holders):
            self.end(uid)


def shared(spec: dict[str, Any]) -> bool:
    """Whether the end of a container's first process leaves its others alive."""
    return bool(spec["sandbox"]["processes"] or spec["target"])


def tree(pid: int) -> str:
    """Which file tree a process sees: no two containers have the same."""
    return os.readlink(f"/proc/{pid}/ns/mnt")  # noqa: PTH115 - no path


def kill_left(seen: str) -> None:
    """Ends all processes of the container with that tree."""
    for entry in os.listdir("/proc"):  # noqa: PTH208 - names are enough
        if entry.isdigit():
            with contextlib.suppress(OSError):
                if tree(int(entry)) == seen:
                    os.kill(int(entry), signal.SIGKILL)


def _stay() -> None:
    """The zygote sees what the node sees."""


def _running(procs: Iterable[Proc], uid: str, name: str) -> int:
    for proc in procs:
        mine = proc.spec["sandbox"]["uid"] == uid and proc.spec["name"] == name and not proc.container
        if mine and not proc.finished:
            return proc.pid
    raise ProcessLookupError(f"container {name} is not running")


def _hold() -> NoReturn:
    """The first process of a namespace: gets the orphans of all containers, and lets them go."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    while True:
        signal.pause()
