"""ComponentStatus: its row."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.core.componentstatus import cells

from ..drive import NOW

COMPONENT_ROW: dict[str, tuple[Any, list[Any]]] = {
    "unknown": ([], ["c", "Unknown", "", ""]),
    "healthy": ([{"type": "Healthy", "status": "True", "message": "ok"}], ["c", "Healthy", "ok", ""]),
    "unhealthy": ([{"type": "Healthy", "status": "False", "error": "down"}], ["c", "Unhealthy", "", "down"]),
}


@pytest.mark.parametrize(("given", "row"), COMPONENT_ROW.values(), ids=COMPONENT_ROW)
def test_component_row(given: Any, row: list[Any]) -> None:
    assert cells({"metadata": {"name": "c"}, "conditions": given}, NOW) == row
