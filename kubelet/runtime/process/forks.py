"""Processes across PID namespaces: joining, forking inside, and ending what is left without one."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from typing import NoReturn

from . import syscalls


def join_pids(pid: int) -> None:
    namespace = os.open(f"/proc/{pid}/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    syscalls.setns(namespace, syscalls.CLONE_NEWPID)
    os.close(namespace)


def fork_inside(enter: Callable[[], None], become: Callable[[], NoReturn]) -> int:
    """Forks a process into the PID namespace that `enter` chooses; its number as seen from here.

    A process cannot leave a PID namespace for its children again without rights over its own one, so a
    short-lived one in between does the entering. What it leaves behind becomes our child, because we are its
    reaper."""
    reader, writer = os.pipe2(os.O_CLOEXEC)
    middle = os.fork()
    if middle == 0:
        try:
            enter()
            pid = os.fork()
            if pid == 0:
                become()
            os.write(writer, str(pid).encode())
        except OSError as error:
            os.write(writer, str(error).encode())
        os._exit(0)
    os.close(writer)
    answer = os.read(reader, 1000).decode()
    os.close(reader)
    os.waitpid(middle, 0)
    if not answer.isdigit():
        raise OSError(answer or "a forked process died")
    return int(answer)


def kill_session(leader: int) -> None:
    """Without a PID namespace: ends what the program left behind in its session."""
    for entry in os.listdir("/proc"):  # noqa: PTH208 - names are enough
        if entry.isdigit():
            with contextlib.suppress(OSError):
                if os.getsid(int(entry)) == leader:
                    os.kill(int(entry), signal.SIGKILL)
