"""How soon the supervisor starts a component again that has ended."""

from __future__ import annotations

from wherry.cluster.supervisor import RESTART_FIRST, RESTART_MOST, STEADY, Backoff


def test_who_dies_again_and_again_waits_longer_each_time() -> None:
    backoff = Backoff(1.0)
    assert [backoff.after(0.1) for _ in range(7)] == [0.5, 1.0, 2.0, 4.0, 8.0, RESTART_MOST, RESTART_MOST]


def test_a_good_life_makes_up_for_earlier_deaths() -> None:
    backoff = Backoff(1.0)
    for _ in range(5):
        backoff.after(0.1)
    assert [backoff.after(STEADY), backoff.after(0.1)] == [RESTART_FIRST, RESTART_FIRST * 2]


def test_waits_and_good_lives_pass_in_cluster_time() -> None:
    backoff = Backoff(20.0)
    waits = [backoff.after(0.1), backoff.after(0.1), backoff.after(STEADY / 20)]
    assert waits == [RESTART_FIRST / 20, RESTART_FIRST / 10, RESTART_FIRST / 20]
