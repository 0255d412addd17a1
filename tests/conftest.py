"""What holds for every test."""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    """Tests make many objects and few cycles: looking for those all the time takes a quarter of a run, and
    half of a simulated cluster's (`chaos/sim.py`)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
