"""Shuffle sharding and the fair order of queues."""

from __future__ import annotations

from wherry.apiserver.flowcontrol.level import Flow, Level, Shape, Ticket
from wherry.apiserver.flowcontrol.queues import Queues, deal
from wherry.apiserver.flowcontrol.statistics import FlowCounts


def ticket(seats: int = 1) -> Ticket:
    level = Level("l", "", Shape(exempt=False, shares=1), 0.0)
    return Ticket(Flow("s", level, "", (), FlowCounts()), seats, 0.0)


def test_a_hand_has_different_cards_and_stays_the_same() -> None:
    hand = deal("schema", "jane", 64, 8)
    assert len(set(hand)) == 8
    assert all(0 <= card < 64 for card in hand)
    assert hand == deal("schema", "jane", 64, 8) != deal("schema", "joe", 64, 8)


def test_a_deck_too_large_to_lay_out_is_dealt_from_as_well() -> None:
    hand = deal("schema", "jane", 1_000_000, 3)
    assert len(set(hand)) == 3
    assert all(0 <= card < 1_000_000 for card in hand)


def test_the_whole_deck_may_be_dealt() -> None:
    assert sorted(deal("schema", "jane", 5, 5)) == [0, 1, 2, 3, 4]


def test_the_emptiest_queue_of_the_hand_is_joined() -> None:
    queues = Queues(4, 4, 10)
    first = queues.choose("s", "jane")
    first.push(ticket(3))
    second = queues.choose("s", "jane")
    assert second is not first
    second.push(ticket(1))
    assert queues.choose("s", "jane") not in (first, second)


def test_queues_take_turns_by_the_seats_they_had() -> None:
    queues = Queues(64, 1, 10)
    heavy, light = queues.choose("s", "jane"), queues.choose("s", "joe")
    assert heavy is not light
    for queue, seats in ((heavy, 3), (light, 1)):
        for _ in range(8):
            queue.push(ticket(seats))
    order = []
    for _ in range(8):
        next_one = queues.first()
        assert next_one is not None
        order.append(next_one)
        queues.serve(next_one, next_one.pop().seats)
    assert order.count(light) == 6


def test_a_request_that_took_long_sets_its_queue_back() -> None:
    queues = Queues(64, 1, 10)
    slow, quick = queues.choose("s", "jane"), queues.choose("s", "joe")
    for queue in (slow, slow, quick, quick):
        queue.push(ticket())
    queues.serve(slow, slow.pop().seats)
    queues.done(slow, 1, 5.0)
    assert queues.first() is quick


def test_a_queue_without_requests_is_forgotten() -> None:
    queues = Queues(64, 1, 10)
    queue = queues.choose("s", "jane")
    queues.serve(queue, 1)
    queues.done(queue, 1, 1.0)
    assert queues.used == {}
