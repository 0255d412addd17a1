"""How long a node's failed pods are left alone."""

from __future__ import annotations

from wherry.apimachinery.clock import FakeClock
from wherry.controllers.daemonset.backoff import FIRST, FORGOTTEN, LONGEST, FailedPods

from tests.support import run


def test_each_failure_waits_twice_as_long() -> None:
    async def go() -> None:
        clock = FakeClock()
        waits = FailedPods(clock)
        assert waits.remaining("n") == 0
        for wait in (FIRST, 2 * FIRST, 4 * FIRST):
            waits.note("n")
            assert waits.remaining("n") == wait and waits.remaining("other") == 0
            await clock.advance(wait)
            assert waits.remaining("n") == 0

    run(go())


def test_waits_end_somewhere() -> None:
    waits = FailedPods(FakeClock())
    for _ in range(20):
        waits.note("n")
    assert waits.remaining("n") == LONGEST


def test_old_failures_are_forgotten() -> None:
    async def go() -> None:
        clock = FakeClock()
        waits = FailedPods(clock)
        for _ in range(3):
            waits.note("n")
        await clock.advance(FORGOTTEN + 1)
        waits.note("n")
        assert waits.remaining("n") == FIRST

    run(go())
