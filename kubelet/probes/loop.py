"""The loop of one probe: delays, periods and thresholds. Source: core/v1 Probe."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ...apimachinery.clock import Clock
from .check import Outcome

FIRST_WAIT = 0.2
"""A program is given a moment to open its port: a probe that comes too early costs a whole period."""


class ProbeLoop:
    """Runs until cancelled. `report(ok, message)` is called when a threshold is reached, `notable` at each
    failure and each odd success."""

    def __init__(
        self,
        probe: dict[str, Any],
        check: Callable[[], Awaitable[Outcome]],
        report: Callable[[bool, str], None],
        notable: Callable[[Outcome], None],
        clock: Clock,
    ) -> None:
        self._probe = probe
        self._check = check
        self._report = report
        self._notable = notable
        self._clock = clock

    async def run(self) -> None:
        period = float(self._probe.get("periodSeconds") or 10)
        needed = {
            True: self._probe.get("successThreshold") or 1,
            False: self._probe.get("failureThreshold") or 3,
        }
        await self._clock.sleep(max(float(self._probe.get("initialDelaySeconds") or 0), FIRST_WAIT))
        last: bool | None = None
        count = 0
        while True:
            start = self._clock.monotonic()
            outcome = await self._check()
            if not outcome.ok or outcome.odd:
                self._notable(outcome)
            if not outcome.errored:
                count = count + 1 if outcome.ok == last else 1
                last = outcome.ok
                if count >= needed[outcome.ok]:
                    self._report(outcome.ok, outcome.message)
            await self._clock.sleep(period - (self._clock.monotonic() - start))
