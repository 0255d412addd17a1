"""fsGroup: a pod's volumes belong to its group. Source: SetVolumeOwnership of Kubernetes' volume package."""

from __future__ import annotations

import os
import stat
from pathlib import Path

GROUP_READ = stat.S_IRGRP
GROUP_WRITE = stat.S_IRGRP | stat.S_IWGRP


def give(root: Path, group: int, *, read_only: bool, on_mismatch: bool = False) -> None:
    """Everything below `root` belongs to `group`, which can read (and write) it; so does what is made later.

    `on_mismatch`: nothing is done when the top already is as it should be. A kubelet that is not root does
    nothing at all: all its containers run as itself, so every file is theirs.
    """
    if os.geteuid() != 0:
        return
    bits = GROUP_READ if read_only else GROUP_WRITE
    if on_mismatch and _is_given(root, group, bits):
        return
    for folder, _, files in os.walk(root):
        _one(Path(folder), group, bits)
        for name in files:
            _one(Path(folder) / name, group, bits)


def _is_given(path: Path, group: int, bits: int) -> bool:
    found = path.stat()
    wanted = bits | stat.S_IXGRP | stat.S_ISGID
    return found.st_gid == group and found.st_mode & wanted == wanted


def _one(path: Path, group: int, bits: int) -> None:
    found = path.lstat()
    if found.st_gid != group:
        os.lchown(path, -1, group)
    if stat.S_ISLNK(found.st_mode):
        return
    mode = stat.S_IMODE(found.st_mode) | bits
    if stat.S_ISDIR(found.st_mode):
        mode |= stat.S_IXGRP | stat.S_ISGID
    if mode != stat.S_IMODE(found.st_mode):
        path.chmod(mode)
