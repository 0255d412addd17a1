"""Work in steps, and what happens while it lasts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from wherry.scheduler.aside import ANYTHING, MOST, Meanwhile
from wherry.scheduler.changes import NODE, Action, Change
from wherry.scheduler.steps import Steps, in_turns

from tests.support import run

COMES = Change(NODE, Action.Add, None, {})


class Desk:
    """Whose work it is."""

    now: Any = "nobody's"


def test_answers_come_back_and_others_have_their_turn_in_between() -> None:
    desk = Desk()
    seen: list[str] = []

    def work() -> Steps[int]:
        desk.now = "mine"
        yield None
        seen.append(desk.now)
        found = yield lambda: asyncio.sleep(0, 41)
        seen.append(desk.now)
        return int(found) + 1

    async def other() -> None:
        for _ in range(5):
            desk.now = "theirs"
            await asyncio.sleep(0)

    async def both() -> int:
        found, _ = await asyncio.gather(in_turns(work(), desk), other())
        return found

    assert run(both()) == 42
    assert seen == ["mine", "mine"]


def test_work_that_is_given_up_ends_at_its_step() -> None:
    ended: list[bool] = []

    def work() -> Steps[None]:
        try:
            yield lambda: asyncio.sleep(60)
        finally:
            ended.append(True)

    async def hasty() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(in_turns(work(), Desk()), 0.01)

    run(hasty())
    assert ended == [True]


def test_the_first_change_that_helps_is_named() -> None:
    meanwhile = Meanwhile("ns/p")
    assert meanwhile.helping(lambda change, up_to: True) == ""
    meanwhile.add(COMES, 7)
    assert meanwhile.helping(lambda change, up_to: up_to == 7) == COMES.label
    assert meanwhile.helping(lambda change, up_to: False) == ""


def test_so_much_may_happen_that_anything_may_help() -> None:
    meanwhile = Meanwhile("ns/p")
    for _ in range(MOST + 1):
        meanwhile.add(COMES, None)
    assert meanwhile.helping(lambda change, up_to: False) == ANYTHING
