"""When a watch is woken, whatever its loop's timers are like."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from wherry.apiserver.endpoints.bell import Bell


class EarlyLoop:
    """Its timers go off half a millisecond before they should, as uvloop's do."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, call: Callable[[], None]) -> Any:
        self.timers.append((when, call))
        return asyncio.TimerHandle(when, call, (), cast(asyncio.AbstractEventLoop, self))

    def get_debug(self) -> bool:
        return False

    def _timer_handle_cancelled(self, handle: object) -> None:
        self.timers.clear()

    def pass_time(self) -> None:
        when, call = self.timers.pop()
        self.now = when - 0.0005
        call()


def wound(loop: EarlyLoop, woken: list[float], *, end: float) -> Bell:
    return Bell(cast(asyncio.AbstractEventLoop, loop), lambda: woken.append(loop.now), end=end, interval=60.0)


def heard(bell: Bell) -> tuple[bool, bool]:
    """Whether it rang, and whether for the last time."""
    return bell.rang, bell.ended


def test_it_rings_for_each_interval_and_for_the_end() -> None:
    loop, woken = EarlyLoop(), list[float]()
    bell = wound(loop, woken, end=190.0)
    assert heard(bell) == (False, False)
    loop.pass_time()
    assert heard(bell) == (True, False)
    bell.wind()
    assert heard(bell) == (False, False)
    loop.pass_time()
    assert heard(bell) == (True, True)
    assert [round(at) for at in woken] == [160, 190]


def test_a_watch_shorter_than_the_interval_ends_in_time() -> None:
    loop, woken = EarlyLoop(), list[float]()
    bell = wound(loop, woken, end=105.0)
    loop.pass_time()
    assert bell.ended and round(loop.now) == 105


def test_a_stopped_bell_is_silent() -> None:
    loop, woken = EarlyLoop(), list[float]()
    wound(loop, woken, end=190.0).stop()
    assert not loop.timers and not woken
