"""Plug-ins that look at a pod's volumes, and what is held for it between decision and binding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from wherry.apimachinery import errors, volumes
from wherry.client.informer import key_of

from tests.controllers import volumes as made
from tests.scheduler.objects import HOST, ZONE, World, node, pod, storage
from tests.support import run

Object = dict[str, Any]
HEAD = "0/1 nodes are available: "
LAZY = made.storage_class(provisioner=volumes.NO_PROVISIONER, volumeBindingMode="WaitForFirstConsumer")


def stored(obj: Object, status: Object, **annotations: str) -> Object:
    meta = {**obj["metadata"], "uid": f"uid-{obj['metadata']['name']}", "resourceVersion": "1"}
    if annotations:
        meta["annotations"] = annotations
    return {**obj, "apiVersion": "v1", "metadata": meta, "status": status}


def free(name: str = "v", on: str = "", **spec: Any) -> Object:
    if on:
        terms = [{"matchExpressions": [{"key": HOST, "operator": "In", "values": [on]}]}]
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": terms}}
    return stored(made.volume(name, **spec), {"phase": "Available"})


def waiting(name: str = "c", **spec: Any) -> Object:
    return stored(made.claim(name, **spec), {"phase": "Pending"})


def bound(name: str = "c", to: str = "v", **spec: Any) -> Object:
    done = {volumes.BIND_COMPLETED: "yes"}
    return stored(made.claim(name, volumeName=to, **spec), {"phase": "Bound"}, **done)


def using(*claims: str, name: str = "p", **spec: Any) -> Object:
    mounted = [{"name": c, "persistentVolumeClaim": {"claimName": c}} for c in claims]
    return pod(name, volumes=mounted, **spec)


def place(mine: Object, *objects: Object, nodes: tuple[Object, ...] = (node("a"),)) -> str:
    return World(*nodes, stored=storage(*objects)).place(mine)


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ([], 'persistentvolumeclaim "c" not found'),
        ([waiting()], "pod has unbound immediate PersistentVolumeClaims"),
        (
            [stored(made.claim(volumeName="v"), {"phase": "Lost"})],
            'persistentvolumeclaim "c" bound to non-existent persistentvolume "v"',
        ),
        ([bound()], 'persistentvolume "v" not found'),
    ],
)
def test_the_claim_itself_keeps_the_pod_waiting(claims: list[Object], why: str) -> None:
    assert place(using("c"), *claims) == f"{HEAD}{why}."


def test_a_claim_that_is_going_is_not_used() -> None:
    going = bound()
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert place(using("c"), going, free()) == f'{HEAD}persistentvolumeclaim "c" is being deleted.'


def test_an_ephemeral_claim_is_waited_for_and_must_be_the_pods_own() -> None:
    mine = pod("p", volumes=[{"name": "e", "ephemeral": {}}])
    why = 'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-e"'
    assert place(mine) == f"{HEAD}{why}."
    strange = bound("p-e")
    why = "PVC default/p-e was not created for pod default/p (pod is not owner)"
    assert place(mine, strange, free()) == f"{HEAD}{why}."


def test_a_bound_volume_draws_the_pod_to_its_node() -> None:
    nodes = (node("a"), node("b"))
    assert place(using("c"), bound(), free(on="b"), nodes=nodes) == "b"


@pytest.mark.parametrize(
    ("objects", "why"),
    [
        ([bound(), free(on="b")], "node(s) didn't match PersistentVolume's node affinity"),
        ([waiting(), LAZY], "node(s) didn't find available persistent volumes to bind"),
        ([waiting(), LAZY, free(on="b")], "node(s) didn't find available persistent volumes to bind"),
        (
            [waiting(size="2Gi"), LAZY, free()],
            "node(s) didn't find available persistent volumes to bind",
        ),
    ],
)
def test_why_a_node_does_not_reach_the_volume(objects: list[Object], why: str) -> None:
    assert place(using("c"), *objects) == f"{HEAD}1 {why}."


def test_two_claims_of_a_pod_do_not_share_a_volume() -> None:
    objects = [waiting("c"), waiting("d"), LAZY, free("v")]
    assert place(using("c", "d"), *objects) != "a"
    assert place(using("c", "d"), *objects, free("w")) == "a"


def test_a_claim_that_waits_gets_the_smallest_volume_whatever_else_it_could_do() -> None:
    able = free("able", accessModes=["ReadWriteOnce", "ReadOnlyMany"])
    known = storage(waiting(), LAZY, free("large", size="2Gi"), able)
    world = World(node("a"), stored=known)
    assert world.place(using("c")) == "a"
    world.framework.reserve(world.cache.nodes["a"])
    promised = known.volumes.get("able")
    assert promised is not None and promised["spec"]["claimRef"]["name"] == "c"


def test_a_provisioner_serves_the_nodes_its_class_allows() -> None:
    topology = [{"matchLabelExpressions": [{"key": ZONE, "values": ["z2"]}]}]
    made_there = made.storage_class(volumeBindingMode="WaitForFirstConsumer", allowedTopologies=topology)
    nodes = (node("a", zone="z1"), node("b", zone="z2"))
    assert place(using("c"), waiting(), made_there, nodes=nodes) == "b"


def test_a_claim_for_one_pod_has_one_pod() -> None:
    alone = bound(accessModes=["ReadWriteOncePod"])
    why = (
        "1 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use "
        "by another pod"
    )
    world = World(node("a"), using("c", name="q", on="a"), stored=storage(alone, free()))
    assert world.place(using("c")) == f"{HEAD}{why}."


def test_a_disk_is_on_a_node_once_unless_it_is_only_read() -> None:
    def disk(name: str, read: bool, **more: Any) -> Object:
        source = {"pdName": "d", "readOnly": read}
        return pod(name, volumes=[{"name": "v", "gcePersistentDisk": source}], **more)

    world = World(node("a"), disk("q", True, on="a"))
    assert world.place(disk("p", False)) == f"{HEAD}1 node(s) had no available disk."
    assert world.place(disk("p", True)) == "a"


def test_a_volume_of_a_zone_is_used_from_there() -> None:
    zoned = free()
    zoned["metadata"]["labels"] = {ZONE: "z2__z3"}
    nodes = (node("a", zone="z1"), node("b", zone="z3"))
    assert place(using("c"), bound(), zoned, nodes=nodes) == "b"
    why = f"{HEAD}1 node(s) had no available volume zone."
    assert place(using("c"), bound(), zoned, nodes=nodes[:1]) == why


def test_a_node_may_call_a_zone_by_its_new_name_only() -> None:
    old = "failure-domain.beta.kubernetes.io/zone"
    before, after = free(), free()
    before["metadata"]["labels"] = {old: "z"}
    after["metadata"]["labels"] = {ZONE: "z"}
    assert place(using("c"), bound(), before, nodes=(node("a", zone="z"),)) == "a"
    assert place(using("c"), bound(), after, nodes=(node("a", labels={old: "z"}),)) != "a"


def test_nodes_without_any_zone_take_every_volume() -> None:
    zoned = free()
    zoned["metadata"]["labels"] = {ZONE: "z"}
    assert place(using("c"), bound(), zoned) == "a"


def test_a_volume_of_ceph_is_the_same_by_its_monitors_too() -> None:
    def image(name: str, *monitors: str, **more: Any) -> Object:
        source = {"pool": "p", "image": "i", "monitors": list(monitors)}
        return pod(name, volumes=[{"name": "v", "rbd": source}], **more)

    world = World(node("a"), image("q", "m1", "m2", on="a"))
    assert world.place(image("p", "m2")) == f"{HEAD}1 node(s) had no available disk."
    assert world.place(image("p", "m3")) == "a"


def csi(name: str) -> Object:
    return free(name, csi={"driver": "csi.example.com", "volumeHandle": name})


def limited(count: int = 1) -> Object:
    """What the node says of its driver."""
    driver = {"name": "csi.example.com", "nodeID": "a", "allocatable": {"count": count}}
    return {"kind": "CSINode", "metadata": {"name": "a"}, "spec": {"drivers": [driver]}}


def attached(name: str, to: str) -> Object:
    spec = {"attacher": "csi.example.com", "nodeName": to, "source": {"persistentVolumeName": name}}
    return {"kind": "VolumeAttachment", "metadata": {"name": f"{name}-{to}"}, "spec": spec}


def test_a_driver_has_so_many_volumes_on_a_node() -> None:
    known = storage(limited(), csi("v"), csi("w"), bound(), bound("d", "w"))
    world = World(node("a"), using("c", name="q", on="a"), stored=known)
    assert world.place(using("d")) == f"{HEAD}1 node(s) exceed max volume count."
    assert world.place(using("c")) == "a"


def test_a_volume_counts_for_as_long_as_it_is_attached() -> None:
    volumes_and_claims = [limited(), csi("v"), csi("w"), bound(), bound("d", "w")]
    assert place(using("d"), *volumes_and_claims, attached("v", "b"), attached("w", "a")) == "a"
    assert place(using("d"), *volumes_and_claims, attached("v", "a")).endswith("exceed max volume count.")


class Api:
    """Takes updates and answers with a higher version."""

    def __init__(self) -> None:
        self.written: list[Object] = []
        self.refuse = False

    async def update(self, r: Any, obj: Object) -> Object:
        if self.refuse:
            raise errors.conflict("", r.resource, obj["metadata"]["name"], "changed")
        version = str(int(obj["metadata"]["resourceVersion"]) + 1)
        self.written.append({**obj, "metadata": {**obj["metadata"], "resourceVersion": version}})
        return self.written[-1]


class Held:
    """A pod with the claim `c` that has been placed on the node `a`."""

    def __init__(self, *objects: Object) -> None:
        self.api = Api()
        self.storage = storage(*objects, client=self.api)
        self.world = World(node("a"), stored=self.storage)
        assert self.world.place(using("c")) == "a"
        (self.reservation,) = self.world.framework.reserve(self.world.cache.nodes["a"])

    def finish(self, claim: Object) -> None:
        """What the controller does, as the informer tells of it."""
        _put(self.storage.claims, claim)
        self.storage.changed()

    async def prepare(self) -> str:
        problem: str = await self.reservation.pre_bind(lambda reason, note: None)
        return problem.removeprefix('running PreBind plugin "VolumeBinding": binding volumes: ')


def _put(latest: Any, obj: Object) -> None:
    latest._informer.objects[key_of(obj)] = {**obj, "metadata": {**obj["metadata"], "resourceVersion": "9"}}


def test_a_chosen_volume_is_promised_at_once_and_written_before_the_pod_is_bound() -> None:
    async def scenario() -> None:
        held = Held(waiting(), LAZY, free())
        promised = held.storage.volumes.get("v")
        assert promised is not None
        assert promised["spec"]["claimRef"]["name"] == "c"
        held.finish(bound())
        assert await held.reservation.pre_bind(lambda reason, note: None) == ""
        (volume,) = held.api.written
        assert volume["metadata"]["annotations"] == {volumes.BOUND_BY_CONTROLLER: "yes"}

    run(scenario())


def test_what_could_not_be_written_is_given_back() -> None:
    async def scenario() -> None:
        held = Held(waiting(), LAZY, free())
        held.api.refuse = True
        problem = await held.reservation.pre_bind(lambda reason, note: None)
        assert problem.startswith('running PreBind plugin "VolumeBinding": ')
        held.reservation.undo()
        assert "claimRef" not in (held.storage.volumes.get("v") or {})["spec"]

    run(scenario())


@pytest.mark.parametrize(
    ("left", "why"),
    [({}, "selectedNode annotation reset"), ({volumes.PROVISIONER: "x"}, "provisioning failed")],
)
def test_a_provisioner_is_told_the_node_and_may_give_it_up(left: dict[str, str], why: str) -> None:
    async def scenario() -> None:
        lazy = made.storage_class(volumeBindingMode="WaitForFirstConsumer")
        held = Held(waiting(), lazy)
        held.finish(stored(made.claim(), {"phase": "Pending"}, **left))
        problem = await held.reservation.pre_bind(lambda reason, note: None)
        assert problem == f'running PreBind plugin "VolumeBinding": binding volumes: {why} for PVC "c"'
        (claim,) = held.api.written
        assert claim["metadata"]["annotations"] == {volumes.SELECTED_NODE: "a"}

    run(scenario())


def _loses_the_volume(held: Held) -> None:
    held.storage.volumes._informer.objects.clear()  # type: ignore[attr-defined]


def _loses_the_claim(held: Held) -> None:
    held.storage.claims._informer.objects.clear()  # type: ignore[attr-defined]


def _loses_the_node(held: Held) -> None:
    held.world.cache.remove_node("a")


def _unbinds_the_volume(held: Held) -> None:
    _put(held.storage.volumes, free())


def _moves_the_volume(held: Held) -> None:
    _put(held.storage.volumes, free(on="b"))


AWAY = 'pv "v" node affinity doesn\'t match node "a": no matching NodeSelectorTerms'


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (_loses_the_volume, 'failed to check binding: persistentvolumes "v" not found'),
        (_loses_the_claim, 'failed to check binding: persistentvolumeclaims "default/c" not found'),
        (_loses_the_node, 'failed to get node "a": node "a" not found'),
        (_unbinds_the_volume, 'ClaimRef got reset for pv "v"'),
        (_moves_the_volume, AWAY),
    ],
)
def test_a_matched_volume_may_be_lost_before_the_pod_is_bound(
    happens: Callable[[Held], None], why: str
) -> None:
    async def scenario() -> None:
        held = Held(waiting(), LAZY, free())
        held.world.cache.assume(held.world.info(using("c")), "a")
        happens(held)
        assert await held.prepare() == why

    run(scenario())


def test_a_provided_volume_must_be_in_reach() -> None:
    async def scenario(*objects: Object) -> str:
        held = Held(waiting(), made.storage_class(volumeBindingMode="WaitForFirstConsumer"), *objects)
        given = bound()
        given["metadata"]["annotations"][volumes.SELECTED_NODE] = "a"
        held.finish(given)
        return await held.prepare()

    assert run(scenario(free(on="a"))) == ""
    assert run(scenario(free(on="b"))) == AWAY


def test_a_claim_that_was_to_be_provided_for_may_go() -> None:
    async def scenario() -> None:
        held = Held(waiting(), made.storage_class(volumeBindingMode="WaitForFirstConsumer"))
        _loses_the_claim(held)
        missing = 'persistentvolumeclaims "default/c" not found'
        assert await held.prepare() == f"failed to check provisioning pvc: {missing}"

    run(scenario())


def driver(capacity: bool = True) -> Object:
    meta = {"name": "csi.example.com"}
    return {"kind": "CSIDriver", "metadata": meta, "spec": {"storageCapacity": capacity}}


def room(name: str = "r", on: str = "a", cls: str = "fast", **more: str) -> Object:
    meta = {"name": name, "namespace": "kube-system"}
    where = {"matchLabels": {HOST: on}}
    return {
        "kind": "CSIStorageCapacity",
        "metadata": meta,
        "storageClassName": cls,
        "nodeTopology": where,
        **more,
    }


@pytest.mark.parametrize(
    ("objects", "why"),
    [
        ([driver(), room(capacity="2Gi")], "a"),
        ([driver(capacity=False)], "a"),
        ([], "a"),
        ([driver()], "1 node(s) did not have enough free storage"),
        ([driver(), room(capacity="500Mi")], "1 node(s) did not have enough free storage"),
        ([driver(), room(capacity="2Gi", maximumVolumeSize="1Mi")], "not have enough free storage"),
        ([driver(), room(capacity="2Gi", on="b")], "not have enough free storage"),
        ([driver(), room(capacity="2Gi", cls="slow")], "not have enough free storage"),
        ([driver(), room()], "not have enough free storage"),
    ],
)
def test_a_driver_that_tells_its_capacity_must_have_enough(objects: list[Object], why: str) -> None:
    lazy = made.storage_class(volumeBindingMode="WaitForFirstConsumer")
    assert why in place(using("c"), waiting(), lazy, *objects)


def test_of_several_claims_the_smallest_that_gets_nothing_says_why() -> None:
    lazy = {"volumeBindingMode": "WaitForFirstConsumer"}
    elsewhere = [{"matchLabelExpressions": [{"key": HOST, "values": ["b"]}]}]
    near = made.storage_class(**lazy)
    far = made.storage_class("far", allowedTopologies=elsewhere, **lazy)

    def asking(name: str, size: str, **spec: Any) -> Object:
        return waiting(name, resources={"requests": {"storage": size}}, **spec)

    def why(full: str, away: str) -> str:
        claims = asking("full", full), asking("away", away, storageClassName="far")
        return place(using("full", "away"), *claims, near, far, driver())

    assert "not have enough free storage" in why("1Gi", "2Gi")
    assert "didn't find available persistent volumes to bind" in why("2Gi", "1Gi")
