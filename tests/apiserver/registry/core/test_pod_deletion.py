"""How long a pod may take to end."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import POD, pod


def grace(requested: int | None, status: dict[str, Any] | None = None, **spec: Any) -> int | None:
    return POD.strategy.grace_period(
        POD.context, {**POD.defaulted(pod(**spec)), "status": status or {}}, requested
    )


GRACE_PERIOD: dict[str, tuple[Any, int | None]] = {
    "its own": ({"requested": None}, 30),
    "a shorter one": ({"requested": 5}, 5),
    "at once": ({"requested": 0}, 0),
    "negative is one second": ({"requested": -1}, 1),
    "on no node": ({"requested": None, "spec": {}}, 0),
    "ended already": ({"requested": None, "status": {"phase": "Failed"}}, 0),
}


@pytest.mark.parametrize(("given", "seconds"), GRACE_PERIOD.values(), ids=GRACE_PERIOD)
def test_grace_period(given: Any, seconds: int | None) -> None:
    assert grace(given["requested"], given.get("status"), **given.get("spec", {"nodeName": "n"})) == seconds
