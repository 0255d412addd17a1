"""Which devices are found: parts of devices, shares of them, and pools in several slices."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scheduler.dra.bench import (
    DRIVER,
    NONE,
    Bench,
    allocated,
    claim,
    device,
    device_class,
    offer,
    request,
    wanting,
)
from tests.scheduler.objects import node

Object = dict[str, Any]


def parts(*devices: Object) -> tuple[Object, Object]:
    """A pool of two slices: the counters, and devices that use them."""
    pool = {"resourceSliceCount": 2}
    counters = [{"name": "card", "counters": {"memory": {"value": "8Gi"}}}]
    return offer(name="counters", pool=pool, sharedCounters=counters), offer(
        *devices, name="parts", pool=pool
    )


def part(name: str, memory: str, **more: Any) -> Object:
    uses = [{"counterSet": "card", "counters": {"memory": {"value": memory}}}]
    return device(name, consumesCounters=uses, **more)


def shared(name: str = "d0", **memory: Any) -> Object:
    return device(name, allowMultipleAllocations=True, capacity={"memory": {"value": "8Gi", **memory}})


def test_parts_of_one_card_are_given_while_its_counters_last() -> None:
    pool = parts(part("half", "4Gi"), part("most", "6Gi"), part("quarter", "2Gi"))
    bench = Bench(device_class(), claim(request(count=2)), *pool)
    assert bench.chosen(wanting()) == ["half", "quarter"]


def test_what_other_claims_use_of_a_card_counts() -> None:
    pool = parts(part("whole", "8Gi"), part("d0", "1Gi"))
    assert Bench(device_class(), claim(), allocated("o"), *pool).place(wanting()) == NONE


def test_a_pool_whose_devices_use_unknown_counters_is_not_used() -> None:
    _, only = parts(part("half", "4Gi"))
    only["spec"]["pool"]["resourceSliceCount"] = 1
    why = "0/1 nodes are available: 1 invalid resource pools were encountered."
    assert Bench(device_class(), claim(), only).place(wanting()) == why


def test_a_share_of_a_device_is_what_the_request_asks_for() -> None:
    bench = Bench(device_class(), claim(request(capacity={"requests": {"memory": "3Gi"}})), offer(shared()))
    (result,) = bench.results(wanting())
    assert result["consumedCapacity"] == {"memory": "3Gi"}
    assert len(result["shareID"]) == 36


@pytest.mark.parametrize(("asked", "fits"), [("5Gi", True), ("6Gi", False)])
def test_shares_are_given_while_there_is_some_left(asked: str, fits: bool) -> None:
    used = allocated("o", shareID="s", consumedCapacity={"memory": "3Gi"})
    mine = claim(request(capacity={"requests": {"memory": asked}}))
    assert (Bench(device_class(), mine, used, offer(shared())).place(wanting()) == "a") is fits


def test_two_requests_share_a_device_but_one_request_does_not_take_it_twice() -> None:
    share = {"requests": {"memory": "2Gi"}}
    two = claim(request("r", capacity=share), request("s", capacity=share))
    assert Bench(device_class(), two, offer(shared())).chosen(wanting()) == ["d0", "d0"]
    twice = claim(request(capacity=share, count=2))
    assert Bench(device_class(), twice, offer(shared())).place(wanting()) == NONE


def test_choices_for_one_claim_are_taken_back_when_the_next_finds_nothing() -> None:
    large: Object = {"selectors": [{"cel": {"expression": f"device.attributes['{DRIVER}'].size > 3"}}]}
    bench = Bench(
        device_class(), claim(), claim(request(**large), name="d"), offer(device("big", 9), device("small"))
    )
    assert bench.place(wanting("c", "d")) == "a"
    bench.held(wanting("c", "d"))
    assert {str(d) for d in bench.devices.taken().devices()} == {f"{DRIVER}/a/{n}" for n in ("big", "small")}


def test_pools_whose_devices_bind_late_come_last() -> None:
    late = offer(device("late", bindingConditions=["ready"]), on="a", pool={"name": "0"})
    late["metadata"]["name"] = "late"
    assert Bench(device_class(), claim(), late, offer(device("now"))).place(wanting()) == "a"


def test_devices_with_nodes_of_their_own() -> None:
    places = [device("d0", nodeName="b"), device("d1", allNodes=True)]
    objects = (device_class(), claim(), offer(*places, perDeviceNodeSelection=True))
    assert Bench(*objects).chosen(wanting()) == ["d1"]
    assert Bench(*objects, nodes=(node("b"),)).chosen(wanting()) == ["d0"]


def test_asking_for_all_while_a_pool_is_updated_is_an_error() -> None:
    mine = claim(request(allocationMode="All"))
    why = f"asks for all devices, but resource pool {DRIVER}/a is currently being updated"
    found = Bench(device_class(), mine, offer(device("d0"), pool={"resourceSliceCount": 2})).place(wanting())
    assert found == f'running "DynamicResources" filter plugin: claim default/c, request r: {why}'


def test_more_devices_than_a_claim_may_have() -> None:
    found = Bench(device_class(), claim(request(count=33)), offer(device("d0"))).place(wanting())
    assert found.endswith("claim default/c: number of requested devices 33 exceeds the claim limit of 32")


def test_nodes_where_an_earlier_alternative_can_be_had_are_better() -> None:
    big = {"cel": {"expression": f"device.attributes['{DRIVER}'].size > 9"}}
    ways = [
        {"name": "big", "deviceClassName": "gpu", "selectors": [big]},
        {"name": "any", "deviceClassName": "gpu"},
    ]
    slices = (offer(device("d0")), offer(device("d0", 10), on="b"), offer(device("d0"), on="c"))
    nodes = (node("a"), node("b"), node("c"))
    mine = claim({"name": "r", "firstAvailable": ways})
    assert Bench(device_class(), mine, *slices, nodes=nodes).place(wanting()) == "b"


def test_settings_of_a_class_stand_once_with_all_their_requests() -> None:
    opaque = {"opaque": {"driver": DRIVER, "parameters": {}}}
    two = claim(request("r"), request("s"), config=[{**opaque, "requests": ["s"]}])
    bench = Bench(device_class(config=[opaque]), two, offer(device("d0"), device("d1")))
    bench.chosen(wanting())
    config = bench.written[-1]["status"]["allocation"]["devices"]["config"]
    assert [one["requests"] for one in config] == [["r", "s"], ["s"]]
