"""What is written between decision and binding, and what is taken back."""

from __future__ import annotations

import asyncio
from typing import Any

from wherry.apimachinery.clock import FakeClock
from wherry.scheduler.changes import DEVICE_CLASS, Action, Change
from wherry.scheduler.contract import Freeing
from wherry.scheduler.dra.reservation import is_overdue, is_ready

from tests.scheduler.dra.bench import Bench, allocated, claim, device, device_class, offer, wanting
from tests.scheduler.objects import node, pod
from tests.support import run

Object = dict[str, Any]
GPU = "example.com/gpu"


def late(**conditions: str) -> Object:
    """An allocated claim whose device must be made ready."""
    terms: Object = {"bindingConditions": ["Attached"], "bindingFailureConditions": ["Failed"]}
    found = allocated(**terms)
    found["status"]["allocation"]["allocationTimestamp"] = "2026-01-01T00:00:00Z"
    said = [{"type": kind, "status": status} for kind, status in conditions.items()]
    where = {"driver": "gpu.example.com", "pool": "a", "device": "d0"}
    found["status"]["devices"] = [{**where, "conditions": said}]
    return found


def gpus(count: int) -> Object:
    box = {"name": "c", "image": "x:1", "resources": {"requests": {GPU: str(count)}}}
    return pod("p", containers=[box])


def serving(*slices: Object) -> Bench:
    return Bench(device_class(extendedResourceName=GPU), *slices)


def test_a_claim_is_ready_when_every_condition_of_its_devices_is_met() -> None:
    assert is_ready(allocated())
    assert not is_ready(late())
    assert is_ready(late(Attached="True"))


def test_a_claim_is_overdue_after_the_time_devices_have() -> None:
    async def scenario() -> None:
        clock = FakeClock()
        assert not is_overdue(late(), clock, 600)
        await clock.advance(601)
        assert is_overdue(late(), clock, 600)
        assert not is_overdue(allocated(), clock, 600)

    run(scenario())


def test_a_device_that_is_not_ready_is_waited_for_and_one_that_failed_is_given_up() -> None:
    bench = Bench(device_class(), claim(), offer(device("d0", bindingConditions=["Attached"])))
    held = bench.held(wanting())
    failed = late(Failed="True")
    bench.devices.claims.get = lambda key: claim() if not bench.written else failed  # type: ignore[method-assign]
    why = 'running PreBind plugin "DynamicResources": claim c binding failed: reason=, message=""'
    assert run(held.pre_bind(bench.tell)) == why
    assert bench.told == [("BindingConditionsPending", "waiting for binding conditions for device on node a")]
    assert bench.written[-1]["status"] == {"reservedFor": [{"$patch": "delete", "uid": "uid-p"}]}


def test_what_was_written_before_an_interruption_is_taken_back() -> None:
    bench = Bench(device_class(), claim(), offer(device("d0", bindingConditions=["Attached"])))
    held = bench.held(wanting())

    async def scenario() -> str:
        try:
            async with asyncio.timeout(0.05):
                return str(await held.pre_bind(bench.tell))
        except TimeoutError:
            return str(await held.interrupted("out of time"))

    assert run(scenario()) == 'running PreBind plugin "DynamicResources": out of time'
    assert bench.written[-1]["status"] == {"reservedFor": [{"$patch": "delete", "uid": "uid-p"}]}


def test_a_failed_device_makes_room_for_another() -> None:
    bench = Bench(device_class(), late(Failed="True"), offer(device("d0")))
    assert bench.place(wanting()).endswith("1 resourceclaim not available on the node.")
    freeing = bench.unblock()
    assert freeing.message == "deallocation of ResourceClaim completed"
    work: Any = freeing.work
    run(work())
    assert bench.written[-1]["status"] == {}


def test_a_claim_that_others_use_is_not_freed() -> None:
    used = allocated(on="b")
    used["status"]["reservedFor"] = [{"resource": "pods", "name": "other", "uid": "other"}]
    bench = Bench(device_class(), used)
    bench.place(wanting())
    assert bench.unblock() == Freeing("still not schedulable")


def test_a_claim_that_is_being_given_devices_is_waited_for() -> None:
    bench = Bench(device_class(), claim(), offer(device("d0")))
    bench.held(wanting())
    why = "resource claim default/c is in the process of being allocated"
    assert bench.place(wanting()) == f"0/1 nodes are available: {why}."


def test_an_extended_resource_is_served_with_devices_where_the_node_has_none() -> None:
    bench = serving(offer(device("d0"), device("d1")))
    assert bench.chosen(gpus(2)) == ["d0", "d1"]
    told = bench.written[-1]["status"]["extendedResourceClaimStatus"]
    mapping = {"containerName": "c", "resourceName": GPU, "requestName": "container-0-request-0"}
    assert told == {"requestMappings": [mapping], "resourceClaimName": "made"}
    made = bench.written[-2]
    assert made["metadata"]["annotations"] == {"resource.kubernetes.io/extended-resource-claim": "true"}
    assert made["metadata"]["generateName"] == "p-extended-resources-"


def test_devices_for_extended_resources_count_for_the_next_pod() -> None:
    bench = serving(offer(device("d0")))
    bench.chosen(gpus(1))
    assert bench.place(gpus(1)) == "0/1 nodes are available: 1 cannot allocate all claims."


def test_a_node_that_counts_the_resource_itself_needs_no_claim() -> None:
    bench = Bench(device_class(extendedResourceName=GPU), nodes=(node("a", allocatable={GPU: "1"}),))
    assert run(bench.held(gpus(1)).pre_bind(bench.tell)) == ""
    assert bench.written == []


def test_a_resource_that_no_class_stands_behind() -> None:
    assert Bench().place(gpus(1)) == f"0/1 nodes are available: 1 Insufficient {GPU}."


def test_a_class_that_comes_may_help_pods_that_no_node_has_the_resource_for() -> None:
    bench = serving()
    fit: Any = next(f for f in bench.world.framework.profile.filters if f.name == "NodeResourcesFit")
    interest = next(i for i in fit.interests() if i.resource == DEVICE_CLASS)
    change = Change(DEVICE_CLASS, Action.Add, None, device_class(extendedResourceName=GPU))
    assert interest.hint(bench.world.info(gpus(1)), change)
    assert not interest.hint(bench.world.info(pod("other", cpu="1")), change)
