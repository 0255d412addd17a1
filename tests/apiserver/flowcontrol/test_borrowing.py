"""How seats are divided, and lent to where they are asked for."""

from __future__ import annotations

import pytest
from wherry.apiserver.flowcontrol.borrowing import Need, adjust, divide, share
from wherry.apiserver.flowcontrol.level import Level, Shape


def level(shares: int, lendable: int = 0, borrowing: int | None = None, hand: int = 0) -> Level:
    shape = Shape(exempt=False, shares=shares, lendable=lendable, borrowing=borrowing, queues=hand, hand=hand)
    return Level(f"l{shares}", "", shape, 0.0)


def test_seats_are_divided_by_shares_and_rounded_up() -> None:
    levels = [level(30), level(40), level(5)]
    divide(levels, 600)
    assert [x.nominal for x in levels] == [240, 320, 40]
    divide(levels, 100)
    assert [x.nominal for x in levels] == [40, 54, 7]


def test_what_may_be_lent_and_borrowed_bounds_a_level() -> None:
    one, other = level(50, lendable=40, borrowing=10), level(50)
    divide([one, other], 100)
    assert (one.lower, one.upper) == (30, 55)
    assert (other.lower, other.upper) == (50, 150)


def test_a_new_level_begins_with_half_of_what_it_may_lend() -> None:
    one = level(50, lendable=40)
    divide([one, level(51)], 101)
    assert one.limit == 40


@pytest.mark.parametrize(("nominal", "hand", "wanted"), [(240, 8, 10), (20, 8, 2), (5, 8, 1), (100, 0, 10)])
def test_one_request_takes_a_part_of_the_level_only(nominal: int, hand: int, wanted: int) -> None:
    one = level(1, hand=hand)
    divide([one], nominal)
    assert one.largest == wanted


def test_everybody_gets_the_same_part_of_the_target() -> None:
    given, fair = share(30, [Need(0, 100, 10), Need(0, 100, 5)])
    assert given == pytest.approx([20, 10])
    assert fair == pytest.approx(2)


def test_bounds_go_before_equality() -> None:
    given, _ = share(30, [Need(0, 12, 10), Need(8, 100, 10), Need(0, 100, 0)])
    assert given[0] == 12
    assert sum(given) == pytest.approx(30)


def test_a_busy_level_borrows_from_an_idle_one() -> None:
    busy, idle = level(50, lendable=50), level(51, lendable=50)
    divide([busy, idle], 101)
    busy.demand.change(90, 0.0)
    for one in (busy, idle):
        one.demand.settle(10.0)
    adjust([busy, idle])
    assert busy.limit > 70
    assert idle.limit >= idle.lower == 25
    assert busy.limit + idle.limit == pytest.approx(101, abs=1)


def test_exempt_levels_take_their_seats_from_the_others() -> None:
    exempt = Level("exempt", "", Shape(exempt=True, shares=0), 0.0)
    one = level(10, lendable=50)
    divide([exempt, one], 100)
    exempt.demand.change(60, 0.0)
    exempt.demand.settle(10.0)
    one.demand.settle(10.0)
    adjust([exempt, one])
    assert (exempt.limit, one.limit) == (60, 50)
