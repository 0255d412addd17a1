"""What it takes to see a failure again."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        seed, hashes = (os.environ.get(name) for name in ("CHAOS_SEED", "PYTHONHASHSEED"))
        said = f"CHAOS_SEED={seed or 1} PYTHONHASHSEED={hashes or 'random: set it to see a run again'}"
        report.sections.append(("To repeat", said))
    return report
