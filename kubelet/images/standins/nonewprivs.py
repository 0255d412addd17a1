"""`nonewprivs`: a program that belongs to root with the set-user-ID bit, which tells as whom it runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main(argv: list[str]) -> int:
    """As exec makes it: the kernel passes the bit over when privileges may not grow."""
    status = Path("/proc/self/status").read_text()
    kept = any(line.split() == ["NoNewPrivs:", "1"] for line in status.splitlines())
    sys.stdout.write(f"Effective uid: {os.geteuid() if kept else 0}\n")
    return 0
