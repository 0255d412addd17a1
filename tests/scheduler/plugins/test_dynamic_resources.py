"""Devices for pods: which are found, what is written, what a pod waits for."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.apimachinery.resource_claims import FINALIZER
from wherry.scheduler.contract import Freeing
from wherry.scheduler.diagnosis import Diagnosis
from wherry.scheduler.framework import Framework
from wherry.scheduler.plugins.dynamic_resources import DynamicResources
from wherry.scheduler.preemption import Preemption, Unhelpful

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
from tests.scheduler.objects import at_once, node, pod
from tests.support import run

Object = dict[str, Any]


def test_the_pod_goes_where_the_device_is() -> None:
    bench = Bench(device_class(), claim(), offer(device("d0"), on="b"), nodes=(node("a"), node("b")))
    assert bench.world.place(wanting()) == "b"


def test_what_is_written_before_the_pod_is_bound() -> None:
    bench = Bench(device_class(), claim(), offer(device("d0")))
    assert bench.chosen(wanting()) == ["d0"]
    first, last = bench.written
    assert first["metadata"]["finalizers"] == [FINALIZER]
    assert last["status"]["reservedFor"] == [{"resource": "pods", "name": "p", "uid": "uid-p"}]
    allocation = last["status"]["allocation"]
    assert allocation["devices"] == {
        "results": [{"request": "r", "driver": DRIVER, "pool": "a", "device": "d0"}]
    }
    (term,) = allocation["nodeSelector"]["nodeSelectorTerms"]
    assert term == {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a"]}]}


def test_selectors_of_class_and_request_both_hold() -> None:
    large: Object = {"selectors": [{"cel": {"expression": f"device.attributes['{DRIVER}'].size > 3"}}]}
    cls = device_class(f"device.driver == '{DRIVER}'")
    bench = Bench(cls, claim(request(**large)), offer(device("d0"), device("d1", 5)))
    assert bench.chosen(wanting()) == ["d1"]


def test_a_selector_that_fails_ends_the_attempt() -> None:
    cls = device_class(f"device.attributes['{DRIVER}'].absent == 1")
    why = 'running "DynamicResources" filter plugin: class gpu: selector #0: CEL runtime error: '
    assert Bench(cls, claim(), offer(device("d0"))).world.place(wanting()) == f"{why}no such key: absent"


def test_a_selector_that_fails_where_room_might_be_made_ends_no_more_than_the_preemption() -> None:
    asked = claim(request(selectors=[{"cel": {"expression": "device.attributes['x.example.com'].no > 1"}}]))
    low = pod("low", cpu="4", on="a", priority=1)
    bench = Bench(device_class(), asked, offer(device("d0")), nodes=(node("a"), low))
    high = bench.world.info(wanting(cpu="1", priority=100))
    diagnosis = at_once(bench.world.framework.attempt(high))
    assert isinstance(diagnosis, Diagnosis)
    found = Preemption(bench.world.framework, bench.world.cache, lambda namespace: (), Random(1))
    said = at_once(found.search(high, diagnosis))
    why = 'preemption: running "DynamicResources" filter plugin: claim default/c: selector #0: CEL '
    assert isinstance(said, Unhelpful) and said.message.startswith(why)


def test_the_first_alternative_that_can_be_had() -> None:
    big = {"cel": {"expression": f"device.attributes['{DRIVER}'].size > 9"}}
    either = [
        {"name": "big", "deviceClassName": "gpu", "selectors": [big]},
        {"name": "any", "deviceClassName": "gpu"},
    ]
    bench = Bench(device_class(), claim({"name": "r", "firstAvailable": either}), offer(device("d0")))
    bench.chosen(wanting())
    (result,) = bench.written[-1]["status"]["allocation"]["devices"]["results"]
    assert result["request"] == "r/any"


@pytest.mark.parametrize("rival", ["", "a", "b"])
def test_nodes_with_an_earlier_alternative_are_better_whoever_waits_for_room_there(rival: str) -> None:
    big = {"cel": {"expression": f"device.attributes['{DRIVER}'].size > 9"}}
    either = [
        {"name": "big", "deviceClassName": "gpu", "selectors": [big]},
        {"name": "any", "deviceClassName": "gpu"},
    ]
    offers = (offer(device("d0")), offer(device("d1", 10), on="b"))
    asked = claim({"name": "r", "firstAvailable": either})
    bench = Bench(device_class(), asked, *offers, nodes=(node("a"), node("b")))
    if rival:
        bench.world.cache.nominate(bench.world.info(pod("rival", priority=100)), rival)
    assert bench.chosen(wanting()) == ["d1"]


@pytest.mark.parametrize(
    ("asked", "entries", "found"),
    [
        ({"count": 2}, [device("d0"), device("d1")], ["d0", "d1"]),
        ({"count": 2}, [device("d0")], None),
        ({"allocationMode": "All"}, [device("d0"), device("d1")], ["d0", "d1"]),
        ({"allocationMode": "All"}, [], None),
        ({}, [device("d0", taints=[{"key": "k", "effect": "NoSchedule"}]), device("d1")], ["d1"]),
    ],
)
def test_how_many_and_which(asked: Object, entries: list[Object], found: list[str] | None) -> None:
    bench = Bench(device_class(), claim(request(**asked)), offer(*entries))
    if found is None:
        assert bench.world.place(wanting()) == NONE
    else:
        assert bench.chosen(wanting()) == found


@pytest.mark.parametrize(
    ("constraint", "found"), [("matchAttribute", ["d0", "d2"]), ("distinctAttribute", ["d0", "d1"])]
)
def test_constraints_between_requests(constraint: str, found: list[str]) -> None:
    rule = {constraint: f"{DRIVER}/size"}
    both = claim(request("r"), request("s"), constraints=[rule])
    bench = Bench(device_class(), both, offer(device("d0"), device("d1", 2), device("d2")))
    assert bench.chosen(wanting()) == found


def test_a_device_has_one_claim_unless_it_is_for_administration() -> None:
    objects = [device_class(), allocated("other"), offer(device("d0"))]
    assert Bench(*objects, claim()).world.place(wanting()) == NONE
    assert Bench(*objects, claim(request(adminAccess=True))).chosen(wanting()) == ["d0"]


def test_an_incomplete_pool_is_not_used_and_an_old_one_forgotten() -> None:
    assert (
        Bench(device_class(), claim(), offer(device("d0"), pool={"resourceSliceCount": 2})).world.place(
            wanting()
        )
        == NONE
    )
    newer = offer(device("d9"), pool={"generation": 2})
    assert Bench(device_class(), claim(), offer(device("d0")), newer).chosen(wanting()) == ["d9"]


def test_an_allocated_claim_draws_the_pod_and_gains_a_user() -> None:
    bench = Bench(device_class(), allocated(on="b"), nodes=(node("a"), node("b")))
    assert bench.chosen(wanting()) == ["d0"]
    (written,) = bench.written
    assert [user["name"] for user in written["status"]["reservedFor"]] == ["p"]
    bench = Bench(device_class(), allocated(on="b"))
    why = "0/1 nodes are available: 1 resourceclaim not available on the node."
    assert bench.world.place(wanting()) == why


def test_a_class_that_does_not_exist() -> None:
    why = "0/1 nodes are available: request r: device class gpu does not exist."
    bench = Bench(claim(), offer(device("d0")))
    assert bench.world.place(wanting()) == why
    assert bench.unblock() == Freeing("no new claims to deallocate")


def test_what_is_held_counts_for_the_next_pod_until_given_back() -> None:
    bench = Bench(device_class(), claim(), claim(name="d"), offer(device("d0")))
    assert bench.world.place(wanting()) == "a"
    (held,) = bench.world.framework.reserve(bench.world.cache.nodes["a"])
    assert bench.world.place(wanting("d")) == NONE
    held.undo()
    assert bench.world.place(wanting("d")) == "a"


def test_settings_of_class_and_claim_are_handed_on() -> None:
    opaque = {"opaque": {"driver": DRIVER, "parameters": {}}}
    bench = Bench(device_class(config=[opaque]), claim(config=[opaque]), offer(device("d0")))
    bench.chosen(wanting())
    config = bench.written[-1]["status"]["allocation"]["devices"]["config"]
    assert [one["source"] for one in config] == ["FromClass", "FromClaim"]


class Busy(FakeClock):
    """Time passes whenever somebody looks."""

    def __init__(self, step: float) -> None:
        super().__init__()
        self._step = step

    def monotonic(self) -> float:
        self._elapsed += self._step
        return self._elapsed


def searching(patience: float, step: float) -> str:
    """What becomes of a search that takes long on either of two nodes; a look at the clock takes `step`."""
    rule = {"matchAttribute": f"{DRIVER}/size"}
    offers = [offer(*(device(f"d{i}", i % 3) for i in range(21)), on=name) for name in ("a", "b")]
    asked = claim(request(count=8), constraints=[rule])
    bench = Bench(device_class(), asked, *offers, nodes=(node("a"), node("b")))
    plugin = DynamicResources(bench.devices, Busy(step), patience)
    framework = bench.world.framework
    profile = framework.profile._replace(cluster=(plugin,), cluster_scores=())
    found = at_once(Framework(bench.world.cache, profile, Random(1)).attempt(bench.world.info(wanting())))
    return str(found)


def test_a_search_ends_with_its_time_and_all_searches_of_an_attempt_together() -> None:
    late = "timed out trying to allocate devices"
    assert searching(10.0, 0.0) == "0/2 nodes are available: 2 cannot allocate all claims."
    assert searching(0.0, 100.0) == "0/2 nodes are available: 2 cannot allocate all claims."
    assert searching(1.0, 1.1) == f'running "DynamicResources" filter plugin: node a: {late}'


def hard(*sizes: int) -> tuple[Bench, Framework]:
    """Seven devices alike are wanted of those of these sizes; a turn is over whenever it may be."""
    offers = offer(*(device(f"d{i}", size) for i, size in enumerate(sizes)))
    rule = {"matchAttribute": f"{DRIVER}/size"}
    bench = Bench(device_class(), claim(request(count=7), constraints=[rule]), offers)
    plugin = DynamicResources(bench.devices, Busy(0.001), turn=0.001)
    profile = bench.world.framework.profile._replace(cluster=(plugin,), cluster_scores=())
    return bench, Framework(bench.world.cache, profile, Random(1))


def turns(attempt: Any) -> tuple[int, Any]:
    """How many times others had theirs, and what was found."""
    taken = 0
    try:
        while next(attempt) is None:
            taken += 1
    except StopIteration as end:
        return taken, end.value
    raise AssertionError("it waits for somebody")


def test_a_search_that_takes_long_lets_others_have_their_turn() -> None:
    bench, framework = hard(*range(5), *[0, 1, 2, 3] * 5)
    taken, found = turns(framework.attempt(bench.world.info(wanting())))
    assert (taken > 0, str(found)) == (True, NONE)


def test_devices_that_are_taken_between_turns_are_not_given_twice() -> None:
    bench, framework = hard(*[0] * 6, *[1] * 8)
    attempt = framework.attempt(bench.world.info(wanting()))
    assert next(attempt) is None
    bench.devices.promise("default/other", allocated("other", to="d6"))
    _, found = turns(attempt)
    (held,) = framework.reserve(found)
    assert run(held.pre_bind(bench.tell)) == ""
    given = bench.written[-1]["status"]["allocation"]["devices"]["results"]
    assert [one["device"] for one in given] == [f"d{i}" for i in range(7, 14)]


def test_a_claim_in_another_namespace_is_none_of_the_pods() -> None:
    notes = {"resource.kubernetes.io/extended-resource-claim": "true"}
    owner = [{"kind": "Pod", "name": "p", "uid": "uid-p", "controller": True}]
    forged = claim(name="forged")
    forged["metadata"] |= {"namespace": "eve", "annotations": notes, "ownerReferences": owner}
    resource = "example.com/gpu"
    served = device_class(extendedResourceName=resource)
    container = {"name": "c", "resources": {"requests": {resource: "1"}}}
    mine = pod("p", containers=[container])
    assert Bench(served, forged, offer(device("d0"))).place(mine) == "a"
    forged["metadata"]["namespace"] = "default"
    assert "cannot schedule extended resource claim" in Bench(served, forged, offer(device("d0"))).place(mine)


def test_a_claim_takes_so_many_pods_and_no_more() -> None:
    full = allocated()
    full["status"]["reservedFor"] = [
        {"resource": "pods", "name": f"n{i}", "uid": f"n{i}"} for i in range(256)
    ]
    assert Bench(device_class(), full).place(wanting()) == "0/1 nodes are available: resourceclaim in use."
    full["status"]["reservedFor"][7]["uid"] = "uid-p"
    assert Bench(device_class(), full).place(wanting()) == "a"
