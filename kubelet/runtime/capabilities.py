"""Which capabilities a container has. Source: Linux capabilities(7), containerd's defaults, core/v1
SecurityContext."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]
NAMES = (
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
    "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
    "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL",
    "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON",
    "BPF", "CHECKPOINT_RESTORE",
)  # fmt: skip
"""In the order of their numbers."""
USUAL = frozenset(
    {
        "CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP",
        "SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE",
    }
)  # fmt: skip
ALL = "ALL"


def granted(security: Object) -> int:
    """The bits of a container with this security context; one that is privileged has all."""
    if security.get("privileged"):
        return _bits(frozenset(NAMES))
    wanted = security.get("capabilities") or {}
    add, drop = _named(wanted.get("add")), _named(wanted.get("drop"))
    if ALL in add:
        return _bits(frozenset(NAMES) - drop)
    return _bits(add if ALL in drop else (USUAL | add) - drop)


def _named(names: list[str] | None) -> frozenset[str]:
    return frozenset(name.upper().removeprefix("CAP_") for name in names or ())


def _bits(names: frozenset[str]) -> int:
    return sum(1 << number for number, name in enumerate(NAMES) if name in names)
