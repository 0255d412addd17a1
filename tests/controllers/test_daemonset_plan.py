"""One pass over a DaemonSet: which nodes get a pod, which pods go, and how an update proceeds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from wherry.controllers.daemonset import pods as daemons
from wherry.controllers.daemonset import rolling, status
from wherry.controllers.daemonset.nodes import Eligibility, same_to_sets
from wherry.controllers.daemonset.plan import Plan, View, manage

from tests.controllers.objects import Object, meta, pod

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DELETED = "2026-01-02T00:00:00Z"


def owner(pod_spec: Object | None = None, **spec: Any) -> Object:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}
    template = {"metadata": {"labels": {"app": "d"}}, "spec": pod_spec or {}}
    return {
        "kind": "DaemonSet",
        "apiVersion": "apps/v1",
        "metadata": meta("d", generation=3, annotations={daemons.GENERATION_NOTE: "7"}),
        "spec": {"template": template, "updateStrategy": strategy, **spec},
    }


def surging(surge: int | str) -> Object:
    rolling_update = {"maxUnavailable": 0, "maxSurge": surge}
    return owner(updateStrategy={"type": "RollingUpdate", "rollingUpdate": rolling_update})


def node(name: str, *taints: str, **labels: str) -> Object:
    listed = [{"key": "k", "effect": effect} for effect in taints]
    return {"metadata": {"name": name, "labels": labels}, "spec": {"taints": listed}}


def daemon(name: str, on: str, at: str = "new", ready: bool | None = True, **more: Any) -> Object:
    return pod(name, node=on, ready=ready, labels={daemons.HASH_LABEL: at}, **more)


def view(of: Object, nodes: list[Object], *pods: Object) -> View:
    return View.of(of, "new", nodes, pods, NOW)


def outcome(plan: Plan) -> tuple[list[str], list[str]]:
    return sorted(plan.create), sorted(p["metadata"]["name"] for p in plan.delete)


def managed(of: Object, nodes: list[Object], *pods: Object, may_kill: bool = True) -> Any:
    return outcome(manage(view(of, nodes, *pods), lambda *_: may_kill))


def stepped(of: Object, nodes: list[Object], *pods: Object) -> Any:
    return outcome(rolling.step(view(of, nodes, *pods)))


AB = [node("a"), node("b")]


def test_every_node_without_one_gets_a_pod() -> None:
    assert managed(owner(), AB, daemon("one", "a")) == (["b"], [])


@pytest.mark.parametrize(
    ("effect", "run", "keep"),
    [("NoSchedule", False, True), ("NoExecute", False, False), ("PreferNoSchedule", True, True)],
)
def test_taints(effect: str, run: bool, keep: bool) -> None:
    assert Eligibility(owner()).of(node("a", effect)) == (run, keep)
    tolerant = {"tolerations": [{"key": "k", "operator": "Exists"}]}
    assert Eligibility(owner(tolerant)).of(node("a", effect)) == (True, True)


def test_a_cordoned_or_sick_node_is_right() -> None:
    taints = [
        {"key": f"node.kubernetes.io/{key}", "effect": effect}
        for key, effect in (("unschedulable", "NoSchedule"), ("not-ready", "NoExecute"))
    ]
    assert Eligibility(owner()).of({"metadata": {"name": "a"}, "spec": {"taints": taints}}).run


def affinity(operator: str, *values: str) -> Object:
    terms = [{"matchExpressions": [{"key": "disk", "operator": operator, "values": list(values)}]}]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return {"affinity": {"nodeAffinity": required}}


@pytest.mark.parametrize(
    ("spec", "run"),
    [
        ({"nodeSelector": {"disk": "fast"}}, True),
        ({"nodeSelector": {"disk": "slow"}}, False),
        (affinity("In", "fast"), True),
        (affinity("NotIn", "fast"), False),
        ({"nodeName": "a"}, True),
        ({"nodeName": "b"}, False),
    ],
)
def test_the_template_chooses_nodes(spec: Object, run: bool) -> None:
    assert Eligibility(owner(spec)).of(node("a", disk="fast")) == (run, run)


def test_heartbeats_concern_nobody() -> None:
    beating = {**node("a"), "status": {"conditions": []}}
    assert same_to_sets(node("a"), beating)
    assert not same_to_sets(node("a"), node("a", "NoSchedule"))
    assert not same_to_sets(node("a"), node("a", disk="fast"))


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        ([daemon("one", "a"), daemon("two", "a")], ([], ["two"])),
        ([daemon("one", "a", phase="Failed")], ([], ["one"])),
        ([daemon("one", "a", phase="Succeeded")], ([], ["one"])),
        ([daemon("one", "a", phase="Failed", deletionTimestamp=DELETED)], ([], [])),
        ([daemon("one", "a"), daemon("two", "gone")], ([], [])),
    ],
)
def test_one_pod_per_node(pods: list[Object], expected: Any) -> None:
    assert managed(owner(), [node("a")], *pods) == expected


def test_a_failed_pod_may_have_to_wait() -> None:
    assert managed(owner(), [node("a")], daemon("one", "a", phase="Failed"), may_kill=False) == ([], [])


def test_a_node_that_is_no_longer_right_loses_its_pod() -> None:
    pods = [daemon("one", "a"), daemon("two", "b")]
    assert managed(owner(), [node("a", "NoSchedule"), node("b", "NoExecute")], *pods) == ([], ["two"])


def test_a_pod_that_waits_for_a_node_that_is_gone_goes() -> None:
    waiting = {**daemons.new_pod(owner(), "gone", "new"), "status": {"phase": "Pending"}}
    waiting["metadata"]["name"] = "waiting"
    assert managed(owner(), [], waiting) == ([], ["waiting"])


@pytest.mark.parametrize(
    ("pods", "deleted"),
    [
        ([daemon("old", "a", "x"), daemon("new", "a", ready=False)], []),
        ([daemon("old", "a", "x"), daemon("new", "a")], ["old"]),
        ([daemon("old", "a", "x", ready=False), daemon("new", "a", ready=False)], ["old"]),
        ([daemon("new1", "a"), daemon("new2", "a")], ["new2"]),
    ],
)
def test_a_surge_allows_two(pods: list[Object], deleted: list[str]) -> None:
    assert managed(surging(1), [node("a")], *pods) == ([], deleted)


def test_a_surge_replaces_before_the_old_pod_is_gone() -> None:
    leaving = daemon("old", "a", "x", deletionTimestamp=DELETED)
    assert managed(surging(1), [node("a")], leaving) == (["a"], [])
    assert managed(owner(), [node("a")], leaving) == ([], [])


@pytest.mark.parametrize(
    ("pods", "deleted"),
    [
        ([daemon("one", "a", "x"), daemon("two", "b", "x")], ["one"]),
        ([daemon("one", "a"), daemon("two", "b", "x")], ["two"]),
        ([daemon("one", "a", ready=False), daemon("two", "b", "x")], []),
        ([daemon("one", "a", "x")], []),
        ([daemon("one", "a", "x", ready=False), daemon("two", "b", "x", ready=False)], ["one", "two"]),
        ([daemon("one", "a", "x", deletionTimestamp=DELETED), daemon("two", "b", "x")], []),
    ],
)
def test_an_update_leaves_enough_available(pods: list[Object], deleted: list[str]) -> None:
    assert stepped(owner(), AB, *pods) == ([], deleted)


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        ([daemon("one", "a", "x"), daemon("two", "b", "x")], (["a"], [])),
        ([daemon("one", "a", "x", ready=False), daemon("two", "b", "x")], (["a", "b"], [])),
        ([daemon("one", "a", "x"), daemon("1", "a", ready=False), daemon("two", "b", "x")], ([], [])),
        ([daemon("one", "a", "x"), daemon("1", "a"), daemon("two", "b", "x")], (["b"], ["one"])),
    ],
)
def test_an_update_surges(pods: list[Object], expected: Any) -> None:
    assert stepped(surging(1), AB, *pods) == expected


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        ([daemon("one", "a"), daemon("two", "b", "x", ready=False)], ([], ["two"])),
        ([daemon("one", "a"), daemon("two", "b", "x")], ([], ["two"])),
        ([daemon("one", "a", ready=False), daemon("two", "b", "x")], ([], [])),
        ([daemon("one", "a"), daemon("two", "gone", "x")], ([], [])),
    ],
)
def test_a_surge_leaves_nodes_out_that_may_only_keep_their_pod(pods: list[Object], expected: Any) -> None:
    """What works there stays until as many as are wanted work elsewhere."""
    assert stepped(surging(1), [node("a"), node("b", "NoSchedule")], *pods) == expected


def test_the_generation_counts_as_the_hash() -> None:
    old = pod("one", labels={daemons.GENERATION_LABEL: "7", daemons.HASH_LABEL: "x"})
    assert daemons.is_updated(owner(), old, "new")
    assert not daemons.is_updated(owner(), daemon("two", "a", "x"), "new")


def test_a_pod_is_meant_for_its_node() -> None:
    made = daemons.new_pod(owner(affinity("In", "fast")), "a", "new")
    required = made["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    here = {"key": "metadata.name", "operator": "In", "values": ["a"]}
    assert required == {"nodeSelectorTerms": [{"matchFields": [here]}]}
    assert daemons.target_node(made) == "a"
    assert made["metadata"]["labels"] == {
        "app": "d",
        daemons.GENERATION_LABEL: "7",
        daemons.HASH_LABEL: "new",
    }


def test_tolerations_are_added_after_the_template_s() -> None:
    own = {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}
    spec = {"hostNetwork": True, "tolerations": [{**own, "tolerationSeconds": 5}]}
    keys = [t["key"].removeprefix("node.kubernetes.io/") for t in daemons.tolerations(spec)]
    assert keys[0] == "not-ready" and keys[-1] == "network-unavailable" and len(keys) == 7
    assert daemons.tolerations(spec)[0] == own


def test_the_status_counts_nodes() -> None:
    nodes = [*AB, node("c", "NoSchedule"), node("d")]
    pods = [daemon("1", "a"), daemon("2", "b", "x", ready=False), daemon("3", "c")]
    computed = status.compute(view(owner(), nodes, *pods), 0, settled=True)
    assert computed == {
        "desiredNumberScheduled": 3,
        "currentNumberScheduled": 2,
        "numberMisscheduled": 1,
        "numberReady": 1,
        "updatedNumberScheduled": 1,
        "numberAvailable": 1,
        "numberUnavailable": 2,
        "observedGeneration": 3,
    }


def test_an_unsettled_set_has_not_acted_on_its_generation() -> None:
    of = {**owner(), "status": {"observedGeneration": 2, "conditions": [{"type": "Mine"}]}}
    computed = status.compute(view(of, []), 1, settled=False)
    assert (computed["observedGeneration"], computed["collisionCount"]) == (2, 1)
    assert computed["conditions"] == [{"type": "Mine"}]


def test_availability_takes_its_time() -> None:
    of = owner(minReadySeconds=10)
    young = daemon("1", "a", since="2026-01-01T23:59:55Z")
    computed = status.compute(view(of, [node("a")], young), 0, settled=True)
    assert (computed["numberReady"], computed["numberAvailable"]) == (1, 0)
