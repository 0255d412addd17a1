"""A workload whose template changes again and again before the last change is through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

from wherry.apimachinery.clock import rfc3339
from wherry.apimachinery.errors import StatusError
from wherry.apimachinery.gvk import GroupVersionResource
from wherry.client.resources import NAMESPACES, PODS

from tests.chaos.facts import image_of, is_ready
from tests.chaos.past import active, pods_of
from tests.chaos.record import Commit
from tests.chaos.sim import simulate
from tests.chaos.things import NAMESPACE
from tests.chaos.wire import Faults
from tests.chaos.world import World, controllers, nodes, opened, scheduler

Object = dict[str, Any]
SLOW = Faults(latency=0.02)
"""Events are not late here: an old pod that is not ready may go at once, and who hears late of its readiness
takes one that has just become ready. So does upstream."""
NODES = ("n1", "n2", "n3", "n4", "n5")
SETS = "replicasets.apps"
CHANGES = 4
HEARD = 0.5
"""Seconds after which everybody has heard of a pod's failure: what was decided before may go ahead."""
Moment = tuple[Commit, list[Object]]


class Course(NamedTuple):
    """Of a roll-out: `scaled` are the replicas to be from the second change on (0: as before), `failing` says
    that pods fail meanwhile."""

    scaled: int = 0
    failing: bool = False


class Rolled(NamedTuple):
    """What came of it since the first template was out."""

    moments: list[Moment]
    """Every commit of a pod, with the pods that then were active."""
    promised: list[int]
    """The replicas that the ReplicaSets had together at each of their commits."""
    failures: list[float]
    """When a pod failed."""

    def outside(self, least: int, most: int) -> Iterator[str]:
        """The moments with fewer ready or more active pods."""
        for commit, pods in self.moments:
            ready = sum(map(is_ready, pods))
            if ready < least or len(pods) > most:
                yield f"{commit.at:.2f} {commit.key}: {ready} of {len(pods)} ready (≥ {least}, ≤ {most})"

    def taken(self, least: int, most: int, served: Callable[[Object], str]) -> Iterator[str]:
        """The same where pods fail: ready ones deleted although too few were left, or too many pods.
        `served` is what a ready pod serves, which another may do as well."""
        for commit, pods in self.moments:
            before, after, left = commit.before, commit.obj, {served(p) for p in pods if is_ready(p)}
            deleted = after is None or "deletionTimestamp" in after["metadata"]
            gone = deleted and before is not None and active(before) and is_ready(before)
            known = all(not 0 <= commit.at - failure < HEARD for failure in self.failures)
            short = len(left) < least and before is not None and served(before) not in left
            if (gone and known and short) or len(pods) > most:
                yield f"{commit.at:.2f} {commit.key}: {len(left)} of {len(pods)} ready (≥ {least}, ≤ {most})"

    def ended_with(self, count: int, image: str = f"image-{CHANGES - 1}") -> bool:
        pods = self.moments[-1][1]
        return len(pods) == count and all(is_ready(p) and image_of(p) == image for p in pods)


def rolled(seed: int, r: GroupVersionResource, obj: Object, course: Course) -> Rolled:
    return simulate(_rolled(seed, r, obj, course))


async def _rolled(seed: int, r: GroupVersionResource, obj: Object, course: Course) -> Rolled:
    async with opened(seed) as world:
        rng = Random(seed)
        await world.admin.create(NAMESPACES, {"metadata": {"name": NAMESPACE}})
        for process in (
            world.process("controllers", "controller-manager", controllers(world), SLOW),
            world.process("scheduler", "scheduler", scheduler(world), SLOW),
            world.process("nodes", "admin", nodes(world, *NODES)),
        ):
            process.start()
        await world.admin.create(r, obj)
        await world.quiet(20)
        start = world.history[-1].revision
        promised: list[int] = []
        world.app.storage.store.subscribe(
            lambda events: promised.append(sum(s["spec"]["replicas"] for s in world.objects(SETS)))
        )
        failures: list[float] = []
        changed = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            if course.failing:
                group.create_task(_fail(world, rng, failures, changed))
            await _change(world, rng, r, obj["metadata"]["name"], course.scaled)
            changed.set()
        await world.quiet(20)
        moments = [(commit, [p for p in pods.values() if active(p)]) for commit, pods in pods_of(world)]
        return Rolled([m for m in moments if m[0].revision > start], promised, failures)


async def _change(world: World, rng: Random, r: GroupVersionResource, name: str, scaled: int) -> None:
    for number in range(CHANGES):
        template = {"spec": {"containers": [{"name": "c", "image": f"image-{number}"}]}}
        await world.admin.patch(r, name, {"spec": {"template": template}}, NAMESPACE, kind="strategic")
        if scaled and number == 1:
            await asyncio.sleep(rng.random() * 3)
            await world.admin.patch(r, name, {"spec": {"replicas": scaled}}, NAMESPACE)
        await asyncio.sleep(rng.random() * 10)


async def _fail(world: World, rng: Random, failures: list[float], over: asyncio.Event) -> None:
    """Now and then a ready pod is not ready for a while, or ends."""
    async with asyncio.TaskGroup() as group:
        while not over.is_set():
            await asyncio.sleep(rng.expovariate(0.5))
            ready = [p for p in world.objects("pods") if active(p) and is_ready(p)]
            if ready:
                pod = rng.choice(sorted(ready, key=lambda p: str(p["metadata"]["name"])))
                failures.append(world.clock.monotonic())
                group.create_task(_suffer(world, pod, rng.random() * 5, ends=rng.random() < 0.3))


async def _suffer(world: World, pod: Object, seconds: float, *, ends: bool) -> None:
    await _report(world, pod, "False", "Failed" if ends else "Running")
    if not ends:
        await asyncio.sleep(seconds)
        await _report(world, pod, "True", "Running")


async def _report(world: World, pod: Object, ready: str, phase: str) -> None:
    meta, now = pod["metadata"], rfc3339(world.clock.now())
    condition = {"type": "Ready", "status": ready, "lastTransitionTime": now}
    patch = {"metadata": {"uid": meta["uid"]}, "status": {"phase": phase, "conditions": [condition]}}
    try:
        await world.admin.patch(
            PODS, meta["name"], patch, meta["namespace"], kind="strategic", subresource="status"
        )
    except StatusError as error:
        if error.code not in (404, 409, 422):
            raise
