"""What happens and whom it may help: which changes a plug-in thinks worth another attempt, and which not."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.scheduler.changes import (
    NODE,
    POD,
    RESOURCE_CLAIM,
    VOLUME_CLAIM,
    WAITING_POD,
    Action,
    Change,
    bare,
    node_actions,
    of_object,
    pod_actions,
)

from tests.scheduler.dra.bench import allocated, claim, wanting
from tests.scheduler.objects import ZONE, World, far, near, node, pod, spread, term

Object = dict[str, Any]
WORLD = World(node("any"), node("a"))
TAINT = {"key": "k", "value": "v", "effect": "NoSchedule"}


def helped(waiting: Object, plugin: str, change: Change) -> bool:
    return WORLD.framework.hints.helps(WORLD.info(waiting), {plugin}, change)


def node_change(new: Object | None, old: Object | None = None) -> Change:
    if new is None:
        return Change(NODE, Action.Delete, bare(old), None)
    actions = node_actions(new, old) if old is not None else Action.Add
    return Change(NODE, actions, bare(old), bare(new))


def gone(obj: Object) -> Change:
    return Change(POD, Action.Delete, WORLD.info(obj), None)


def come(obj: Object) -> Change:
    return Change(POD, Action.Add, None, WORLD.info(obj))


def became(new: Object, old: Object, resource: str = POD) -> Change:
    after, before = WORLD.info(new), WORLD.info(old)
    return Change(resource, pod_actions(after, before), before, after)


def test_what_changed_of_a_node_is_told_apart() -> None:
    before = node("a", taints=[TAINT], unschedulable=True)
    assert node_actions(before, before) == Action(0)
    assert node_actions(node("a", taints=[TAINT]), before) == Action.UpdateNodeTaint
    assert node_actions(before, node("a", taints=[TAINT])) == Action(0)
    assert node_actions(node("a", cpu="8"), node("a")) == Action.UpdateNodeAllocatable
    assert node_actions(node("a", zone="z"), node("a")) == Action.UpdateNodeLabel
    beat = {"type": "Ready", "status": "True", "lastHeartbeatTime": "2"}
    ready, later = node("a"), node("a")
    ready["status"]["conditions"], later["status"]["conditions"] = (
        [beat],
        [{**beat, "lastHeartbeatTime": "3"}],
    )
    assert node_actions(later, ready) == Action(0)
    assert node_actions(ready, node("a")) == Action.UpdateNodeCondition


def test_what_changed_of_a_pod_is_told_apart() -> None:
    before = WORLD.info(pod("p", cpu="2"))
    assert pod_actions(WORLD.info(pod("p", cpu="1")), before) == Action.UpdatePodScaleDown
    assert pod_actions(WORLD.info(pod("p", cpu="3")), before) == Action.Update
    assert pod_actions(WORLD.info(pod("p", cpu="2", labels={"a": "b"})), before) == Action.UpdatePodLabel
    tolerant = WORLD.info(pod("p", cpu="2", tolerations=[{"operator": "Exists"}]))
    assert pod_actions(tolerant, before) == Action.UpdatePodToleration
    gated = WORLD.info(pod("p", cpu="2", schedulingGates=[{"name": "g"}]))
    assert pod_actions(before, gated) == Action.UpdatePodSchedulingGatesEliminated


def test_metrics_name_a_change_by_what_and_how() -> None:
    assert node_change(node("a")).label == "NodeAdd"
    assert gone(pod("p", on="a")).label == "AssignedPodDelete"


def test_whom_no_plug_in_refused_anything_may_help() -> None:
    assert WORLD.framework.hints.helps(WORLD.info(pod("p")), (), gone(pod("x", on="a")))


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        (node("a", cpu="4"), None, True),
        (node("a", cpu="1"), None, False),
        (node("a", cpu="4"), node("a", cpu="1"), True),
        (node("a", cpu="4"), node("a", cpu="4", zone="z"), False),
        (node("a", cpu="4", memory="9Gi"), node("a", cpu="4"), False),
        (node("a", cpu="4", pods="9"), node("a", cpu="4", pods="8"), True),
    ],
)
def test_a_node_helps_who_lacked_room_if_it_has_more_of_it(
    new: Object, old: Object | None, expected: bool
) -> None:
    assert helped(pod("p", cpu="2"), "NodeResourcesFit", node_change(new, old)) is expected


def test_a_pod_that_leaves_or_shrinks_helps_who_lacked_room() -> None:
    waiting = pod("p", cpu="2")
    assert helped(waiting, "NodeResourcesFit", gone(pod("x", on="a")))
    assert not helped(waiting, "NodeResourcesFit", gone(pod("x")))
    assert not helped(waiting, "NodeResourcesFit", come(pod("x", on="a")))
    assert helped(waiting, "NodeResourcesFit", became(pod("x", cpu="1", on="a"), pod("x", cpu="2", on="a")))
    less_memory = became(pod("x", memory="1Gi", on="a"), pod("x", memory="2Gi", on="a"))
    assert not helped(waiting, "NodeResourcesFit", less_memory)
    itself = became(pod("p", cpu="1"), waiting, WAITING_POD)
    assert helped(pod("p", cpu="1"), "NodeResourcesFit", itself)


def test_a_pod_that_leaves_a_node_is_no_help_to_who_cannot_be_there() -> None:
    elsewhere = pod("p", cpu="2", nodeSelector={ZONE: "z"})
    assert not helped(elsewhere, "NodeResourcesFit", gone(pod("x", on="a")))
    assert not helped(pod("p", cpu="2"), "NodeResourcesFit", gone(pod("x", on="unheard-of")))


def test_a_taint_that_goes_helps_and_any_other_change_does_not() -> None:
    tainted = node("a", taints=[TAINT])
    assert helped(pod("p"), "TaintToleration", node_change(node("a"), tainted))
    assert helped(pod("p"), "TaintToleration", node_change(node("a")))
    assert not helped(pod("p"), "TaintToleration", node_change(tainted))
    assert not helped(pod("p"), "TaintToleration", gone(pod("x", on="a")))
    tolerant = pod("p", tolerations=[{"operator": "Exists"}])
    assert helped(tolerant, "TaintToleration", became(tolerant, pod("p"), WAITING_POD))


def test_whoever_waits_for_nodes_hears_of_taints_as_well() -> None:
    tainted = node_change(node("a", taints=[TAINT]), node("a"))
    assert helped(pod("p", cpu="8"), "NodeResourcesFit", tainted)
    assert not helped(pod("p"), "TaintToleration", tainted)
    assert not helped(pod("p"), "NodePorts", node_change(node("a", zone="z"), node("a")))


def test_a_node_that_takes_pods_again_helps() -> None:
    cordoned = node("a", unschedulable=True)
    assert helped(pod("p"), "NodeUnschedulable", node_change(node("a"), cordoned))
    assert not helped(pod("p"), "NodeUnschedulable", node_change(cordoned))
    assert not helped(pod("p"), "NodeUnschedulable", node_change(node("a"), node("a", taints=[TAINT])))


def test_a_node_that_has_the_wanted_label_now_helps() -> None:
    waiting = pod("p", nodeSelector={ZONE: "z"})
    assert helped(waiting, "NodeAffinity", node_change(node("a", zone="z")))
    assert helped(waiting, "NodeAffinity", node_change(node("a", zone="z"), node("a")))
    assert not helped(waiting, "NodeAffinity", node_change(node("a", zone="y"), node("a")))
    assert not helped(waiting, "NodeAffinity", node_change(node("a", zone="z", cpu="9"), node("a", zone="z")))


def ported(name: str, port: int, **more: Any) -> Object:
    return pod(name, containers=[{"name": "c", "ports": [{"containerPort": 1, "hostPort": port}]}], **more)


def test_a_pod_that_had_the_port_helps_when_it_goes() -> None:
    assert helped(ported("p", 80), "NodePorts", gone(ported("x", 80, on="a")))
    assert not helped(ported("p", 80), "NodePorts", gone(ported("x", 81, on="a")))
    assert not helped(ported("p", 80), "NodePorts", gone(ported("x", 80)))
    nominated = ported("x", 80, status={"nominatedNodeName": "a"})
    assert helped(ported("p", 80), "NodePorts", gone(nominated))
    assert helped(ported("p", 80), "NodePorts", node_change(node("a")))


def test_pods_that_a_constraint_counts_help_to_spread() -> None:
    waiting = pod("p", labels={"app": "web"}, topologySpreadConstraints=[spread(ZONE)])
    plugin = "PodTopologySpread"
    web, other = pod("x", labels={"app": "web"}, on="a"), pod("x", labels={"app": "db"}, on="a")
    assert helped(waiting, plugin, come(web))
    assert helped(waiting, plugin, gone(web))
    assert not helped(waiting, plugin, come(other))
    assert not helped(waiting, plugin, come(pod("x", labels={"app": "web"}, on="a", namespace="other")))
    assert helped(waiting, plugin, became(other, web))
    assert helped(waiting, plugin, node_change(node("a", zone="z")))
    assert helped(waiting, plugin, node_change(None, node("a", zone="z")))
    assert not helped(waiting, plugin, node_change(node("a")))
    assert not helped(waiting, plugin, node_change(node("a", zone="z", cpu="9"), node("a", zone="z")))
    itself = pod("p", labels={"app": "db"}, topologySpreadConstraints=[spread(ZONE)])
    assert helped(itself, plugin, became(itself, waiting, WAITING_POD))


def test_a_pod_that_is_wanted_near_helps_when_it_comes() -> None:
    waiting, plugin = pod("p", affinity=near(term("web", ZONE))), "InterPodAffinity"
    web, other = pod("x", labels={"app": "web"}, on="a"), pod("x", labels={"app": "db"}, on="a")
    assert helped(waiting, plugin, come(web))
    assert helped(waiting, plugin, became(web, other))
    assert not helped(waiting, plugin, come(other))
    assert not helped(waiting, plugin, gone(web))
    assert helped(waiting, plugin, node_change(node("a", zone="z")))
    assert not helped(waiting, plugin, node_change(node("a")))


def test_a_pod_that_is_not_wanted_near_helps_when_it_goes() -> None:
    waiting, plugin = pod("p", labels={"app": "db"}, affinity=far(term("web"))), "InterPodAffinity"
    web = pod("x", labels={"app": "web"}, on="a")
    assert helped(waiting, plugin, gone(web))
    assert helped(waiting, plugin, became(pod("x", labels={"app": "db"}, on="a"), web))
    assert not helped(waiting, plugin, come(web))
    assert helped(waiting, plugin, gone(pod("x", affinity=far(term("db")), on="a")))
    assert not helped(waiting, plugin, gone(pod("x", on="a")))


def test_a_claim_helps_the_pods_that_mount_it() -> None:
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "mine"}}]
    mine, other = ({"metadata": {"name": name, "namespace": "default"}} for name in ("mine", "other"))
    for plugin in ("VolumeBinding", "VolumeZone", "VolumeRestrictions", "NodeVolumeLimits"):
        assert helped(pod("p", volumes=volumes), plugin, of_object(VOLUME_CLAIM, False, mine, None))
        assert not helped(pod("p", volumes=volumes), plugin, of_object(VOLUME_CLAIM, False, other, other))


def test_a_claim_helps_when_it_is_the_pods_and_its_status_differs_or_when_it_gives_devices_back() -> None:
    mine, strange = (claim(name=name) for name in ("c", "other"))
    given, protected = allocated(), {**mine, "metadata": {**mine["metadata"], "finalizers": ["f"]}}

    def helps(new: Object, old: Object | None = None) -> bool:
        return helped(wanting(), "DynamicResources", of_object(RESOURCE_CLAIM, False, new, old))

    assert (helps(mine), helps(given, mine), helps(strange, allocated("other"))) == (True, True, True)
    assert (helps(protected, mine), helps(strange), helps(allocated("other"), strange)) == (False,) * 3


def test_what_a_node_can_hold_may_help_a_pod_that_wants_devices() -> None:
    more = node("n", allocatable={"example.com/gpu": "1"})
    assert helped(wanting(), "DynamicResources", node_change(more, node("n")))


def test_what_a_node_says_it_can_do_may_help_a_pod_that_needs_it() -> None:
    rules = [{"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [1]}}]
    asking = pod("p", containers=[{"name": "c", "image": "x:1", "restartPolicyRules": rules}])
    able = node("n")
    able["status"]["declaredFeatures"] = ["RestartAllContainersOnContainerExits"]
    assert helped(asking, "NodeDeclaredFeatures", node_change(able, node("n")))
    assert not helped(asking, "NodeDeclaredFeatures", node_change(node("n")))
