"""Watches of one client let events gather, and keep the order of what happened."""

from __future__ import annotations

import asyncio

import pytest
from wherry.apiserver.endpoints import rounds
from wherry.apiserver.endpoints.rounds import Rounds

from tests.support import run


async def send(turns: Rounds, name: str, sent: list[str], *, served: float) -> None:
    """One watch with something to send."""
    await turns.turn(served)
    sent.append(name)


def test_what_follows_closely_waits_for_more() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        before = loop.time()
        await Rounds().turn(0.0)
        assert loop.time() - before < rounds.GATHER_SECONDS, "the first one goes at once"
        await Rounds().turn(loop.time())
        assert loop.time() - before >= rounds.GATHER_SECONDS * 0.9

    run(scenario())


def test_whoever_sends_lets_those_before_it_send_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "GATHER_SECONDS", 60.0)

    async def scenario() -> None:
        turns, sent, now = Rounds(), list[str](), asyncio.get_running_loop().time()
        gathering = [asyncio.create_task(send(turns, name, sent, served=now)) for name in ("a", "b")]
        await asyncio.sleep(0)
        await send(turns, "c", sent, served=now - 61)
        await asyncio.gather(*gathering)
        assert sent == ["a", "b", "c"]

    run(scenario())


def test_a_watch_that_ended_is_waited_for_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "GATHER_SECONDS", 60.0)

    async def scenario() -> None:
        turns, sent, now = Rounds(), list[str](), asyncio.get_running_loop().time()
        ended = asyncio.create_task(send(turns, "a", sent, served=now))
        await asyncio.sleep(0)
        ended.cancel()
        await asyncio.wait((ended,))
        await send(turns, "b", sent, served=0.0)
        assert sent == ["b"]

    run(scenario())
