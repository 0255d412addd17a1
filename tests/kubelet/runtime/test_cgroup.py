"""What containers read of their limits (upstream: test/e2e/common/node/framework/cgroups)."""

from __future__ import annotations

from pathlib import Path

import pytest
from wherry.kubelet.runtime.contract import Limits
from wherry.kubelet.runtime.process import cgroup


@pytest.mark.parametrize(
    ("limits", "quota", "weight", "memory"),
    [
        (Limits(), "max 100000", "1", "max"),
        (Limits(64 << 20, 500, 250), "50000 100000", "10", "67108864"),
        (Limits(0, 1, 0), "1000 100000", "1", "max"),
        (Limits(0, 0, 1000), "max 100000", "39", "max"),
        (Limits(0, 2000, 0), "200000 100000", "79", "max"),
    ],
)
def test_files(limits: Limits, quota: str, weight: str, memory: str) -> None:
    found = cgroup.texts(limits)
    assert [found[name] for name in ("cpu.max", "cpu.weight", "memory.max")] == [
        f"{quota}\n",
        f"{weight}\n",
        f"{memory}\n",
    ]


def test_they_change_in_place(tmp_path: Path) -> None:
    for cpu, text in ((100, "10000 100000\n"), (200, "20000 100000\n")):
        cgroup.write(tmp_path / "cgroup", Limits(cpu=cpu))
        assert (tmp_path / "cgroup" / "cpu.max").read_text() == text
    assert sorted(path.name for path in (tmp_path / "cgroup").iterdir()) == sorted(cgroup.texts(Limits()))
