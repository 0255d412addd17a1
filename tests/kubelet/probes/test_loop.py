"""Delays, periods and thresholds of one probe."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.kubelet.probes.check import Outcome
from wherry.kubelet.probes.loop import ProbeLoop

from tests.support import run

GOOD, BAD, BROKEN = Outcome(True), Outcome(False, "no"), Outcome(False, "cannot", True)


def heard(probe: dict[str, Any], *outcomes: Outcome, seconds: float = 0) -> list[tuple[float, bool]]:
    """(second, verdict) of each report while the outcomes come in turn, the last one for ever."""
    clock, found, left = FakeClock(), [], list(outcomes)

    async def check() -> Outcome:
        return left.pop(0) if len(left) > 1 else left[0]

    async def scenario() -> None:
        def report(ok: bool, message: str) -> None:
            found.append((round(clock.monotonic(), 1), ok))

        loop = ProbeLoop(probe, check, report, lambda outcome: None, clock)
        task = asyncio.create_task(loop.run())
        await clock.settle()
        await clock.advance(seconds or len(outcomes) * probe.get("periodSeconds", 10))
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    run(scenario())
    return found


def test_the_first_probe_waits_for_its_delay_and_the_next_for_a_period() -> None:
    probe = {"initialDelaySeconds": 5, "periodSeconds": 3}
    assert [second for second, _ in heard(probe, GOOD, seconds=12)] == [5.0, 8.0, 11.0]


def test_the_period_is_ten_seconds_unless_told() -> None:
    assert [second for second, _ in heard({}, GOOD, seconds=25)] == [0.2, 10.2, 20.2]


@pytest.mark.parametrize(
    ("probe", "outcomes", "verdicts"),
    [
        ({}, [BAD, BAD, BAD], [False]),
        ({}, [BAD, BAD, GOOD, BAD, BAD], [True]),
        ({"failureThreshold": 1}, [BAD, GOOD, BAD], [False, True, False]),
        ({"successThreshold": 2}, [GOOD, BAD, GOOD, GOOD], [True]),
        ({"failureThreshold": 2}, [BAD, BROKEN, BROKEN, BAD], [False]),
        ({"failureThreshold": 1}, [BROKEN, BROKEN], []),
    ],
)
def test_a_verdict_needs_so_many_in_a_row_and_errors_do_not_count(
    probe: dict[str, Any], outcomes: list[Outcome], verdicts: list[bool]
) -> None:
    assert [ok for _, ok in heard(probe, *outcomes)] == verdicts
