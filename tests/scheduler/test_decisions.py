"""What the scheduler remembers of its decisions, and how it puts them into words."""

from __future__ import annotations

from random import Random
from typing import Any

from wherry.apimachinery.clock import FakeClock
from wherry.scheduler import explain
from wherry.scheduler.decisions import ATTEMPTS, Decisions, making
from wherry.scheduler.diagnosis import Diagnosis
from wherry.scheduler.preemption import Preemption
from wherry.scheduler.queue import Entry, SchedulingQueue

from tests.scheduler.objects import HOST, World, at_once, node, pod, spread
from tests.support import run

Object = dict[str, Any]


def at(moment: float) -> str:
    return f"t{moment:g}"


class Memory:
    """A world whose attempts are remembered."""

    def __init__(self, *objects: Object, **bounds: int) -> None:
        self.world = World(*objects)
        self.clock = FakeClock()
        self.decisions = Decisions(self.clock, **bounds)

    def attempt(self, obj: Object, number: int = 1) -> Object:
        """The last attempt as it is told."""
        info, framework = self.world.info(obj), self.world.framework
        found = at_once(framework.attempt(info))
        if isinstance(found, Diagnosis):
            self.decisions.refused(info, number, framework.trace, str(found))
        else:
            self.decisions.placed(info, number, framework.trace, found.name)
        return explain.attempt(self.decisions.of(info.uid)[-1], at)


def test_every_score_is_told_with_its_weight() -> None:
    taint = {"key": "k", "value": "v", "effect": "PreferNoSchedule"}
    memory = Memory(node("a", cpu="2"), node("b", cpu="8", taints=[taint]))
    told = memory.attempt(pod("p", cpu="1", memory="1Gi"))
    assert (told["result"], told["node"], told["nodes"]) == ("Scheduled", "a", {"total": 2, "feasible": 2})
    best, other = told["table"]
    assert [best["node"], other["node"]] == ["a", "b"]
    for row in (best, other):
        assert row["total"] == sum(score["weighted"] for score in row["scores"])
    tainted = next(s for s in other["scores"] if s["plugin"] == "TaintToleration")
    assert tainted == {"plugin": "TaintToleration", "score": 0, "weight": 3, "weighted": 0, "raw": 1}
    clean = next(s for s in best["scores"] if s["plugin"] == "TaintToleration")
    assert (clean["score"], clean["weighted"], clean["raw"]) == (100, 300, 0)


def test_plug_ins_that_look_at_other_pods_are_told_too() -> None:
    memory = Memory(node("a"), node("b"), pod("x", on="a", labels={"app": "web"}))
    constraint = spread(HOST, soft=True)
    told = memory.attempt(pod("p", labels={"app": "web"}, topologySpreadConstraints=[constraint]))
    scores = {row["node"]: {s["plugin"]: s["score"] for s in row["scores"]} for row in told["table"]}
    assert scores["b"]["PodTopologySpread"] > scores["a"]["PodTopologySpread"]


def test_refused_nodes_have_a_plug_in_and_its_reasons() -> None:
    memory = Memory(node("a", cpu="1"), node("b", unschedulable=True))
    told = memory.attempt(pod("p", cpu="2"))
    assert (told["result"], told["nodes"]) == ("Unschedulable", {"total": 2, "rejected": 2})
    rejected = {row["node"]: row["rejected"] for row in told["table"]}
    assert rejected["a"]["plugin"] == "NodeResourcesFit"
    assert rejected["a"]["reasons"] == ["Insufficient cpu"]
    assert rejected["b"]["plugin"] == "NodeUnschedulable"


def test_a_single_node_needs_no_scores() -> None:
    told = Memory(node("a")).attempt(pod("p"))
    assert told["table"] == [{"node": "a"}]


def test_an_attempt_before_there_are_nodes() -> None:
    told = Memory().attempt(pod("p"))
    assert (told["nodes"], told["table"]) == ({}, [])
    assert told["message"] == "no nodes available to schedule pods"


def test_what_happened_later_changes_nothing() -> None:
    memory = Memory(node("a"), node("b"))
    before = memory.attempt(pod("p", cpu="1"))
    memory.world.settle(pod("q", cpu="3"), pod("r", cpu="3"))
    assert explain.attempt(memory.decisions.of("uid-p")[-1], at) == before


def test_victims_and_the_plans_not_taken_are_told() -> None:
    memory = Memory(node("a", cpu="1"), node("b", cpu="1"))
    world = memory.world
    for name, on, priority in (("low", "a", 5), ("lower", "b", 1)):
        world.cache.add_pod(world.info(pod(name, on=on, cpu="1", priority=priority)))
    info = world.info(pod("p", cpu="1", priority=100))
    diagnosis = at_once(world.framework.attempt(info))
    assert isinstance(diagnosis, Diagnosis)
    preemption = Preemption(world.framework, world.cache, lambda namespace: (), Random(1))
    chosen = at_once(preemption.search(info, diagnosis))
    found = making(chosen, preemption.considered)
    memory.decisions.refused(info, 1, world.framework.trace, "m", found)
    told = explain.attempt(memory.decisions.of(info.uid)[-1], at)["preemption"]
    assert (told["node"], told["budgetViolations"]) == ("b", 0)
    assert [(v["name"], v["priority"]) for v in told["victims"]] == [("lower", 1)]
    assert [plan["node"] for plan in told["alternatives"]] == ["a"]


def test_the_same_refusal_is_kept_once() -> None:
    memory = Memory(node("a", cpu="1"))
    for number in (1, 2, 3):
        memory.attempt(pod("p", cpu="2"), number)
    assert [d.attempt for d in memory.decisions.of("uid-p")] == [3]


def test_a_few_attempts_of_a_few_pods_are_kept() -> None:
    memory = Memory(node("a"), pods=2)
    for name in ("one", "two", "three"):
        for number in range(ATTEMPTS + 2):
            memory.attempt(pod(name), number)
    known = [len(memory.decisions.of(f"uid-{name}")) for name in ("one", "two", "three")]
    assert known == [0, ATTEMPTS, ATTEMPTS]


def test_large_clusters_are_remembered_for_fewer_pods() -> None:
    memory = Memory(*(node(f"n{i}") for i in range(10)), rows=25)
    for name in ("one", "two", "three"):
        memory.attempt(pod(name))
    assert [len(memory.decisions.of(f"uid-{name}")) for name in ("one", "two", "three")] == [0, 1, 1]


def test_a_binding_that_failed_says_so() -> None:
    memory = Memory(node("a"))
    memory.attempt(pod("p"))
    memory.decisions.failed(memory.world.info(pod("p")), "not now")
    told = explain.attempt(memory.decisions.of("uid-p")[-1], at)
    assert (told["result"], told["node"], told["message"]) == ("BindingFailed", "a", "not now")


def test_a_rehearsal_changes_nothing() -> None:
    world = World(node("a"), node("b"))
    info = world.info(pod("p"))
    trace = world.framework.trace
    told = explain.rehearsal(run(world.framework.rehearse(info)))
    assert (told["result"], sorted(told["best"])) == ("Scheduled", ["a", "b"])
    assert world.framework.trace is trace
    fresh = World(node("a"), node("b"))
    ten = [pod(f"p{i}") for i in range(10)]
    assert world.settle(*ten) == fresh.settle(*ten)


def test_a_rehearsal_of_what_fits_nowhere() -> None:
    world = World(node("a", cpu="1"))
    told = explain.rehearsal(run(world.framework.rehearse(world.info(pod("p", cpu="2")))))
    assert told["result"] == "Unschedulable"
    assert told["message"] == "0/1 nodes are available: 1 Insufficient cpu."


def test_waiting_pods_have_a_state() -> None:
    world = World()
    queue = SchedulingQueue(FakeClock())
    queue.put(world.info(pod("p")))
    entry = queue.take()
    assert entry is not None
    queue.failed(entry, {"NodeResourcesFit"})
    told = explain.waiting(entry, world.framework.profile, at)
    assert (told["state"], told["attempts"]) == ("unschedulable", 1)
    assert told["refusedBy"] == ["NodeResourcesFit"]
    helping = {entry["resource"]: entry["actions"] for entry in told["mayHelp"]}
    assert {"Add", "UpdateNodeAllocatable"} <= set(helping["Node"])
    assert "Delete" in helping["AssignedPod"]


def test_a_back_off_has_an_end() -> None:
    world = World()
    queue = SchedulingQueue(FakeClock())
    queue.broke(world.info(pod("p")), 1)
    entry = queue.get("default/p")
    assert entry is not None
    told = explain.waiting(entry, world.framework.profile, at)
    assert (told["state"], told["backoffUntil"]) == ("error backoff", "t1")


def test_gates_are_named() -> None:
    world = World()
    info = world.info(pod("p", schedulingGates=[{"name": "g"}]))
    assert explain.gates(info) == ["g"]
    told = explain.waiting(Entry(info, 0.0), world.framework.profile, at)
    assert told == {"state": "", "attempts": 0, "since": "t0"}
