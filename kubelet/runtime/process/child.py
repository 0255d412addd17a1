"""The first moments of a container's (or exec's) process, between fork and the program."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from ...images.standins import load_standin, run_standin
from . import notify, privileges, rootfs, syscalls

Setup = Callable[[], None]


def become(
    spec: dict[str, Any], stdio: tuple[int, int, int], status: socket.socket, mode: Mode, setup: Setup
) -> NoReturn:
    """Never returns: runs the program, or tells `status` why not and exits with 128 as runc's caller sees
    it."""
    try:
        _streams(stdio, status.fileno(), spec["tty"])
        setup()
        if mode.network and spec["sandbox"]["ip"]:
            listener = notify.install()
            socket.send_fds(status, [b"L"], [listener])
            os.close(listener)
        if spec["standin"]:
            load_standin(spec["standin"], spec["argv"])
        privileges.take_off(spec)
        _directory(spec)
        code = _start(spec, status)
    except BaseException as error:
        code = 128
        if status.fileno() < 0:  # A stand-in ran, and fell over: as a Go program's panic does.
            code = 2
            sys.stderr.write(f"panic: {type(error).__name__}: {error}\n")
        with contextlib.suppress(OSError):
            status.send(b"E" + json.dumps(explain(spec, error)).encode())
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


class Mode:
    """What the system allows, found out once at start."""

    def __init__(self, namespaces: bool, network: bool, userns: bool) -> None:
        self.namespaces = namespaces
        self.network = network
        self.userns = userns


def explain(spec: dict[str, Any], error: BaseException) -> str:
    """The OCI runtime's words where clients know them."""
    program = spec["argv"][0] if spec["argv"] else ""
    head = "failed to create containerd task: failed to create shim task: OCI runtime create failed: "
    head += "runc create failed: unable to start container process: error during container init: "
    if spec.get("exec"):
        head = f'failed to start exec "{spec["exec"]}": OCI runtime exec failed: exec failed: '
        head += "unable to start container process: "
    if isinstance(error, FileNotFoundError) and error.filename in (None, program):
        missing = "no such file or directory" if "/" in program else "executable file not found in $PATH"
        where = f'exec: "{program}": ' + (f"stat {program}: " if "/" in program else "")
        return f"{head}{where}{missing}"
    if isinstance(error, PermissionError):
        return f'{head}exec: "{program}": permission denied'
    return f"{head}{error}"


def _streams(stdio: tuple[int, int, int], status: int, tty: bool) -> None:
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (
        signal.SIGPIPE,
        signal.SIGXFSZ,
        signal.SIGTERM,
        signal.SIGINT,
        signal.SIGCHLD,
        signal.SIGHUP,
    ):
        signal.signal(number, signal.SIG_DFL)
    for target, descriptor in enumerate(stdio):
        os.dup2(descriptor, target)
    # A stand-in is never exec'ed, so close-on-exec does not free it of the zygote's descriptors.
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names are enough
        if int(name) > 2 and int(name) != status:
            with contextlib.suppress(OSError):
                os.close(int(name))
    if tty:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _directory(spec: dict[str, Any]) -> None:
    wanted = spec["working_dir"]
    if wanted:
        with contextlib.suppress(OSError):
            Path(wanted).mkdir(parents=True, exist_ok=True)
        os.chdir(wanted)


def _start(spec: dict[str, Any], status: socket.socket) -> int:
    env: dict[str, str] = spec["env"]
    if not spec["standin"]:
        os.execve(_find(spec["argv"][0], env), spec["argv"], env)
    os.environ.clear()
    os.environ.update(env)
    status.close()
    return run_standin(spec["standin"], spec["argv"])


def _find(program: str, env: dict[str, str]) -> str:
    if "/" in program:
        return program
    for folder in env.get("PATH", os.defpath).split(":"):
        candidate = f"{folder or '.'}/{program}"
        if os.access(candidate, os.X_OK) and not Path(candidate).is_dir():
            return candidate
    raise FileNotFoundError(2, "not found", program)


def container_setup(directory: str, spec: dict[str, Any], mode: Mode, submounts: list[str]) -> Setup:
    """What a container's first process does before its program."""

    def setup() -> None:
        if mode.namespaces:
            rootfs.build(directory, spec["sandbox"], spec, mode.userns, submounts)
            return
        root = rootfs.links(directory, spec)
        spec["env"]["WHERRY_ROOT"] = root
        spec["env"].setdefault("WHERRY_POD_IP", spec["sandbox"]["ip"])
        spec["working_dir"] = spec["working_dir"] or root

    return setup


def exec_setup(pid: int, mode: Mode) -> Setup:
    """What an exec's process does: joins the container whose first process is `pid`."""

    def setup() -> None:
        if mode.namespaces:
            rootfs.enter(pid)

    return setup


def own_user_namespace() -> bool:
    """For an ordinary user: becomes root of a new user namespace. False when the system refuses."""
    uid, gid = os.geteuid(), os.getegid()
    try:
        syscalls.unshare(syscalls.CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    except OSError:
        return False
    return True
