"""Writing a directory of files so that readers see all of the old or all of the new. Source: kubelet's
AtomicWriter.

`name -> ..data/name`, `..data -> ..2026_01_02_03_04_05.123`: exchanging the one link `..data` changes
everything.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NamedTuple


class File(NamedTuple):
    """Content, permission bits and, unless -1, whose it is."""

    data: bytes
    mode: int = 0o644
    user: int = -1


def write(directory: Path, files: dict[str, File], stamp: str) -> bool:
    """Makes `directory` show exactly `files` (relative paths); False when it already did."""
    directory.mkdir(parents=True, exist_ok=True)
    data = directory / "..data"
    if data.exists() and _same(data, files):
        return False
    fresh = directory / f"..{stamp}"
    fresh.mkdir(exist_ok=True)
    for name, file in files.items():
        path = fresh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
        path.chmod(file.mode)
        if file.user >= 0 and os.geteuid() == 0:
            os.chown(path, file.user, -1)
    old = data.readlink() if data.is_symlink() else None
    scratch = directory / "..data_tmp"
    scratch.unlink(missing_ok=True)
    scratch.symlink_to(fresh.name)
    scratch.replace(data)
    _links(directory, files)
    if old is not None and str(old) != fresh.name:
        shutil.rmtree(directory / old, ignore_errors=True)
    return True


def _links(directory: Path, files: dict[str, File]) -> None:
    wanted = {name.partition("/")[0] for name in files}
    for name in wanted:
        link = directory / name
        if not link.is_symlink():
            link.symlink_to(f"..data/{name}")
    for entry in directory.iterdir():
        if not entry.name.startswith("..") and entry.name not in wanted:
            entry.unlink()


def _same(data: Path, files: dict[str, File]) -> bool:
    held = {str(p.relative_to(data)): p for p in data.rglob("*") if p.is_file()}
    if held.keys() != files.keys():
        return False
    return all(
        held[name].read_bytes() == file.data and held[name].stat().st_mode & 0o777 == file.mode
        for name, file in files.items()
    )
