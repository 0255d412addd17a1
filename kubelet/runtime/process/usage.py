"""CPU and memory of a process and everything below it, from /proc. Source: Linux proc(5)."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from ..contract import Usage

_TICK = 10**9 // os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def tree(pid: int) -> Usage | None:
    """None when the process is gone. Memory is what nobody else shares."""
    cpu = memory = 0
    queue = [pid]
    seen = False
    while queue:
        current = queue.pop()
        try:
            fields = Path(f"/proc/{current}/stat").read_text().rpartition(")")[2].split()
            for task in Path(f"/proc/{current}/task").iterdir():
                queue += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
        seen = True
        cpu += (int(fields[11]) + int(fields[12])) * _TICK
        memory += _private(current)
    return Usage(cpu, memory) if seen else None


def machine() -> Usage:
    """Everything that runs here."""
    times, memory = psutil.cpu_times(), psutil.virtual_memory()
    return Usage(int((times.user + times.system) * 10**9), memory.used)


def _private(pid: int) -> int:
    """Private bytes; pages that a stand-in shares with the zygote are not its own."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Private_"))
