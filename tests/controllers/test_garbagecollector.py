"""What the garbage collector asks of the server before it deletes."""

from __future__ import annotations

import random
from typing import Any, cast

import pytest
from wherry.apimachinery import errors
from wherry.apimachinery.clock import FakeClock
from wherry.apimachinery.errors import StatusError
from wherry.client.client import Client
from wherry.client.resources import PODS, REPLICASETS
from wherry.client.tasks import Tasks
from wherry.controllers.context import Context
from wherry.controllers.garbagecollector.controller import GarbageCollector
from wherry.controllers.settings import Settings

from tests.controllers.objects import Object, pod, replica_set
from tests.support import run

GONE = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "gone", "uid": "uid-gone", "controller": True}
LIVING = {**GONE, "name": "rs", "uid": "uid-rs"}


class Server:
    """Has one ReplicaSet, and a pod that may be newer than the collector knows."""

    def __init__(self, clock: FakeClock, current: Object) -> None:
        self._clock = clock
        self._objects = {"rs": replica_set("rs", 1, 0), current["metadata"]["name"]: current}
        self.asked: list[str] = []

    async def list(self, *_: Any, **__: Any) -> None:
        await self._clock.sleep(1e9)

    async def get(self, r: object, name: str, namespace: str = "") -> Object:
        self.asked.append(f"get {name}")
        if name not in self._objects:
            raise errors.not_found("", "things", name)
        return self._objects[name]

    async def delete(
        self, r: object, name: str, namespace: str, *, uid: str, resource_version: str, propagation: str
    ) -> None:
        self.asked.append(f"delete {name}")
        if resource_version != self._objects[name]["metadata"]["resourceVersion"]:
            raise StatusError(409, "Conflict", "the version has changed")


def asked(known: Object, current: Object, attempts: int = 1) -> list[str]:
    """What reaches the server when the collector attends to a pod it knows as `known`. Conflicts come back as
    the queue would bring them."""

    async def main() -> list[str]:
        clock = FakeClock()
        server = Server(clock, current)
        async with Tasks() as tasks:
            ctx = Context(cast(Client, server), clock, tasks, Settings(), random.Random(0))
            collector = GarbageCollector(ctx)
            for r, kind in ((PODS, "Pod"), (REPLICASETS, "ReplicaSet")):
                collector._monitors[r] = ctx.informers.metadata(r)
                collector._kind_of[r] = kind
                collector._kinds[(r.api_version, kind)] = r
                collector._monitors[r].on_event(collector._handler(r))
            collector._monitors[PODS]._apply("ADDED", known)
            for _ in range(attempts):
                try:
                    await collector.reconcile("uid-p")
                except StatusError:
                    collector.queue.add_rate_limited("uid-p")
            collector.queue.shut_down()
        return server.asked

    return run(main())


def test_a_pod_without_owners_left_is_deleted_as_it_is_known() -> None:
    orphan = pod("p", ownerReferences=[GONE])
    assert asked(orphan, orphan) == ["get gone", "delete p"]


def test_a_newer_version_is_read_before_anything_is_done() -> None:
    known, newer = pod("p", ownerReferences=[GONE]), pod("p", ownerReferences=[LIVING])
    assert asked(known, newer, attempts=2) == ["get gone", "delete p", "get p", "get rs"]


@pytest.mark.parametrize("owners", [[LIVING], [LIVING, GONE]])
def test_a_pod_with_a_living_owner_is_read_first(owners: list[Object]) -> None:
    held = pod("p", ownerReferences=owners)
    done = asked(held, pod("p", ownerReferences=[LIVING]))
    assert "delete p" not in done
    assert "get p" in done
