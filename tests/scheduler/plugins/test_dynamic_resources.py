"""Devices for pods: which are found, what is written, what a pod waits for."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.resource_claims import FINALIZER

from tests.scheduler.objects import World, devices, node, pod
from tests.support import run

Object = dict[str, Any]
DRIVER = "gpu.example.com"
NONE = "0/1 nodes are available: 1 cannot allocate all claims."


def device(name: str, size: int = 1, **more: Any) -> Object:
    return {"name": name, "attributes": {"size": {"int": size}}, **more}


def offer(*entries: Object, on: str = "a", count: int = 1, generation: int = 1) -> Object:
    pool = {"name": on, "generation": generation, "resourceSliceCount": count}
    spec = {"driver": DRIVER, "nodeName": on, "pool": pool, "devices": list(entries)}
    return {"kind": "ResourceSlice", "metadata": {"name": f"{on}-{generation}"}, "spec": spec}


def device_class(*expressions: str, **spec: Any) -> Object:
    selectors = [{"cel": {"expression": e}} for e in expressions]
    return {"kind": "DeviceClass", "metadata": {"name": "gpu"}, "spec": {"selectors": selectors, **spec}}


def request(name: str = "r", **exactly: Any) -> Object:
    return {"name": name, "exactly": {"deviceClassName": "gpu", "count": 1, **exactly}}


def claim(*requests: Object, name: str = "c", **spec: Any) -> Object:
    meta = {"name": name, "namespace": "default", "uid": f"uid-{name}", "resourceVersion": "1"}
    asked = {"requests": list(requests or (request(),)), **spec}
    return {"kind": "ResourceClaim", "metadata": meta, "spec": {"devices": asked}}


def allocated(name: str = "c", to: str = "d0", on: str = "a") -> Object:
    field = {"key": "metadata.name", "operator": "In", "values": [on]}
    results = [{"request": "r", "driver": DRIVER, "pool": on, "device": to}]
    where = {"nodeSelectorTerms": [{"matchFields": [field]}]}
    status = {"allocation": {"devices": {"results": results}, "nodeSelector": where}}
    return {**claim(name=name), "status": status}


def wanting(*names: str, **spec: Any) -> Object:
    claims = [{"name": name, "resourceClaimName": name} for name in names or ("c",)]
    return pod("p", resourceClaims=claims, **spec)


class Bench:
    """Nodes and what drivers offer there."""

    def __init__(self, *objects: Object, nodes: tuple[Object, ...] = (node("a"),)) -> None:
        self.written: list[Object] = []
        self.devices = devices(*objects, client=self)
        self.world = World(*nodes, offered=self.devices)

    async def update(self, r: Any, obj: Object, *, subresource: str = "") -> Object:
        version = str(int(obj["metadata"]["resourceVersion"]) + 1)
        self.written.append({**obj, "metadata": {**obj["metadata"], "resourceVersion": version}})
        return self.written[-1]

    def chosen(self, mine: Object) -> list[str]:
        """The devices written for the pod, in order, once it is placed."""
        name = self.world.place(mine)
        for held in self.world.framework.reserve(self.world.cache.nodes[name]):
            assert run(held.pre_bind(lambda reason, note: None)) == ""
        results = self.written[-1]["status"]["allocation"]["devices"]["results"]
        return [result["device"] for result in results]


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
    assert Bench(device_class(), claim(), offer(device("d0"), count=2)).world.place(wanting()) == NONE
    newer = offer(device("d9"), generation=2)
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
    assert Bench(claim(), offer(device("d0"))).world.place(wanting()) == why


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
