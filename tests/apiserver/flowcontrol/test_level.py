"""A level's seats: given at once, waited for, refused, and taken back."""

from __future__ import annotations

import asyncio

import pytest
from wherry.apiserver.flowcontrol.level import Flow, Level, Rejected, Shape, Ticket
from wherry.apiserver.flowcontrol.statistics import FlowCounts

from tests.support import run

QUEUED = Shape(exempt=False, shares=1, queues=4, hand=1, length=2)
REFUSING = Shape(exempt=False, shares=1)


def level(limit: int, shape: Shape = QUEUED) -> Level:
    made = Level("l", "uid", shape, 0.0)
    made.limit = limit
    return made


def enter(to: Level, seats: int = 1, now: float = 0.0, who: str = "jane") -> Ticket:
    ticket = Ticket(Flow("s", to, "ByUser", (), FlowCounts()), seats, now)
    if not to.seat(ticket):
        to.enqueue(ticket, who)
    return ticket


def test_a_free_seat_is_taken_at_once() -> None:
    found = level(1)
    assert enter(found).waiting is None
    assert (found.seats, len(found.running)) == (1, 1)


def test_who_has_no_seat_waits_until_one_is_given_back() -> None:
    async def scenario() -> None:
        found = level(1)
        first, second = enter(found), enter(found)
        assert second.waiting
        found.leave(first, 1.0)
        assert not second.waiting
        assert found.waiting == 0
        found.leave(second, 2.0)
        assert (found.seats, found.idle) == (0, True)

    run(scenario())


def test_nobody_overtakes_who_waits() -> None:
    async def scenario() -> None:
        found = level(3)
        enter(found, 2)
        wide = enter(found, 3)
        assert enter(found, 1, who="joe").waiting is not None
        assert wide.waiting is not None

    run(scenario())


def test_a_request_wider_than_the_level_runs_alone() -> None:
    async def scenario() -> None:
        found = level(2)
        narrow = enter(found)
        wide = enter(found, 5)
        assert wide.waiting is not None
        found.leave(narrow, 1.0)
        assert wide.waiting is None

    run(scenario())


def test_a_level_without_queues_refuses() -> None:
    found = level(1, REFUSING)
    enter(found)
    with pytest.raises(Rejected, match="concurrency-limit"):
        enter(found)
    assert found.rejected == 1


def test_a_full_queue_refuses() -> None:
    async def scenario() -> None:
        found = level(1)
        for _ in range(3):
            enter(found)
        with pytest.raises(Rejected, match="queue-full"):
            enter(found)

    run(scenario())


def test_an_exempt_level_never_waits() -> None:
    found = level(0, Shape(exempt=True, shares=0))
    assert all(enter(found).waiting is None for _ in range(100))


def test_waiting_ends_after_a_while() -> None:
    async def scenario() -> None:
        found = level(0)
        ticket = enter(found)
        waiting = ticket.waiting
        assert waiting is not None
        found.expire(ticket, 15.0)
        with pytest.raises(Rejected, match="time-out"):
            await waiting
        assert (found.timed_out, found.idle, ticket.gone) == (1, True, True)

    run(scenario())


def test_who_goes_away_makes_room_for_who_is_behind() -> None:
    async def scenario() -> None:
        found = level(2)
        enter(found)
        wide = enter(found, 2)
        narrow = enter(found)
        assert narrow.waiting
        found.cancel(wide, 1.0)
        assert not narrow.waiting
        assert found.cancelled == 1

    run(scenario())


def test_who_waits_survives_a_change_of_the_queues() -> None:
    async def scenario() -> None:
        found = level(1)
        first, second = enter(found), enter(found)
        waiting = second.waiting
        found.reshape("uid", REFUSING)
        found.leave(first, 1.0)
        assert waiting is not None
        await asyncio.wait_for(waiting, 1)
        with pytest.raises(Rejected):
            enter(found)

    run(scenario())


def test_the_demand_is_averaged_over_time() -> None:
    found = level(10)
    first = enter(found, 4, 0.0)
    found.leave(first, 5.0)
    found.demand.settle(10.0)
    demand = found.demand
    assert (demand.watermark, demand.average, demand.deviation) == (4, 2.0, 2.0)
    assert demand.smoothed == 4.0
    demand.settle(20.0)
    assert (demand.watermark, demand.average) == (0, 0.0)
    assert demand.smoothed == pytest.approx(4 * 0.977)
