"""What a process of a container gives up before its program begins: user, capabilities, the way back."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from ..capabilities import NAMES
from . import syscalls

_RESOURCE = 1 << NAMES.index("SYS_RESOURCE")
_SETPCAP = 1 << NAMES.index("SETPCAP")


def take_off(spec: dict[str, Any]) -> None:
    """Source: the order of runc, which bounds capabilities while it may and sets the user in between."""
    _stand_in_line(spec["oom_score"])
    kept = spec["capabilities"]
    held = _effective()
    if held & _SETPCAP and "capset" in syscalls.NUMBERS:
        for number in range(len(NAMES)):
            if held >> number & 1 and not kept >> number & 1:
                syscalls.prctl(syscalls.PR_CAPBSET_DROP, number)
    _become_user(spec)
    if _effective() & ~kept and "capset" in syscalls.NUMBERS:
        syscalls.capset(_effective() & kept)
    if spec["no_new_privileges"]:
        syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)


def _stand_in_line(score: int) -> None:
    """For the kernel's choice of a victim. Only root may ask to be chosen later than before."""
    file = Path("/proc/self/oom_score_adj")
    if score >= int(file.read_text()) or _effective() & _RESOURCE:
        with contextlib.suppress(PermissionError):
            # Root of a user namespace holds that capability, and not enough of it.
            file.write_text(str(score))


def _effective() -> int:
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), 16)


def _become_user(spec: dict[str, Any]) -> None:
    if os.geteuid() != 0 or Path("/proc/self/uid_map").read_text().split()[2] == "1":
        return
    user, group = spec["user"], spec["group"]
    if user > 0 or group > 0 or spec["groups"]:
        os.setgroups(spec["groups"])
    if group > 0:
        os.setgid(group)
    if user > 0:
        os.setuid(user)
