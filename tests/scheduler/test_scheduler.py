"""The whole scheduler against a scripted API: bindings, conditions, events, and who is tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from wherry.apimachinery import errors, labels
from wherry.apimachinery.clock import FakeClock
from wherry.client.client import Object
from wherry.client.tasks import Tasks
from wherry.scheduler.bind import Writer
from wherry.scheduler.cache import Cache
from wherry.scheduler.config.load import parse
from wherry.scheduler.config.resolved import Resolved
from wherry.scheduler.feed import Feed
from wherry.scheduler.plugins.default import DEFAULT, Tools
from wherry.scheduler.profiles import desk
from wherry.scheduler.queue import SchedulingQueue
from wherry.scheduler.scheduler import Scheduler

from tests.scheduler.objects import devices, node, pod, storage
from tests.support import run


class Api:
    """Stands in for the client: remembers what was asked."""

    def __init__(self) -> None:
        self.bound: dict[str, str] = {}
        self.events: list[Object] = []
        self.status: dict[str, Object] = {}
        self.counted: list[Object] = []
        self.deleted: list[str] = []
        self.refuse = 0
        self.keeps: errors.StatusError | None = None
        """What deletions fail with."""

    async def create(self, r: Any, obj: Object, namespace: str = "", **more: Any) -> Object:
        if r.resource == "events":
            self.events.append(obj)
        elif self.refuse:
            self.refuse -= 1
            raise errors.conflict("", "pods", obj["metadata"]["name"], "not now")
        else:
            self.bound[obj["metadata"]["name"]] = obj["target"]["name"]
        return obj

    async def patch(self, r: Any, name: str, patch: Object, namespace: str = "", **more: Any) -> Object:
        if r.resource == "events":
            self.counted.append(patch)
        else:
            self.status[name] = patch["status"]
        return {}

    async def delete(self, r: Any, name: str, namespace: str = "", **more: Any) -> Object:
        if self.keeps is not None:
            raise self.keeps
        self.deleted.append(name)
        return {}


class World:
    def __init__(self, clock: FakeClock, *configs: Resolved) -> None:
        self.clock = clock
        self.api = Api()
        client: Any = self.api
        cache, rng, stored, offered = Cache(), Random(1), storage(), devices()
        tools = Tools(cache, lambda pod: labels.EVERYTHING, stored, offered, clock)
        self.writer = Writer(client, clock)
        self.desks = [
            desk(tools._replace(config=config), client, "test", lambda namespace: (), rng)
            for config in configs
        ]
        self.scheduler = Scheduler(cache, SchedulingQueue(clock), self.desks, self.writer, clock)
        self.feed = Feed(self.scheduler, stored, offered)
        self.known: dict[str, Object] = {}

    def node(self, obj: Object) -> None:
        name = obj["metadata"]["name"]
        self.feed.on_node("MODIFIED" if name in self.known else "ADDED", obj, self.known.get(name))
        self.known[name] = obj

    def pod(self, obj: Object, kind: str = "ADDED") -> None:
        self.feed.on_pod(kind, obj, None)

    async def settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0.001)

    def reasons(self) -> list[str]:
        return [f"{e['reason']}: {e['note']}" for e in self.api.events]


def in_world(test: Callable[[World], Awaitable[None]], *configs: Resolved) -> None:
    """Without `configs` with the default profile."""

    async def whole() -> None:
        world = World(FakeClock(), *(configs or (DEFAULT,)))
        async with Tasks() as tasks:
            tasks.spawn("writer", world.writer.run())
            for one in world.desks:
                tasks.spawn(f"events of {one.name}", one.events.run())
            tasks.spawn("scheduling", world.scheduler.run())
            await test(world)

    run(whole())


HEAD = b"apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
PACKER = (
    HEAD
    + b"""
profiles:
- schedulerName: default-scheduler
- schedulerName: packer
  pluginConfig:
  - {name: NodeResourcesFit, args: {scoringStrategy: {type: MostAllocated}}}
  plugins:
    score: {disabled: [{name: "*"}], enabled: [{name: NodeResourcesFit}]}
"""
)
LENIENT = (
    HEAD
    + b"""
profiles:
- plugins:
    multiPoint: {disabled: [{name: DefaultPreemption}, {name: SchedulingGates}]}
"""
)

FULL = (
    "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, "
    "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
)


def test_a_pod_is_bound_and_an_event_says_so() -> None:
    async def test(world: World) -> None:
        world.node(node("a"))
        world.pod(pod("p"))
        await world.settle()
        assert world.api.bound == {"p": "a"}
        event = world.api.events[0]
        assert world.reasons() == ["Scheduled: Successfully assigned default/p to a"]
        assert (event["action"], event["reportingController"]) == ("Binding", "default-scheduler")
        assert event["regarding"]["name"] == "p"

    in_world(test)


def test_a_pod_that_fits_nowhere_says_why_in_a_condition_and_an_event() -> None:
    async def test(world: World) -> None:
        world.node(node("a", cpu="1"))
        world.pod(pod("p", cpu="2"))
        await world.settle()
        (condition,) = world.api.status["p"]["conditions"]
        assert (condition["type"], condition["status"]) == ("PodScheduled", "False")
        assert (condition["reason"], condition["message"]) == ("Unschedulable", FULL)
        assert condition["observedGeneration"] == 1
        assert world.reasons() == [f"FailedScheduling: {FULL}"]

    in_world(test)


def test_without_nodes() -> None:
    async def test(world: World) -> None:
        world.pod(pod("p"))
        await world.settle()
        assert world.reasons() == ["FailedScheduling: no nodes available to schedule pods"]
        world.node(node("a"))
        await world.settle()
        assert world.api.bound == {"p": "a"}

    in_world(test)


def test_a_node_that_grows_lets_the_pod_in_and_a_heartbeat_does_not_count() -> None:
    async def test(world: World) -> None:
        world.node(node("a", cpu="1"))
        world.pod(pod("p", cpu="2"))
        await world.settle()
        world.node({**node("a", cpu="1"), "kind": "Node"})
        await world.settle()
        assert len(world.api.events) == 1
        world.node(node("a", cpu="2"))
        await world.settle()
        assert world.api.bound == {"p": "a"}

    in_world(test)


def test_a_deleted_pod_makes_room() -> None:
    async def test(world: World) -> None:
        world.node(node("a", cpu="1"))
        first = pod("first", cpu="1", on="a")
        world.pod(first)
        world.pod(pod("p", cpu="1"))
        await world.settle()
        assert world.api.bound == {}
        world.pod(first, "DELETED")
        await world.settle()
        assert world.api.bound == {"p": "a"}

    in_world(test)


def test_a_finished_pod_makes_room() -> None:
    async def test(world: World) -> None:
        world.node(node("a", cpu="1"))
        world.pod(pod("first", cpu="1", on="a"))
        world.pod(pod("p", cpu="1"))
        await world.settle()
        world.pod(pod("first", cpu="1", on="a", status={"phase": "Succeeded"}), "MODIFIED")
        await world.settle()
        assert world.api.bound == {"p": "a"}

    in_world(test)


def test_a_refused_binding_gives_the_room_back_and_is_tried_again() -> None:
    async def test(world: World) -> None:
        world.api.refuse = 1
        world.node(node("a", cpu="1"))
        world.pod(pod("p", cpu="1"))
        await world.settle()
        assert world.api.bound == {}
        assert world.api.status["p"]["conditions"][0]["reason"] == "SchedulerError"
        await world.clock.advance(1.1)
        world.scheduler.queue.wake()
        await world.settle()
        assert world.api.bound == {"p": "a"}

    in_world(test)


def test_pods_of_other_schedulers_and_gated_ones_are_left_alone() -> None:
    async def test(world: World) -> None:
        world.node(node("a"))
        world.pod(pod("theirs", schedulerName="other"))
        world.pod(pod("gated", schedulingGates=[{"name": "x"}]))
        await world.settle()
        assert world.api.bound == {}
        assert world.api.events == []

    in_world(test)


def test_preemption_marks_and_deletes_the_victim_and_nominates_the_node() -> None:
    async def test(world: World) -> None:
        world.node(node("a", cpu="1"))
        victim = pod("low", cpu="1", on="a", priority=1)
        world.pod(victim)
        world.pod(pod("p", cpu="1", priority=100))
        await world.settle()
        assert world.api.deleted == ["low"]
        assert world.api.status["low"]["conditions"][0]["reason"] == "PreemptionByScheduler"
        assert world.api.status["p"]["nominatedNodeName"] == "a"
        assert "Preempted: Preempted by pod uid-p on node a" in world.reasons()
        world.pod(victim, "DELETED")
        await world.settle()
        assert world.api.bound == {"p": "a"}

    in_world(test)


def test_a_note_that_is_too_long_for_an_event_is_cut_and_marked() -> None:
    async def test(world: World) -> None:
        names = [f"example.com/{'x' * 30}-{number}" for number in range(30)]
        asked = {"requests": dict.fromkeys(names, "1")}
        world.node(node("a"))
        world.pod(pod("p", containers=[{"name": "c", "image": "x:1", "resources": asked}]))
        await world.settle()
        (event,) = world.api.events
        assert len(event["note"]) == 1024 and event["note"].endswith(" ...")
        (condition,) = world.api.status["p"]["conditions"]
        assert all(name in condition["message"] for name in names)

    in_world(test)


def test_the_same_failure_again_becomes_a_series() -> None:
    async def test(world: World) -> None:
        world.node(node("a", cpu="1"))
        world.pod(pod("stays", cpu="1", on="a"))
        world.pod(pod("p", cpu="1"))
        await world.settle()
        for number in (1, 2):
            world.pod(pod(f"gone-{number}", on="a"))
            world.pod(pod(f"gone-{number}", on="a"), "DELETED")
            await world.settle()
        assert len(world.api.events) == 1
        assert [p["series"]["count"] for p in world.api.counted] == [2]

    in_world(test)


def test_a_failure_of_the_pod_in_another_state_is_an_event_of_its_own() -> None:
    def state(version: str, cpu: str) -> Object:
        obj = pod("p", cpu=cpu, generation=int(version))
        return {**obj, "metadata": {**obj["metadata"], "resourceVersion": version}}

    async def test(world: World) -> None:
        world.node(node("a", cpu="1"))
        world.pod(state("1", "3"))
        await world.settle()
        world.pod(state("2", "2"), "MODIFIED")
        await world.settle()
        assert [event["regarding"]["resourceVersion"] for event in world.api.events] == ["1", "2"]
        assert world.api.counted == []

    in_world(test)


def test_a_binding_that_is_refused_says_by_whom() -> None:
    async def test(world: World) -> None:
        world.api.refuse = 1
        world.node(node("a"))
        world.pod(pod("p"))
        await world.settle()
        (condition,) = world.api.status["p"]["conditions"]
        assert condition["message"].startswith('running Bind plugin "DefaultBinder": Operation cannot')

    in_world(test)


def test_a_pod_is_not_looked_at_before_its_device_claims_exist() -> None:
    async def test(world: World) -> None:
        world.node(node("a"))
        world.pod(pod("p", resourceClaims=[{"name": "d", "resourceClaimTemplateName": "t"}]))
        await world.settle()
        assert (world.api.bound, world.reasons()) == ({}, [])
        unneeded = {"phase": "Pending", "resourceClaimStatuses": [{"name": "d"}]}
        claims = [{"name": "d", "resourceClaimTemplateName": "t"}]
        world.pod(pod("p", resourceClaims=claims, status=unneeded), "MODIFIED")
        await world.settle()
        assert world.api.bound == {"p": "a"}

    in_world(test)


def test_a_pod_bound_by_hand_before_its_device_claims_exist_is_not_scheduled() -> None:
    async def test(world: World) -> None:
        claims = [{"name": "d", "resourceClaimTemplateName": "t"}]
        world.node(node("a"))
        world.pod(pod("p", resourceClaims=claims))
        world.pod(pod("p", resourceClaims=claims, on="a"), "MODIFIED")
        world.feed.on_slice("ADDED", {}, None)
        await world.settle()
        assert (world.api.bound, len(world.scheduler.queue)) == ({}, 0)

    in_world(test)


def test_profiles_answer_for_their_pods_under_their_own_names() -> None:
    packing = parse(PACKER)

    async def test(world: World) -> None:
        world.node(node("full", cpu="4"))
        world.node(node("empty", cpu="4"))
        world.pod(pod("there", cpu="2", on="full"))
        world.pod(pod("plain", cpu="1"))
        world.pod(pod("packed", cpu="1", schedulerName="packer"))
        world.pod(pod("big", cpu="9", schedulerName="packer"))
        await world.settle()
        assert world.api.bound == {"plain": "empty", "packed": "full"}
        names = {(e["regarding"]["name"], e["reportingController"]) for e in world.api.events}
        assert names == {("plain", "default-scheduler"), ("packed", "packer"), ("big", "packer")}

    in_world(test, *packing.profiles)


def test_a_pod_that_a_plug_in_refused_before_the_others_were_asked_says_only_that() -> None:
    claim = [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]

    async def test(world: World) -> None:
        world.node(node("a"))
        world.pod(pod("p", volumes=claim))
        await world.settle()
        said = '0/1 nodes are available: persistentvolumeclaim "c" not found. not found'
        assert world.api.status["p"]["conditions"][0]["message"] == said

    in_world(test)


class Preparing:
    """A plug-in's reservation that takes as long as the test wants."""

    def __init__(self, problem: str = "") -> None:
        self.go = asyncio.Event()
        self.problem = problem

    async def pre_bind(self, tell: Any) -> str:
        await self.go.wait()
        return self.problem

    def undo(self) -> None:
        return

    async def interrupted(self, why: str) -> str:
        return f"interrupted: {why}"


def test_a_pod_names_its_node_while_something_is_prepared_for_it_there() -> None:
    async def test(world: World) -> None:
        preparing: Any = Preparing()
        world.desks[0].framework.reserve = lambda node: [preparing]  # type: ignore[method-assign]
        world.node(node("a"))
        world.pod(pod("p"))
        await world.settle()
        assert (world.api.status, world.api.bound) == ({"p": {"nominatedNodeName": "a"}}, {})
        preparing.go.set()
        await world.settle()
        assert world.api.bound == {"p": "a"}

    in_world(test)


def test_a_victim_that_could_not_be_deleted_is_tried_again() -> None:
    async def test(world: World) -> None:
        world.api.keeps = errors.forbidden("", "pods", "low", "stays")
        world.node(node("a", cpu="1"))
        world.pod(pod("low", cpu="1", on="a", priority=1))
        world.pod(pod("p", cpu="1", priority=100))
        await world.settle()
        assert not any("Preempted" in reason for reason in world.reasons())
        world.api.keeps = None
        await world.clock.advance(1.1)
        world.scheduler.queue.wake()
        await world.settle()
        assert world.api.deleted == ["low"]

    in_world(test)


def test_a_victim_that_is_gone_already_is_not_told_of() -> None:
    async def test(world: World) -> None:
        world.api.keeps = errors.not_found("", "pods", "low")
        world.node(node("a", cpu="1"))
        world.pod(pod("low", cpu="1", on="a", priority=1))
        world.pod(pod("p", cpu="1", priority=100))
        await world.settle()
        assert world.api.status["p"]["nominatedNodeName"] == "a"
        assert not any("Preempted" in reason for reason in world.reasons())

    in_world(test)


def test_a_pod_that_is_preempted_while_it_is_prepared_waits_again() -> None:
    async def test(world: World) -> None:
        preparing: Any = Preparing()
        framework = world.desks[0].framework
        reserve, framework.reserve = framework.reserve, lambda node: [preparing]  # type: ignore[method-assign]
        world.node(node("a", cpu="1"))
        world.pod(pod("low", cpu="1", priority=1))
        await world.settle()
        framework.reserve = reserve  # type: ignore[method-assign]
        world.pod(pod("high", cpu="1", priority=100))
        await world.settle()
        assert (world.api.deleted, world.api.bound) == ([], {"high": "a"})
        (condition,) = world.api.status["low"]["conditions"]
        why = "interrupted: preempted by DefaultPreemption"
        assert (condition["reason"], condition["message"]) == ("SchedulerError", why)
        assert "default/low" not in {placed.key for placed in world.scheduler.cache.placed()}

    in_world(test)


def test_a_pod_that_is_gone_does_not_harm_its_successor() -> None:
    async def test(world: World) -> None:
        first: Any = Preparing()
        second: Any = Preparing()
        framework = world.desks[0].framework
        framework.reserve = lambda node: [first]  # type: ignore[method-assign]
        world.node(node("a", cpu="1"))
        world.pod(pod("p", cpu="1"))
        await world.settle()
        framework.reserve = lambda node: [second]  # type: ignore[method-assign]
        world.pod(pod("p", cpu="1"), "DELETED")
        successor = pod("p", cpu="1")
        successor["metadata"]["uid"] = "another"
        world.pod(successor)
        await world.settle()
        assert world.scheduler.cache.is_assumed("default/p")
        assert "conditions" not in world.api.status["p"]
        second.go.set()
        await world.settle()
        assert world.api.bound == {"p": "a"}

    in_world(test)


def test_a_pod_lets_go_of_the_node_where_its_preparation_failed() -> None:
    async def test(world: World) -> None:
        preparing: Any = Preparing("no volume")
        world.desks[0].framework.reserve = lambda node: [preparing]  # type: ignore[method-assign]
        preparing.go.set()
        world.node(node("a"))
        world.pod(pod("p"))
        await world.settle()
        (condition,) = world.api.status["p"]["conditions"]
        assert (condition["reason"], condition["message"]) == ("SchedulerError", "no volume")
        assert world.api.status["p"]["nominatedNodeName"] is None
        assert not any(world.scheduler.cache.nominated.values())

    in_world(test)


def test_a_pod_lets_go_of_its_node_when_there_are_no_nodes_at_all() -> None:
    async def test(world: World) -> None:
        world.pod(pod("p", status={"phase": "Pending", "nominatedNodeName": "gone"}))
        await world.settle()
        assert world.api.status["p"]["nominatedNodeName"] is None
        assert not any(world.scheduler.cache.nominated.values())

    in_world(test)


def test_a_node_that_others_nominate_is_tried_first() -> None:
    def waiting(gates: list[Object], **status: Any) -> Object:
        return pod("p", cpu="1", schedulingGates=gates, status={"phase": "Pending", **status})

    async def test(world: World) -> None:
        world.node(node("full", cpu="2"))
        world.node(node("empty", cpu="8"))
        world.pod(pod("q", cpu="1", on="full"))
        world.pod(waiting([{"name": "x"}]))
        world.pod(waiting([{"name": "x"}], nominatedNodeName="full"))
        world.pod(waiting([], nominatedNodeName="full"))
        await world.settle()
        assert world.api.bound == {"p": "full"}

    in_world(test)


def test_a_nominated_pod_makes_way_for_a_better_one() -> None:
    async def test(world: World) -> None:
        world.node(node("a", cpu="1"))
        world.pod(pod("low", cpu="1", on="a", priority=1))
        world.pod(pod("mid", cpu="1", priority=10))
        await world.settle()
        assert world.api.status["mid"]["nominatedNodeName"] == "a"
        world.feed.on_pod(
            "MODIFIED", pod("mid", cpu="1", priority=10, status={"nominatedNodeName": "a"}), None
        )
        world.pod(pod("high", cpu="1", priority=100))
        await world.settle()
        assert world.api.status["high"]["nominatedNodeName"] == "a"
        assert world.api.status["mid"]["nominatedNodeName"] is None

    in_world(test)


def test_a_pod_that_never_preempts_keeps_the_node_that_others_nominated() -> None:
    async def test(world: World) -> None:
        world.node(node("a", cpu="1"))
        world.pod(pod("p", cpu="2", preemptionPolicy="Never", status={"nominatedNodeName": "a"}))
        world.pod(pod("q", cpu="2", status={"nominatedNodeName": "a"}))
        await world.settle()
        assert "nominatedNodeName" not in world.api.status["p"]
        assert world.api.status["q"]["nominatedNodeName"] is None

    in_world(test)


def test_a_profile_without_preemption_says_nothing_of_it() -> None:
    config = parse(LENIENT).profiles

    async def test(world: World) -> None:
        world.node(node("a", cpu="1"))
        world.pod(pod("low", cpu="1", on="a", priority=1))
        world.pod(pod("p", cpu="1", priority=100))
        world.pod(pod("gated", schedulingGates=[{"name": "x"}]))
        await world.settle()
        assert world.api.deleted == []
        why = "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate"
        assert world.reasons()[0] == f"FailedScheduling: {why}"
        assert world.api.bound == {"gated": "a"}

    in_world(test, *config)


def test_a_victim_whose_place_another_took_leads_to_another_preemption() -> None:
    async def test(world: World) -> None:
        world.node(node("a", cpu="2"))
        for name in ("low-1", "low-2"):
            world.pod(pod(name, cpu="1", on="a", priority=1))
        world.pod(pod("p", cpu="1", priority=100))
        await world.settle()
        (first,) = world.api.deleted
        world.pod(pod("quick", cpu="1", on="a", priority=1))
        world.pod(pod(first, cpu="1", on="a", priority=1), "DELETED")
        await world.settle()
        assert len(world.api.deleted) == 2

    in_world(test)
