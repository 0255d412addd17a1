"""Equal parts of cached objects become one, and nobody can tell but by the memory they take."""

from __future__ import annotations

import asyncio
from typing import Any

from wherry.apimachinery import jsonio, sharing
from wherry.apimachinery.sharing import Pool, Settling

from tests.support import run

Object = dict[str, Any]
PORTS = [{"containerPort": 80, "protocol": "TCP"}]


def pod(number: int) -> Object:
    """As it comes from JSON: nothing in it is shared."""
    container = {"name": "c", "ports": PORTS, "volumeMounts": [{"name": f"v{number}", "mountPath": "/m"}]}
    body = {
        "kind": "Pod",
        "metadata": {"name": f"p{number}", "labels": {"app": "web"}},
        "spec": {"containers": [container], "priority": 0},
        "status": {"phase": "Pending"},
    }
    found: Object = jsonio.clone(body)
    return found


def shared(*objects: Object, most: int = 100) -> Pool:
    pool = Pool(most)
    for obj in objects:
        pool.share(obj)
    return pool


def test_what_was_met_twice_is_one_from_then_on() -> None:
    pods = [pod(number) for number in range(3)]
    shared(*pods)
    assert pods == [pod(number) for number in range(3)]
    second, third = pods[1:]
    assert second["metadata"]["labels"] is third["metadata"]["labels"]
    assert second["spec"]["containers"][0]["ports"] is third["spec"]["containers"][0]["ports"]
    assert second["status"] is third["status"]


def test_what_differs_stays_apart() -> None:
    pods = [pod(number) for number in range(3)]
    shared(*pods)
    mounts = [one["spec"]["containers"][0]["volumeMounts"] for one in pods]
    assert [mount[0]["name"] for mount in mounts] == ["v0", "v1", "v2"]
    assert mounts[1][0]["mountPath"] is mounts[2][0]["mountPath"]


def test_a_truth_value_is_no_number_and_order_counts() -> None:
    values: list[Object] = [{"a": 1}, {"a": 1}, {"a": True}, {"a": 1.0}, {"b": 0, "a": 1}, {"a": 1, "b": 0}]
    objects: list[Object] = [{"data": value} for value in values]
    before = [jsonio.dumps(obj) for obj in objects]
    shared(*objects, *objects)
    assert [jsonio.dumps(obj) for obj in objects] == before


def test_a_part_that_somebody_changed_is_given_to_nobody() -> None:
    first, second, third = (pod(number) for number in range(3))
    pool = shared(first, second)
    second["metadata"]["labels"]["app"] = "changed"
    pool.share(third)
    assert third["metadata"]["labels"] == {"app": "web"}


def test_a_pool_does_not_grow_without_end() -> None:
    pool = Pool(most=20)
    for number in range(500):
        pool.share(pod(number))
    assert len(pool._parts) < 40
    assert len(pool._strings) < 40


def test_objects_are_shared_once_they_rest(monkeypatch: Any) -> None:
    monkeypatch.setattr(sharing, "SETTLED", 0.001)
    monkeypatch.setattr(sharing, "PAUSE", 0.0)

    async def go() -> None:
        settling, pods = Settling(), [pod(number) for number in range(100)]
        for one in pods:
            settling.add(one["metadata"]["name"], one)
        assert pods[98]["status"] is not pods[99]["status"]
        while pods[98]["status"] is not pods[99]["status"]:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.001)
        settling.stop()

    run(go())


def test_a_cache_that_ends_keeps_nothing_waiting() -> None:
    async def go() -> None:
        settling = Settling()
        settling.add("p0", pod(0))
        settling.stop()
        assert settling._timer is None
        assert not settling._waiting

    run(go())


def test_what_is_deleted_waits_no_longer() -> None:
    async def go() -> None:
        settling = Settling()
        settling.add("p0", pod(0))
        settling.drop("p0")
        settling.drop("never there")
        assert not settling._waiting
        settling.stop()

    run(go())
