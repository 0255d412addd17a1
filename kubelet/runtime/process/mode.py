"""What the system lets the zygote do: namespaces and a network of its own, or neither."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from . import child, notify, rootfs, syscalls


def detect(directory: Path) -> child.Mode:
    """Finds out, in throw-away processes, what the system allows."""
    root = os.geteuid() == 0
    network = bool(syscalls.NUMBERS) and notify.supported()
    if _try_tree(directory, not root):
        userns = not root and child.own_user_namespace()
        return child.Mode(root or userns, network, userns)
    return child.Mode(False, network, False)


def _try_tree(directory: Path, userns: bool) -> bool:
    trial = directory / "trial"
    trial.mkdir(parents=True, exist_ok=True)
    pid = os.fork()
    if pid == 0:
        code = 1
        with contextlib.suppress(BaseException):
            if not userns or child.own_user_namespace():
                syscalls.unshare(syscalls.CLONE_NEWPID)
                code = _try_inside(trial, userns)
        os._exit(code)
    return os.waitpid(pid, 0)[1] == 0


def _try_inside(trial: Path, userns: bool) -> int:
    inner = os.fork()
    if inner == 0:
        code = 1
        with contextlib.suppress(BaseException):
            sandbox = {
                "host_network": False,
                "hostname": "trial",
                "ip": "",
                "hosts": [],
                "dns": [],
                "domain": "",
            }
            spec = {"mounts": [], "read_only_root": False, "privileged": False, "sysctls": {}, "folders": []}
            rootfs.build(str(trial), sandbox, spec, userns, rootfs.host_mounts())
            code = 0
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1])
