"""Watches of one client let events gather, and keep the order of what happened."""

from __future__ import annotations

import asyncio

import pytest
from wherry.apiserver.endpoints import rounds
from wherry.apiserver.endpoints.rounds import Rounds

from tests.support import run


async def send(turns: Rounds, name: str, sent: list[str], *, due: float = 0.0) -> None:
    """One watch with something to send."""
    await turns.turn(due)
    sent.append(name)


def busy() -> float:
    """What a watch is left with that has sent many events."""
    return asyncio.get_running_loop().time() + (rounds.BURST + 1) * rounds.GATHER_SECONDS


def test_a_few_events_go_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "GATHER_SECONDS", 60.0)

    async def scenario() -> None:
        due = 0.0
        async with asyncio.timeout(5):
            for _ in range(rounds.BURST):
                due = await Rounds().turn(due)

    run(scenario())


def test_many_events_wait_for_more_but_never_long() -> None:
    async def scenario() -> None:
        loop, due = asyncio.get_running_loop(), 0.0
        for _ in range(rounds.BURST + 5):
            due = await Rounds().turn(due)
            assert due <= loop.time() + (rounds.BURST + 1) * rounds.GATHER_SECONDS
        before = loop.time()
        await Rounds().turn(due)
        assert loop.time() - before > rounds.GATHER_SECONDS / 2

    run(scenario())


def test_whoever_sends_lets_those_before_it_send_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "GATHER_SECONDS", 60.0)

    async def scenario() -> None:
        turns, sent = Rounds(), list[str]()
        gathering = [asyncio.create_task(send(turns, name, sent, due=busy())) for name in ("a", "b")]
        await asyncio.sleep(0)
        await send(turns, "c", sent)
        await asyncio.gather(*gathering)
        assert sent == ["a", "b", "c"]

    run(scenario())


def test_what_may_go_at_once_needs_no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "GATHER_SECONDS", 60.0)

    async def scenario() -> None:
        turns, due, sent = Rounds(), 0.0, 0
        while (following := turns.at_once(due)) is not None:
            due, sent = following, sent + 1
        assert sent == rounds.BURST + 1

    run(scenario())


def test_nothing_goes_at_once_before_what_is_late() -> None:
    async def scenario() -> None:
        turns, other = Rounds(), object()
        turns.late.add(other)
        assert turns.at_once(0.0) is None
        turns.late.discard(other)
        assert turns.at_once(0.0) is not None

    run(scenario())


def test_a_watch_that_ended_is_waited_for_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "GATHER_SECONDS", 60.0)

    async def scenario() -> None:
        turns, sent = Rounds(), list[str]()
        ended = asyncio.create_task(send(turns, "a", sent, due=busy()))
        await asyncio.sleep(0)
        ended.cancel()
        await asyncio.wait((ended,))
        await send(turns, "b", sent)
        assert sent == ["b"]

    run(scenario())
