"""One process per data file."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from .contract import StoreError


class LockFile:
    """An exclusive lock that ends with the process, however that ends; the file holds the owner's pid."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.read(self._handle, 20).decode("ascii", "replace").strip()
            os.close(self._handle)
            held = f" (process {owner})" if owner else ""
            data = path.with_suffix("")
            raise StoreError(f"the data file {data} is in use by another server{held}") from None
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        os.close(self._handle)
