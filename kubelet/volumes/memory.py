"""emptyDirs in memory: a tmpfs of the wanted size each, where the kubelet may mount; else directories of the
machine's own. Source: upstream's emptyDir plug-in."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import Any

from ...apimachinery import quantity
from ..runtime.process import syscalls
from ..worker import limits

Object = dict[str, Any]
MODE = 0o1777


def lay_out(path: Path, size: int) -> Path:
    """A volume of at most `size` bytes; 0 is no limit of its own. One that is there keeps its mode."""
    new = not path.is_dir()
    path.mkdir(parents=True, exist_ok=True)
    if size and os.geteuid() == 0 and not path.is_mount():
        # Without the capability to mount, as in some outer containers, the size stays a word.
        with contextlib.suppress(PermissionError):
            syscalls.mount("tmpfs", str(path), "tmpfs", data=f"size={size}")
            new = True
    if new:
        path.chmod(MODE)
    return path


def remove(folder: Path) -> None:
    """All volumes below `folder`, which may not be there."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_mount():
            syscalls.unmount(str(path), syscalls.MNT_DETACH)
    shutil.rmtree(folder, ignore_errors=True)


def size_of(pod: Object, source: Object) -> int:
    """Bytes that a volume may hold: what it says, or all that its pod may use if that is less. 0: any."""
    own = quantity.whole(source.get("sizeLimit") or "0")
    return min((size for size in (own, limits.memory_of_pod(pod["spec"])) if size > 0), default=0)
