"""At no revision of the history has a rolling update fewer ready pods, or more pods, than it may.

The template changes again and again before the last change is through; pods need random times to become
ready, and requests, answers and events random times on their way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from math import ceil, floor
from random import Random
from typing import Any

import pytest
from wherry.apimachinery.gvk import GroupVersionResource
from wherry.client.resources import DAEMONSETS, DEPLOYMENTS, NAMESPACES, STATEFULSETS

from tests.chaos import things
from tests.chaos.endstate import image_of, is_ready
from tests.chaos.past import active, pods_of
from tests.chaos.record import Commit
from tests.chaos.sim import simulate
from tests.chaos.test_kills import FIRST
from tests.chaos.things import NAMESPACE
from tests.chaos.wire import Faults
from tests.chaos.world import World, controllers, nodes, opened, scheduler

Object = dict[str, Any]
SLOW = Faults(latency=0.02)
"""Events are not late here: an old pod that is not ready may go at once, and who hears late of its readiness
takes one that has just become ready. So does upstream."""
NODES = ("n1", "n2", "n3", "n4", "n5")
SEEDS = range(FIRST, FIRST + 3)
SETS = "replicasets.apps"
Moment = tuple[Commit, list[Object]]


def rolled(
    seed: int,
    r: GroupVersionResource,
    obj: Object,
    promised: list[int] | None = None,
    changes: int = 4,
    grown: int = 0,
) -> list[Moment]:
    """Every commit of a pod since the first template was out, with the pods that then were active. `promised`
    gets the replicas that the ReplicaSets had together at each of their commits. There are `grown` replicas
    to be from the second change on."""

    async def scenario() -> list[Moment]:
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
            if promised is not None:
                world.app.storage.store.subscribe(
                    lambda events: promised.append(sum(s["spec"]["replicas"] for s in world.objects(SETS)))
                )
            for number in range(changes):
                await change(world, r, obj["metadata"]["name"], f"image-{number}")
                if grown and number == 1:
                    await asyncio.sleep(rng.random() * 3)
                    more = {"spec": {"replicas": grown}}
                    await world.admin.patch(r, obj["metadata"]["name"], more, NAMESPACE)
                await asyncio.sleep(rng.random() * 10)
            await world.quiet(20)
            moments = [(commit, [p for p in pods.values() if active(p)]) for commit, pods in pods_of(world)]
            return [moment for moment in moments if moment[0].revision > start]

    return simulate(scenario())


async def change(world: World, r: GroupVersionResource, name: str, image: str) -> None:
    template = {"spec": {"containers": [{"name": "c", "image": image}]}}
    await world.admin.patch(r, name, {"spec": {"template": template}}, NAMESPACE, kind="strategic")


def outside(moments: list[Moment], least: int, most: int) -> Iterator[str]:
    """The moments with fewer ready or more active pods."""
    for commit, pods in moments:
        ready = sum(map(is_ready, pods))
        if ready < least or len(pods) > most:
            yield f"{commit.at:.2f} {commit.key}: {ready} ready (≥ {least}), {len(pods)} in all (≤ {most})"


def share(value: int | str, total: int, *, up: bool) -> int:
    if isinstance(value, int):
        return value
    exact = int(value.removesuffix("%")) * total / 100
    return ceil(exact) if up else floor(exact)


def ended_with(moments: list[Moment], count: int, image: str = "image-3") -> bool:
    pods = moments[-1][1]
    return len(pods) == count and all(is_ready(p) and image_of(p) == image for p in pods)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_deployment_stays_within_its_bounds(seed: int) -> None:
    """The upper one holds for what its ReplicaSets are told, as upstream's own tests have it: which of them
    hears of it first is up to them."""
    rng = Random(seed)
    replicas = rng.randint(1, 10)
    grown = replicas + rng.randint(0, 5)
    surges: list[int | str] = [0, 1, 3, "25%", "50%", "100%"]
    surge = rng.choice(surges)
    shares: list[int | str] = [1, 2, "25%", "60%", *([] if surge == 0 else [0])]
    unavailable = rng.choice(shares)
    obj = things.deployment("web", replicas)
    obj["spec"]["strategy"] = {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    more, fewer = share(surge, grown, up=True), share(unavailable, replicas, up=False)
    if more == fewer == 0:
        fewer = 1
    promised: list[int] = []
    moments = rolled(seed, DEPLOYMENTS, obj, promised, grown=grown)
    assert list(outside(moments, replicas - fewer, len(NODES) * 110)) == []
    assert max(promised) <= grown + more
    assert ended_with(moments, grown)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stateful_set_replaces_no_more_at_a_time_than_it_may(seed: int) -> None:
    rng = Random(seed)
    replicas, unavailable = rng.randint(2, 6), rng.randint(1, 3)
    obj = things.stateful_set("db", replicas, volumeClaimTemplates=[])
    rolling = {"maxUnavailable": unavailable}
    obj["spec"]["updateStrategy"] = {"type": "RollingUpdate", "rollingUpdate": rolling}
    moments = rolled(seed, STATEFULSETS, obj)
    assert list(outside(moments, replicas - unavailable, replicas)) == []
    assert ended_with(moments, replicas)


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_below_the_partition_a_stateful_set_changes_nothing(seed: int) -> None:
    obj = things.stateful_set("db", 4, volumeClaimTemplates=[])
    obj["spec"]["updateStrategy"] = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    moments = rolled(seed, STATEFULSETS, obj)
    touched = {commit.key.rpartition("/")[2] for commit, _ in moments}
    assert touched == {"db-2", "db-3"}
    assert list(outside(moments, 3, 4)) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_daemon_set_keeps_its_nodes_served(seed: int) -> None:
    rng = Random(seed)
    surge = rng.choice((0, 1, 2, "40%"))
    unavailable = 0 if surge else rng.choice((1, 2, "40%"))
    obj = things.daemon_set("agent")
    obj["spec"]["updateStrategy"] = {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    more, fewer = share(surge, len(NODES), up=True), share(unavailable, len(NODES), up=True)
    moments = rolled(seed, DAEMONSETS, obj)
    assert list(outside(moments, len(NODES) - fewer, len(NODES) + more)) == []
    assert ended_with(moments, len(NODES))
