"""How fast the nodes of a zone may be emptied."""

from __future__ import annotations

from typing import Any

from wherry.apimachinery.clock import FakeClock
from wherry.controllers.settings import Settings
from wherry.controllers.zones import Zones

from tests.controllers.objects import Object
from tests.support import run


def node(name: str, zone: str = "a") -> Object:
    return {"metadata": {"name": name, "labels": {"topology.kubernetes.io/zone": zone}}}


def judged(clock: FakeClock, up: int, down: int, **flags: Any) -> Zones:
    zones = Zones(clock, Settings(**flags))
    zones.judge({f"n{i}": (node(f"n{i}"), i < up) for i in range(up + down)})
    return zones


def test_one_node_in_ten_seconds() -> None:
    async def go() -> None:
        clock = FakeClock()
        zones = judged(clock, 3, 2)
        assert zones.may_evict(node("n3"))
        assert not zones.may_evict(node("n4"))
        assert zones.may_evict(node("x", zone="b"))
        await clock.advance(10)
        assert zones.may_evict(node("n4"))

    run(go())


def test_nobody_is_evicted_when_we_are_cut_off() -> None:
    assert judged(FakeClock(), 0, 2).cut_off
    assert not judged(FakeClock(), 1, 2).cut_off
    assert not judged(FakeClock(), 0, 0).cut_off


def test_excluded_nodes_do_not_count() -> None:
    zones, apart = Zones(FakeClock(), Settings()), node("x")
    apart["metadata"]["labels"]["node.kubernetes.io/exclude-disruption"] = ""
    for ready in (False, True):
        zones.judge({"n": (node("n"), ready), "x": (apart, not ready)})
        assert zones.cut_off is not ready
    assert zones.may_evict(apart)


def test_a_small_zone_that_is_mostly_down_is_left_alone() -> None:
    assert not judged(FakeClock(), 1, 3).may_evict(node("n3"))
    assert judged(FakeClock(), 1, 2).may_evict(node("n3"))


def test_a_large_zone_that_is_mostly_down_goes_slower() -> None:
    async def go() -> None:
        clock = FakeClock()
        zones = judged(clock, 10, 50)
        assert zones.may_evict(node("a"))
        await clock.advance(99)
        assert not zones.may_evict(node("b"))
        await clock.advance(1)
        assert zones.may_evict(node("b"))

    run(go())


def test_rates_and_thresholds_can_be_set() -> None:
    assert not judged(FakeClock(), 1, 3, unhealthy_zone_threshold=0.7).may_evict(node("n3"))
    assert judged(FakeClock(), 1, 3, unhealthy_zone_threshold=0.8).may_evict(node("n3"))
    assert judged(FakeClock(), 1, 3, large_cluster_size_threshold=3).may_evict(node("n3"))
    assert not judged(FakeClock(), 3, 1, node_eviction_rate=0).may_evict(node("n3"))
