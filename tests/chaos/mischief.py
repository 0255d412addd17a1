"""What others do to a cluster while its workloads change: pods are lost, evicted and relabelled, nodes are
cordoned and tainted, quotas narrowed, owners deleted without what they own and namespaces with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from wherry.apimachinery.errors import StatusError
from wherry.apimachinery.gvk import GroupVersionResource
from wherry.client.client import Client
from wherry.client.resources import (
    CRONJOBS,
    DEPLOYMENTS,
    JOBS,
    NAMESPACES,
    NODES,
    PODDISRUPTIONBUDGETS,
    PODS,
    REPLICASETS,
    RESOURCEQUOTAS,
    SERVICES,
    STATEFULSETS,
)

from tests.chaos import things
from tests.chaos.things import NAMESPACE

Object = dict[str, Any]
Step = Callable[[], Awaitable[None]]
DOOMED = "doomed"
TAINT = {"key": "chaos", "effect": "NoExecute"}
NARROW = 25
"""Pods that a narrow quota leaves room for."""


class Mischief:
    """`steps` are what may be done and how often. `end` takes back what is not meant to last; a step that was
    cancelled half-way is done to its end there."""

    def __init__(
        self, client: Client, rng: Random, names: Callable[[GroupVersionResource], list[str]]
    ) -> None:
        self._client = client
        self._rng = rng
        self._names = names
        self._doomed = False
        self._narrow = False
        self._closed = ""
        """The node that takes no pods."""
        self.orphaned: set[str] = set()
        """Names of owners that come back. One that went before it has adopted everything would leave some."""
        self._released: set[str] = set()
        """Pods that belong to nobody any more."""
        self._orphaning: dict[tuple[GroupVersionResource, str], Object] = {}
        """What is to be there again, to adopt what it owned."""
        self.steps: list[tuple[int, Step]] = [
            (2, self._lose),
            (2, self._evict),
            (1, self._release),
            (1, self._orphan),
            (1, self._close_or_open),
            (1, self._narrow_or_widen),
            (1, self._namespace),
        ]

    async def end(self) -> None:
        for name in list(self._released):
            await self._forget(name)
        for key in list(self._orphaning):
            await self._make_again(key)
        if self._closed:
            await self._open(self._closed)
        await self._limit(things.ROOM)

    async def _pod(self) -> str:
        """Some pod's name; empty when there is none."""
        pods = (await self._client.list(PODS, NAMESPACE))["items"]
        names = sorted(pod["metadata"]["name"] for pod in pods if "deletionTimestamp" not in pod["metadata"])
        return self._rng.choice(names) if names else ""

    async def _lose(self) -> None:
        if name := await self._pod():
            await self._client.delete(PODS, name, NAMESPACE)

    async def _evict(self) -> None:
        if name := await self._pod():
            eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": things.meta(name)}
            try:
                await self._client.create(PODS, eviction, NAMESPACE, subresource="eviction", name=name)
            except StatusError as error:
                if error.code != 429:
                    raise

    async def _release(self) -> None:
        """Its owner lets a pod go whose labels it no longer selects."""
        name = await self._pod()
        if name:
            self._released.add(name)
            change = [{"op": "replace", "path": "/metadata/labels", "value": things.RELEASED}]
            await self._client.patch(PODS, name, change, NAMESPACE, kind="json")
            await asyncio.sleep(self._rng.random())
            await self._forget(name)

    async def _forget(self, name: str) -> None:
        try:
            await self._client.delete(PODS, name, NAMESPACE)
        except StatusError as error:
            if error.code != 404:
                raise
        self._released.discard(name)

    async def _orphan(self) -> None:
        """An owner goes, and one like it finds what it left."""
        found = [(r, name) for r in (DEPLOYMENTS, REPLICASETS) for name in self._names(r)]
        if not found:
            return
        r, name = key = self._rng.choice(found)
        self.orphaned.add(name)
        old = await self._client.get(r, name, NAMESPACE)
        self._orphaning[key] = {"metadata": things.meta(name), "spec": old["spec"]}
        await self._make_again(key)

    async def _make_again(self, key: tuple[GroupVersionResource, str]) -> None:
        """Whatever was done of it before."""
        r, name = key
        while key in self._orphaning:
            try:
                await self._client.delete(r, name, NAMESPACE, propagation="Orphan")
                await asyncio.sleep(0.2)
            except StatusError as error:
                if error.code != 404:
                    raise
                await self._client.create(r, self._orphaning.pop(key))

    async def _close_or_open(self) -> None:
        if self._closed:
            await self._open(self._closed)
            return
        nodes = (await self._client.list(NODES))["items"]
        node = self._rng.choice(sorted(nodes, key=lambda n: str(n["metadata"]["name"])))
        spec = node["spec"]
        if self._rng.random() < 0.5:
            spec["unschedulable"] = True
        else:
            spec["taints"] = [*(spec.get("taints") or ()), TAINT]
        self._closed = node["metadata"]["name"]
        await self._client.update(NODES, node)

    async def _open(self, name: str) -> None:
        while True:
            node = await self._client.get(NODES, name)
            spec = node["spec"]
            spec.pop("unschedulable", None)
            spec["taints"] = [t for t in spec.get("taints") or () if t["key"] != TAINT["key"]]
            try:
                await self._client.update(NODES, node)
            except StatusError as error:
                if error.code != 409:
                    raise
                continue
            self._closed = ""
            return

    async def _narrow_or_widen(self) -> None:
        self._narrow = not self._narrow
        await self._limit(NARROW if self._narrow else things.ROOM)

    async def _limit(self, pods: int) -> None:
        await self._client.patch(RESOURCEQUOTAS, "all", {"spec": {"hard": {"pods": str(pods)}}}, NAMESPACE)

    async def _namespace(self) -> None:
        """A namespace with something of everything comes and, next time, goes."""
        if self._doomed:
            self._doomed = False
            await self._client.delete(NAMESPACES, DOOMED)
            return
        await self._client.create(NAMESPACES, {"metadata": {"name": DOOMED}})
        self._doomed = True
        for r, obj in (
            (RESOURCEQUOTAS, things.quota()),
            (DEPLOYMENTS, things.deployment("d", 3)),
            (STATEFULSETS, things.stateful_set("s", 2)),
            (JOBS, things.job("j", 5, 2)),
            (CRONJOBS, things.cron_job("c", suspend=True)),
            (SERVICES, things.service("d")),
            (PODDISRUPTIONBUDGETS, things.budget("d")),
        ):
            obj["metadata"]["namespace"] = DOOMED
            await self._client.create(r, obj)
