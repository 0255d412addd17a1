"""A container's file tree: the node's, seen through an overlay that is thrown away, with the volumes mounted
in.

Runs in the container's first process, as root of a (user) namespace. Nothing of the node is changed: writes
go to a tmpfs. Source: Linux mount_namespaces(7), overlayfs, pivot_root(2).
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Any

from . import devices, hosts, syscalls

_KERNEL = ("/proc", "/sys", "/dev", "/run", "/tmp")


def host_mounts() -> list[str]:
    """Mount points of the node that an overlay of `/` would show empty, parents first."""
    found: set[str] = set()
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        point = line.split()[4].encode().decode("unicode_escape")
        if point != "/" and not point.startswith(_KERNEL) and Path(point).is_dir():
            found.add(point)
    return [p for p in sorted(found) if not any(p.startswith(q + "/") for q in found)]


def build(
    directory: str, sandbox: dict[str, Any], spec: dict[str, Any], userns: bool, submounts: list[str]
) -> None:
    """Enters new namespaces and makes the container's tree `/`. OSError when the system refuses."""
    syscalls.unshare(syscalls.CLONE_NEWNS | syscalls.CLONE_NEWUTS | syscalls.CLONE_NEWIPC)
    with contextlib.suppress(OSError):
        # Only for its own group to be the root that it sees; older kernels have none of these.
        syscalls.unshare(syscalls.CLONE_NEWCGROUP)
    syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    base = Path(directory) / "fs"
    base.mkdir(exist_ok=True)
    syscalls.mount("tmpfs", str(base), "tmpfs", data="mode=755")
    root = _pieces(base, sandbox, submounts) if userns else _whole(base, sandbox, submounts)
    _kernel_mounts(root)
    _hide(root)
    if spec["privileged"]:
        syscalls.mount("/dev", f"{root}/dev", flags=syscalls.MS_BIND | syscalls.MS_REC)
    else:
        devices.lay_out(root / "dev")
    for folder in spec["folders"]:
        Path(f"{root}{folder}").mkdir(parents=True, exist_ok=True)
    sources = [os.open(m["host_path"], os.O_PATH) for m in spec["mounts"]]
    pivoted = _become_root(root)
    # Sources can be bound only while the old root is there: over the new one, until it is unmounted.
    for source, mount in zip(sources, spec["mounts"], strict=True):
        _bind(source, mount)
        os.close(source)
    if pivoted:
        syscalls.unmount(".", syscalls.MNT_DETACH)
    os.chdir("/")
    for name, value in spec["sysctls"].items():
        Path("/proc/sys", *name.split(".")).write_text(value)
    if spec["read_only_root"]:
        syscalls.mount("none", "/", flags=syscalls.MS_REMOUNT | syscalls.MS_BIND | syscalls.MS_RDONLY)
    syscalls.set_hostname(sandbox["hostname"])


def _become_root(root: Path) -> bool:
    """Makes `root` the tree's top. False when the old root stays below it for good, as under Docker, whose
    default seccomp profile refuses pivot_root."""
    os.chdir(root)
    try:
        syscalls.pivot_root(".", ".")
    except PermissionError:
        syscalls.mount(".", "/", flags=syscalls.MS_MOVE)
        os.chroot(".")
        return False
    return True


def _own_tmp() -> bool:
    """Whether the node's temporary files can be hidden: not when Python itself lives among them."""
    return not sys.prefix.startswith("/tmp/") and not sys.base_prefix.startswith("/tmp/")


def _whole(base: Path, sandbox: dict[str, Any], submounts: list[str]) -> Path:
    """One overlay of `/`, with the node's other file systems bound in."""
    upper, work, root = base / "upper", base / "work", base / "root"
    for path in (upper, work, root, upper / "etc"):
        path.mkdir()
    _etc(upper / "etc", sandbox)
    if _own_tmp():
        tmp = upper / "tmp"
        tmp.mkdir()
        tmp.chmod(0o1777)
        os.setxattr(tmp, "trusted.overlay.opaque", b"y")
    syscalls.mount("overlay", str(root), "overlay", data=f"lowerdir=/,upperdir={upper},workdir={work}")
    for point in submounts:
        target = Path(f"{root}{point}")
        target.mkdir(parents=True, exist_ok=True)
        syscalls.mount(point, str(target), flags=syscalls.MS_BIND | syscalls.MS_REC)
    return root


def _pieces(base: Path, sandbox: dict[str, Any], submounts: list[str]) -> Path:
    """An overlay per top-level directory: in a user namespace one over other mounts is refused."""
    root = base / "root"
    root.mkdir()
    # Only a mount point can become `/`.
    syscalls.mount(str(root), str(root), flags=syscalls.MS_BIND)
    for entry in Path("/").iterdir():
        target = root / entry.name
        if entry.is_symlink():
            target.symlink_to(entry.readlink())
        elif f"/{entry.name}" == "/tmp" and _own_tmp():
            target.mkdir()
            target.chmod(0o1777)
        elif entry.is_dir():
            target.mkdir()
            if f"/{entry.name}" not in ("/proc", "/sys", "/dev"):
                _piece(base, entry, target, sandbox, submounts)
    return root


def _piece(base: Path, entry: Path, target: Path, sandbox: dict[str, Any], submounts: list[str]) -> None:
    bind = syscalls.MS_BIND | syscalls.MS_REC
    if str(entry) == "/run" or any(f"{point}/".startswith(f"{entry}/") for point in submounts):
        syscalls.mount(str(entry), str(target), flags=bind)
        return
    upper, work = base / "upper" / entry.name, base / "work" / entry.name
    upper.mkdir(parents=True)
    work.mkdir(parents=True)
    if entry.name == "etc":
        _etc(upper, sandbox)
    options = f"lowerdir={entry},upperdir={upper},workdir={work},userxattr"
    try:
        syscalls.mount("overlay", str(target), "overlay", data=options)
    except OSError:
        # Something is mounted below it that the list of file systems does not show, or it may not be read.
        syscalls.mount(str(entry), str(target), flags=bind)


def _etc(etc: Path, sandbox: dict[str, Any]) -> None:
    if sandbox["dns"]:
        (etc / "resolv.conf").write_text("\n".join([*sandbox["dns"], ""]))
        _ask_only_dns(etc)
    (etc / "hosts").write_text(hosts.text(sandbox))
    (etc / "hostname").write_text(sandbox["hostname"] + "\n")


def _ask_only_dns(etc: Path) -> None:
    """The C library's list of sources without the node's own daemons (systemd-resolved, mDNS), which know no
    resolv.conf of a pod."""
    try:
        lines = Path("/etc/nsswitch.conf").read_text().splitlines()
    except OSError:
        return
    kept = [line for line in lines if not line.lstrip().startswith("hosts:")]
    (etc / "nsswitch.conf").write_text("\n".join([*kept, "hosts: files dns", ""]))


def _kernel_mounts(root: Path) -> None:
    syscalls.mount("/sys", f"{root}/sys", flags=syscalls.MS_BIND | syscalls.MS_REC)
    try:
        syscalls.mount(
            "proc", f"{root}/proc", "proc", syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC
        )
    except OSError:
        # Inside an outer container parts of /proc are covered, and the kernel then allows no fresh one.
        syscalls.mount("/proc", f"{root}/proc", flags=syscalls.MS_BIND | syscalls.MS_REC)


_SECRETS = ("/root/.kube",)
"""A client in a pod would take the node's own clusters for its cluster."""


def _hide(root: Path) -> None:
    for folder in _SECRETS:
        if os.access(f"{root}{folder}", os.F_OK):
            syscalls.mount("tmpfs", f"{root}{folder}", "tmpfs", data="mode=750")


def _bind(source: int, mount: dict[str, Any]) -> None:
    origin, target = f"/proc/self/fd/{source}", Path(mount["container_path"])
    if Path(origin).is_dir():
        target.mkdir(parents=True, exist_ok=True)
    elif not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    syscalls.mount(origin, str(target), flags=syscalls.MS_BIND | syscalls.MS_REC)
    if mount["read_only"]:
        flags = syscalls.MS_BIND | syscalls.MS_REMOUNT | syscalls.MS_RDONLY
        # What the node's own mount forbids stays forbidden; leaving it out would be refused in a user
        # namespace.
        syscalls.mount("none", str(target), flags=flags | (os.statvfs(target).f_flag & 0x0E))


def enter(pid: int) -> None:
    """Joins the tree, host name and IPC of a running container."""
    kinds = {"mnt": syscalls.CLONE_NEWNS, "uts": syscalls.CLONE_NEWUTS, "ipc": syscalls.CLONE_NEWIPC}
    descriptors = [(os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY), kind) for name, kind in kinds.items()]
    for descriptor, kind in descriptors:
        syscalls.setns(descriptor, kind)
        os.close(descriptor)


def links(directory: str, spec: dict[str, Any]) -> str:
    """Where namespaces are refused: a directory in which each mount path is a link. It becomes
    WHERRY_ROOT."""
    root = Path(directory) / "root"
    root.mkdir(exist_ok=True)
    for mount in sorted(spec["mounts"], key=lambda m: len(m["container_path"])):
        link = root / mount["container_path"].lstrip("/")
        if not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(mount["host_path"])
    return str(root)
