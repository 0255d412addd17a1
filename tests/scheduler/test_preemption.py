"""Preemption: where, whom, and what is said when it does not help."""

from __future__ import annotations

from random import Random
from typing import Any

from wherry.scheduler.diagnosis import Diagnosis
from wherry.scheduler.preemption import NEVER, WAITING, Candidate, Preemption, Unhelpful

from tests.scheduler.objects import HOST, World, at_once, far, node, pod, term

NOT_HELPFUL = "1 Preemption is not helpful for scheduling"
NO_VICTIMS = "1 No preemption victims found for incoming pod"


def find(world: World, obj: Any, *budgets: Any) -> Candidate | Unhelpful:
    info = world.info(obj)
    diagnosis = at_once(world.framework.attempt(info))
    assert isinstance(diagnosis, Diagnosis)
    preemption = Preemption(world.framework, world.cache, lambda namespace: budgets, Random(1))
    return at_once(preemption.search(info, diagnosis))


def victims(found: Candidate | Unhelpful) -> tuple[str, list[str]]:
    assert isinstance(found, Candidate)
    return found.node, [v.name for v in found.victims]


def suffix(total: int, text: str) -> Unhelpful:
    return Unhelpful(f"preemption: 0/{total} nodes are available: {text}.", True)


def low(name: str, on: str, cpu: str = "1", **more: Any) -> Any:
    return pod(name, on=on, cpu=cpu, priority=more.pop("priority", 10), **more)


def test_a_pod_of_lower_priority_goes() -> None:
    world = World(node("a", cpu="1"), low("low", "a"))
    assert victims(find(world, pod("p", cpu="1", priority=100))) == ("a", ["low"])
    assert world.cache.pod("default/low") is not None


def test_equals_and_betters_stay() -> None:
    world = World(node("a", cpu="1"), low("one", "a", priority=100))
    assert find(world, pod("p", cpu="1", priority=100)) == suffix(1, NO_VICTIMS)


def test_a_node_that_is_too_small_even_when_empty_is_no_use() -> None:
    world = World(node("a", cpu="1"), low("low", "a"))
    assert find(world, pod("p", cpu="2", priority=100)) == suffix(1, NOT_HELPFUL)


def test_every_node_has_its_own_reason() -> None:
    world = World(node("a", cpu="2"), node("b", cpu="1"), low("x", "a", "2", priority=100))
    assert find(world, pod("p", cpu="2", priority=100)) == suffix(2, f"{NO_VICTIMS}, {NOT_HELPFUL}")


def test_only_as_many_go_as_needed_and_the_least_important() -> None:
    pods = [low("one", "a", priority=50), low("two", "a", priority=10), low("three", "a", priority=50)]
    world = World(node("a", cpu="3"), *pods)
    assert victims(find(world, pod("p", cpu="1", priority=100))) == ("a", ["two"])


def test_the_node_with_fewer_victims_is_taken() -> None:
    pods = [low("a1", "a"), low("a2", "a"), low("b1", "b", "2")]
    world = World(node("a", cpu="2"), node("b", cpu="2"), *pods)
    assert victims(find(world, pod("p", cpu="2", priority=100))) == ("b", ["b1"])


def budget(allowed: int) -> Any:
    return {
        "metadata": {"uid": "b"},
        "spec": {"selector": {"matchLabels": {"app": "x"}}},
        "status": {"disruptionsAllowed": allowed},
    }


def test_a_budget_is_broken_only_if_it_must_be() -> None:
    guarded = low("guarded", "a", labels={"app": "x"})
    world = World(node("a", cpu="1"), node("b", cpu="1"), guarded, low("free", "b", priority=20))
    assert victims(find(world, pod("p", cpu="1", priority=100), budget(0))) == ("b", ["free"])
    world = World(node("a", cpu="1"), guarded)
    assert victims(find(world, pod("p", cpu="1", priority=100), budget(0))) == ("a", ["guarded"])


def test_room_may_be_missing_because_of_anti_affinity() -> None:
    world = World(node("a"), low("low", "a", labels={"app": "w"}))
    wish = far(term("w", HOST))
    assert victims(find(world, pod("p", priority=100, affinity=wish))) == ("a", ["low"])


def test_a_pod_that_never_preempts() -> None:
    world = World(node("a", cpu="1"), low("low", "a"))
    assert find(world, pod("p", cpu="1", priority=100, preemptionPolicy="Never")) == NEVER


def test_a_pod_that_is_refused_whatever_the_nodes_finds_nobody() -> None:
    diagnosis = Diagnosis(2, message="no such class", plugin="DynamicResources")
    world = World(node("a", cpu="1"), node("b", cpu="1"), low("low", "a"))
    preemption = Preemption(world.framework, world.cache, lambda namespace: (), Random(1))
    found = at_once(preemption.search(world.info(pod("p", cpu="1", priority=100)), diagnosis))
    assert found == suffix(2, "2 Preemption is not helpful for scheduling")


def going(name: str, on: str, **more: Any) -> Any:
    preempted = {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}
    return low(name, on, deleted=True, status={"conditions": [preempted]}, **more)


def nominated(name: str, on: str, **more: Any) -> Any:
    return pod(name, priority=100, status={"phase": "Pending", "nominatedNodeName": on}, **more)


def test_a_pod_waits_for_the_victims_on_its_nominated_node() -> None:
    world = World(node("a", cpu="1"), node("b", cpu="1"), going("out", "a"), low("low", "b"))
    assert find(world, nominated("p", "a", cpu="1")) == WAITING


def test_nobody_waits_for_pods_that_go_for_other_reasons() -> None:
    world = World(node("a", cpu="1"), node("b", cpu="1"), low("out", "a", deleted=True), low("low", "b"))
    assert isinstance(find(world, nominated("p", "a", cpu="1")), Candidate)


def test_nobody_waits_for_a_node_that_no_victim_can_free() -> None:
    cordoned = node("a", cpu="1", unschedulable=True)
    world = World(cordoned, node("b", cpu="1"), going("out", "a"), low("low", "b"))
    assert victims(find(world, nominated("p", "a", cpu="1"))) == ("b", ["low"])


def test_room_made_for_a_nominated_pod_is_kept_from_lesser_ones() -> None:
    world = World(node("a", cpu="1"))
    world.cache.nominate(world.info(pod("waiting", cpu="1", priority=100)), "a")
    assert world.place(pod("p", cpu="1")) == "0/1 nodes are available: 1 Insufficient cpu."
    assert world.place(pod("q", cpu="1", priority=200)) == "a"


def test_equal_pods_are_told_the_same_until_something_changes() -> None:
    world = World(node("a", cpu="1"), low("there", "a", priority=5))
    first, second = (world.info(pod(name, cpu="1", priority=5)) for name in "pq")
    told = at_once(world.framework.attempt(first))
    assert at_once(world.framework.attempt(second)) is told
    assert isinstance(find(world, pod("r", cpu="1", priority=5)), Unhelpful)
    assert victims(find(world, pod("important", cpu="1", priority=6))) == ("a", ["there"])
    world.cache.set_node(node("a", cpu="1", unschedulable=True))
    assert at_once(world.framework.attempt(second)) is not told
