"""However claims come, no device, share or counter is given away twice."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest

from tests.scheduler.dra.bench import Bench, claim, device, device_class, offer, request, wanting

Object = dict[str, Any]
COUNTERS, SHARED = 8, 6


def entry(rng: Random, number: int) -> Object:
    """A device for itself, one that several share, or a part of a card."""
    kind = rng.randrange(3)
    if kind == 0:
        return device(f"d{number}", rng.randrange(3))
    if kind == 1:
        capacity = {"slots": {"value": str(SHARED)}}
        return device(f"d{number}", allowMultipleAllocations=True, capacity=capacity)
    use = {"counterSet": "card", "counters": {"memory": {"value": str(rng.randrange(1, 6))}}}
    return device(f"d{number}", consumesCounters=[use])


def asked(rng: Random, number: int) -> Object:
    exactly: Object = {"count": rng.randrange(1, 4)}
    if rng.random() < 0.4:
        exactly = {"capacity": {"requests": {"slots": str(rng.randrange(1, 4))}}}
    return claim(request(**exactly), name=f"c{number}")


@pytest.mark.parametrize("seed", range(25))
def test_nothing_is_given_twice(seed: int) -> None:
    rng = Random(seed)
    entries = [entry(rng, i) for i in range(rng.randrange(2, 9))]
    pool = {"resourceSliceCount": 2}
    card = [{"name": "card", "counters": {"memory": {"value": str(COUNTERS)}}}]
    slices = (offer(name="card", pool=pool, sharedCounters=card), offer(*entries, name="devices", pool=pool))
    claims = [asked(rng, i) for i in range(12)]
    bench = Bench(device_class(), *slices, *claims)
    given: list[Object] = []
    for one in claims:
        mine = wanting(one["metadata"]["name"])
        if bench.place(mine) == "a":
            given += bench.results(mine)
    assert given
    by_name = {each["name"]: each for each in entries}
    whole = Counter(result["device"] for result in given if "shareID" not in result)
    assert set(whole.values()) <= {1}
    slots: Counter[str] = Counter()
    for result in given:
        if "shareID" in result:
            slots[result["device"]] += int(result["consumedCapacity"]["slots"])
    assert all(amount <= SHARED for amount in slots.values())
    uses = [use for name in whole for use in by_name[name].get("consumesCounters", ())]
    assert sum(int(use["counters"]["memory"]["value"]) for use in uses) <= COUNTERS
