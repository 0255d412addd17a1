"""What a container reads of its limits: files as those of its control group, below /sys/fs/cgroup.

Runtimes of languages size themselves by them. Nothing here enforces them. Source: Linux cgroup v2; the
kubelet's conversions of CPUs to quotas and weights.
"""

from __future__ import annotations

from pathlib import Path

from ..contract import Limits

ROOT = Path("/sys/fs/cgroup")
PERIOD = 100_000
"""Microseconds in which a quota may be used."""
LEAST_QUOTA = 1_000
SHARES = 2, 262_144
"""The least and the most of cgroup v1."""


def texts(limits: Limits) -> dict[str, str]:
    """Name of the file → its text."""
    quota = str(max(limits.cpu * PERIOD // 1000, LEAST_QUOTA)) if limits.cpu else "max"
    asked = limits.cpu_request or limits.cpu
    shares = min(max(asked * 1024 // 1000, SHARES[0]), SHARES[1])
    found = {
        "cgroup.controllers": "cpu memory pids",
        "cpu.max": f"{quota} {PERIOD}",
        "cpu.weight": str(1 + (shares - SHARES[0]) * 9999 // (SHARES[1] - SHARES[0])),
        "memory.max": str(limits.memory or "max"),
        "memory.high": "max",
        "memory.swap.max": "0",
        "pids.max": "max",
    }
    return {name: f"{text}\n" for name, text in found.items()}


def write(directory: Path, limits: Limits) -> None:
    """Each file at once; who reads sees the old or the new."""
    directory.mkdir(exist_ok=True)
    for name, text in texts(limits).items():
        scratch = directory / f".{name}"
        scratch.write_text(text)
        scratch.rename(directory / name)
