"""Writing secrets to disk: readable by the owner only, and never half written."""

from __future__ import annotations

import os
from pathlib import Path


def write_private(path: Path, data: bytes) -> None:
    """Replaces `path` in one step; mode 0600 from the first byte."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    partial.replace(path)


def write_if_changed(path: Path, data: bytes) -> bool:
    """As `write_private`, but leaves an equal file alone; says whether it wrote."""
    if path.is_file() and path.read_bytes() == data:
        return False
    write_private(path, data)
    return True
