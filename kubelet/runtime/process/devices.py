"""A container's /dev: the few devices that every container has. Source: OCI runtime-spec, default devices."""

from __future__ import annotations

from pathlib import Path

from . import syscalls

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
LINKS = {
    "fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx",
}  # fmt: skip
SHARED = "mode=1777,size=65536k"


def lay_out(dev: Path) -> None:
    """Fills an empty directory. The devices are the node's own, since a user namespace may make none; so are
    its terminals, for that of the container was opened outside of it."""
    syscalls.mount("tmpfs", str(dev), "tmpfs", syscalls.MS_NOSUID, "mode=755,size=65536k")
    for name in DEVICES:
        source = Path("/dev", name)
        if source.exists():
            target = dev / name
            target.touch()
            syscalls.mount(str(source), str(target), flags=syscalls.MS_BIND)
    for name, meant in LINKS.items():
        (dev / name).symlink_to(meant)
    (dev / "pts").mkdir()
    if Path("/dev/pts").is_dir():
        syscalls.mount("/dev/pts", str(dev / "pts"), flags=syscalls.MS_BIND | syscalls.MS_REC)
    shared = dev / "shm"
    shared.mkdir()
    syscalls.mount("shm", str(shared), "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, SHARED)
