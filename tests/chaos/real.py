"""A cluster of real processes, and every write it commits as watches tell of it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from bisect import insort
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from wherry.apimachinery.gvk import GroupVersionResource
from wherry.client.client import Client
from wherry.client.config import ClientConfig
from wherry.client.discovery import discover
from wherry.client.informer import key_of

from tests.chaos.record import Commit
from tests.e2e.local import LocalCluster

Object = dict[str, Any]


CLOSING = 0.3
"""Seconds that aiohttp needs after a session's end until its TLS connections are closed."""


@asynccontextmanager
async def admin(cluster: LocalCluster) -> AsyncIterator[Client]:
    """The administrator's client."""
    try:
        async with Client(ClientConfig.from_kubeconfig(cluster.kubeconfig)) as client:
            yield client
    finally:
        await asyncio.sleep(CLOSING)


async def served(client: Client) -> dict[str, GroupVersionResource]:
    """What can be watched, by `RESOURCE[.GROUP]`."""
    found = (await discover(client)).resources
    return {
        ".".join(filter(None, (s.resource.resource, s.resource.group))): s.resource
        for s in found
        if s.verbs >= {"list", "watch"}
    }


class Watched:
    """A `record.Record` of a running cluster; `watch` goes on until cancelled."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._now: dict[str, dict[str, Object]] = {}
        self.history: list[Commit] = []

    async def watch(self, resources: Iterable[str]) -> None:
        known = await served(self._client)
        async with asyncio.TaskGroup() as group:
            for resource in resources:
                if resource in known:
                    group.create_task(self._follow(resource, known[resource]), name=f"watch {resource}")

    def objects(self, resource: str) -> list[Object]:
        return list(self._now.get(resource, {}).values())

    async def _follow(self, resource: str, r: GroupVersionResource) -> None:
        listed = await self._client.list(r)
        for obj in listed["items"]:
            self._commit(resource, "ADDED", obj)
        version = listed["metadata"]["resourceVersion"]
        while True:
            async for event in self._client.watch(r, resource_version=version):
                version = event.object["metadata"]["resourceVersion"]
                if event.type != "BOOKMARK":
                    self._commit(resource, event.type, event.object)

    def _commit(self, resource: str, kind: str, obj: Object) -> None:
        here, key = self._now.setdefault(resource, {}), key_of(obj)
        before = here.get(key)
        if kind == "DELETED":
            here.pop(key, None)
        else:
            here[key] = obj
        left = None if kind == "DELETED" else obj
        revision = int(obj["metadata"]["resourceVersion"])
        commit = Commit(time.monotonic(), revision, resource, f"{resource}/{key}", left, before)
        insort(self.history, commit, key=lambda c: c.revision)


async def killed(cluster: LocalCluster, component: str) -> float:
    """`kill -9`; returns when the next process runs, with the seconds that took."""
    began, old = time.monotonic(), cluster.pid(component)
    os.kill(old, signal.SIGKILL)
    while cluster.pid(component) in (0, old):
        assert time.monotonic() - began < 10, f"{component} was not started again"
        await asyncio.sleep(0.02)
    return time.monotonic() - began
