"""System calls that Python has no function for, through libc. Numbers are those of the Linux UAPI headers."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

_libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_MOVE = 8192
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
PR_SET_CHILD_SUBREAPER = 36
PR_CAPBSET_DROP = 24

MACHINE = platform.machine()
ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_NUMBERS = {
    "x86_64": {
        "pivot_root": 155,
        "seccomp": 317,
        "pidfd_getfd": 438,
        "bind": 49,
        "connect": 42,
        "capset": 126,
    },
    "aarch64": {
        "pivot_root": 41,
        "seccomp": 277,
        "pidfd_getfd": 438,
        "bind": 200,
        "connect": 203,
        "capset": 91,
    },
}
NUMBERS = _NUMBERS.get(MACHINE, {})


def _check(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def _syscall(name: str, *args: object) -> int:
    if name not in NUMBERS:
        raise OSError(errno.ENOSYS, f"{name}: no number known for {MACHINE}")
    return _check(int(_libc.syscall(NUMBERS[name], *args)), name)


def unshare(flags: int) -> None:
    _check(_libc.unshare(flags), "unshare")


def setns(descriptor: int, kind: int) -> None:
    _check(_libc.setns(descriptor, kind), "setns")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    def text(value: str) -> bytes | None:
        return value.encode() if value else None

    result = _libc.mount(text(source), text(target), text(kind), ctypes.c_ulong(flags), text(data))
    _check(result, f"mount {target}")


def unmount(target: str, flags: int = 0) -> None:
    _check(_libc.umount2(target.encode(), flags), f"umount {target}")


def pivot_root(new: str, old: str) -> None:
    _syscall("pivot_root", new.encode(), old.encode())


def set_hostname(name: str) -> None:
    data = name.encode()
    _check(_libc.sethostname(data, len(data)), "sethostname")


def prctl(option: int, value: int) -> None:
    _check(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), "prctl")


def pidfd_getfd(pidfd: int, target: int) -> int:
    return _syscall("pidfd_getfd", pidfd, target, 0)


def capset(bits: int) -> None:
    """Makes these the effective and permitted capabilities of the calling process; nothing is inherited."""
    version_3 = 0x20080522
    header = struct.pack("=II", version_3, 0)
    low, high = bits & 0xFFFFFFFF, bits >> 32
    _syscall("capset", header, struct.pack("=6I", low, low, 0, high, high, 0))


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("jt", ctypes.c_ubyte),
        ("jf", ctypes.c_ubyte),
        ("k", ctypes.c_uint),
    )


class _Program(ctypes.Structure):
    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def seccomp_filter(instructions: list[tuple[int, int, int, int]], flags: int) -> int:
    """Installs a filter on the calling process; with the listener flag, the listener's descriptor."""
    array = (_Instruction * len(instructions))(*(_Instruction(*row) for row in instructions))
    program = _Program(len(instructions), array)
    set_mode_filter = 1
    return _syscall("seccomp", set_mode_filter, flags, ctypes.byref(program))
