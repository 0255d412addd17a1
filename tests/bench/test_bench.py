"""The benchmarks: what their table says, and that the groups without wrk run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.rows import Row, best, shown
from bench.scheduling import KINDS, SIMPLE, Kind

ROOT = Path(__file__).parents[2]


def test_a_row_says_how_it_compares() -> None:
    row = Row("start", 0.8, "s", 2.4, 0.7, False, "quiet")
    assert shown(row) == "| start | 0.80 s | 2.4 s | 3.0× | ≤ 0.7 | missed | quiet |"
    assert (
        shown(Row("get", 14_686, "/s", None, 11_000, True)) == "| get | 14,686 /s |  |  | ≥ 11,000 | met |  |"
    )
    assert shown(Row("size", 10, "MB", None, None, False)) == "| size | 10.00 MB |  |  |  |  |  |"


def test_the_best_run_counts() -> None:
    found = iter([3.0, 1.0, 2.0] * 2)
    assert (best(3, lambda: next(found)), best(3, lambda: next(found), more=False)) == (3.0, 1.0)


@pytest.mark.parametrize("kind", (SIMPLE, *KINDS), ids=lambda kind: kind.what)
def test_constraints_are_among_the_pods_of_a_group(kind: Kind) -> None:
    selector = {"matchLabels": {"run": "x"}}
    assert (kind is SIMPLE) == (str(selector) not in str(kind.constraints(selector)))


def test_a_quick_run_prints_the_rows_of_its_group() -> None:
    command = [sys.executable, "-m", "bench", "--quick", "--only", "memory"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert "| memory (PSS), 100 pods and 100 ConfigMaps |" in found.stdout
