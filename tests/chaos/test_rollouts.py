"""At no revision of the history has a rolling update fewer ready pods, or more pods, than it may.

Pods need random times to become ready, and requests, answers and events random times on their way. Where pods
fail by themselves, no ready one is deleted while there are too few.
"""

from __future__ import annotations

from math import ceil, floor
from random import Random
from typing import Any

import pytest
from wherry.client.resources import DAEMONSETS, DEPLOYMENTS, STATEFULSETS

from tests.chaos import things
from tests.chaos.rollouts import NODES, Course, rolled
from tests.chaos.test_kills import FIRST

Object = dict[str, Any]
SEEDS = range(FIRST, FIRST + 2)
UNLIMITED = len(NODES) * 110


def itself(pod: Object) -> str:
    return str(pod["metadata"]["uid"])


def node_of(pod: Object) -> str:
    return str(pod["spec"].get("nodeName", ""))


def share(value: int | str, total: int, *, up: bool) -> int:
    if isinstance(value, int):
        return value
    exact = int(value.removesuffix("%")) * total / 100
    return ceil(exact) if up else floor(exact)


def deployment(rng: Random, replicas: int, grown: int) -> tuple[Object, int, int]:
    """With how many fewer and more pods than `replicas` and `grown` it may have."""
    surges: list[int | str] = [0, 1, 3, "25%", "50%", "100%"]
    surge = rng.choice(surges)
    shares: list[int | str] = [1, 2, "25%", "60%", *([] if surge == 0 else [0])]
    unavailable = rng.choice(shares)
    obj = things.deployment("web", replicas)
    obj["spec"]["strategy"] = {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    more, fewer = share(surge, grown, up=True), share(unavailable, replicas, up=False)
    return obj, 1 if more == fewer == 0 else fewer, more


def stateful_set(replicas: int, **rolling: Any) -> Object:
    obj = things.stateful_set("db", replicas, volumeClaimTemplates=[])
    obj["spec"]["updateStrategy"] = {"type": "RollingUpdate", "rollingUpdate": rolling}
    return obj


def daemon_set(rng: Random) -> tuple[Object, int, int]:
    """With how many fewer and more pods than nodes it may have."""
    surge = rng.choice((0, 1, 2, "40%"))
    unavailable = 0 if surge else rng.choice((1, 2, "40%"))
    obj = things.daemon_set("agent")
    obj["spec"]["updateStrategy"] = {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    return obj, share(unavailable, len(NODES), up=True), share(surge, len(NODES), up=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_deployment_stays_within_its_bounds(seed: int) -> None:
    """The upper one holds for what its ReplicaSets are told, as upstream's own tests have it: which of them
    hears of it first is up to them."""
    rng = Random(seed)
    replicas = rng.randint(1, 10)
    grown = replicas + rng.randint(0, 5)
    obj, fewer, more = deployment(rng, replicas, grown)
    found = rolled(seed, DEPLOYMENTS, obj, Course(scaled=grown))
    assert list(found.outside(replicas - fewer, UNLIMITED)) == []
    assert max(found.promised) <= grown + more
    assert found.ended_with(grown)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_deployment_spares_what_is_ready_when_pods_fail(seed: int) -> None:
    rng = Random(seed)
    replicas = rng.randint(2, 10)
    obj, fewer, more = deployment(rng, replicas, replicas)
    found = rolled(seed, DEPLOYMENTS, obj, Course(failing=True))
    assert list(found.taken(replicas - fewer, UNLIMITED, itself)) == []
    assert max(found.promised) <= replicas + more
    assert found.ended_with(replicas)


@pytest.mark.parametrize("failing", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_stateful_set_replaces_no_more_at_a_time_than_it_may(seed: int, failing: bool) -> None:
    """Whatever becomes of its size meanwhile."""
    rng = Random(seed)
    replicas, unavailable, scaled = rng.randint(2, 6), rng.randint(1, 3), rng.randint(2, 7)
    obj = stateful_set(replicas, maxUnavailable=unavailable)
    found = rolled(seed, STATEFULSETS, obj, Course(scaled, failing))
    bounds = min(replicas, scaled) - unavailable, max(replicas, scaled)
    assert list(found.taken(*bounds, itself) if failing else found.outside(*bounds)) == []
    assert found.ended_with(scaled)


@pytest.mark.parametrize("seed", SEEDS)
def test_below_the_partition_a_stateful_set_changes_nothing(seed: int) -> None:
    found = rolled(seed, STATEFULSETS, stateful_set(5, partition=2, maxUnavailable=2), Course())
    touched = {commit.key.rpartition("/")[2] for commit, _ in found.moments}
    assert touched == {"db-2", "db-3", "db-4"}
    assert list(found.outside(3, 5)) == []


@pytest.mark.parametrize("failing", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_daemon_set_keeps_its_nodes_served(seed: int, failing: bool) -> None:
    obj, fewer, more = daemon_set(Random(seed))
    found = rolled(seed, DAEMONSETS, obj, Course(failing=failing))
    least = len(NODES) - fewer
    # An old pod that is not ready is replaced at once, in addition to the surge. So does upstream.
    wrong = found.taken(least, UNLIMITED, node_of) if failing else found.outside(least, len(NODES) + more)
    assert list(wrong) == []
    assert found.ended_with(len(NODES))
