"""Random creates, scales, rollouts and deletes of every kind of workload."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from wherry.apimachinery.errors import StatusError
from wherry.apimachinery.gvk import GroupVersionResource
from wherry.client.client import Client
from wherry.client.resources import (
    CRONJOBS,
    DAEMONSETS,
    DEPLOYMENTS,
    HORIZONTALPODAUTOSCALERS,
    JOBS,
    NAMESPACES,
    PERSISTENTVOLUMES,
    PODDISRUPTIONBUDGETS,
    REPLICASETS,
    REPLICATIONCONTROLLERS,
    RESOURCEQUOTAS,
    SERVICES,
    STATEFULSETS,
    STORAGECLASSES,
)

from tests.chaos import things
from tests.chaos.mischief import Mischief
from tests.chaos.things import NAMESPACE

Object = dict[str, Any]
SCALED = (DEPLOYMENTS, REPLICASETS, REPLICATIONCONTROLLERS, STATEFULSETS)
ROLLED = (DEPLOYMENTS, STATEFULSETS, DAEMONSETS)
VOLUMES = 80


class Churn:
    """`step` does one thing, whatever comes of it; after `end` the cluster can come to rest."""

    def __init__(self, client: Client, rng: Random) -> None:
        self._client = client
        self._rng = rng
        self._serial = 0
        self._live: dict[GroupVersionResource, list[str]] = {}
        self._mischief = Mischief(client, rng, self.names)
        self._steps: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (4, self._create),
            (4, self._scale),
            (4, self._roll),
            (2, self._delete),
            *self._mischief.steps,
        ]

    async def prepare(self) -> None:
        """What stays for the whole churn."""
        await self._client.create(NAMESPACES, {"metadata": {"name": NAMESPACE}})
        await self._client.create(STORAGECLASSES, things.storage_class())
        for number in range(VOLUMES):
            await self._client.create(PERSISTENTVOLUMES, things.volume(number))
        await self._client.create(RESOURCEQUOTAS, things.quota())
        for r in (*SCALED, DAEMONSETS, JOBS, CRONJOBS):
            await self._make(r)

    async def step(self) -> None:
        weights = [weight for weight, _ in self._steps]
        (chosen,) = self._rng.choices(self._steps, weights)
        try:
            await chosen[1]()
        except StatusError as error:
            if error.code not in (404, 409):
                raise

    async def end(self) -> None:
        await self._mischief.end()
        for name in self.names(CRONJOBS):
            await self._client.patch(CRONJOBS, name, {"spec": {"suspend": True}}, NAMESPACE)

    def names(self, r: GroupVersionResource) -> list[str]:
        """Those that should be there."""
        return self._live.get(r, [])

    def _replicas(self) -> int:
        return self._rng.choice((0, 1, 2, 3, 5, 8))

    def _object(self, r: GroupVersionResource, name: str) -> Object:
        made: dict[GroupVersionResource, Callable[[], Object]] = {
            DEPLOYMENTS: lambda: things.deployment(name, self._replicas()),
            REPLICASETS: lambda: things.replica_set(name, self._replicas()),
            REPLICATIONCONTROLLERS: lambda: things.replication_controller(name, self._replicas()),
            STATEFULSETS: lambda: things.stateful_set(
                name,
                self._rng.randint(0, 4),
                podManagementPolicy=self._rng.choice(("OrderedReady", "Parallel")),
            ),
            DAEMONSETS: lambda: things.daemon_set(name),
            JOBS: lambda: self._job(name),
            CRONJOBS: lambda: things.cron_job(name),
        }
        return made[r]()

    def _job(self, name: str) -> Object:
        return things.job(
            name,
            self._rng.randint(1, 12),
            self._rng.randint(1, 5),
            fails=self._rng.choice((0.0, 0.3)),
            **self._rng.choice(things.JOB_RULES),
        )

    async def _make(self, r: GroupVersionResource) -> None:
        self._serial += 1
        name = f"{r.resource[:6]}-{self._serial}"
        await self._client.create(r, self._object(r, name))
        self._live.setdefault(r, []).append(name)
        if r in (DEPLOYMENTS, STATEFULSETS):
            await self._client.create(SERVICES, things.service(name))
            await self._client.create(PODDISRUPTIONBUDGETS, things.budget(name))
        if r == DEPLOYMENTS and self._rng.random() < 0.3:
            await self._client.create(HORIZONTALPODAUTOSCALERS, things.autoscaler(name, 2))

    async def _create(self) -> None:
        r = self._rng.choice((*SCALED, DAEMONSETS, JOBS, JOBS))
        if len(self.names(r)) < 4:
            await self._make(r)

    def _some(self, *resources: GroupVersionResource) -> tuple[GroupVersionResource, str] | None:
        found = [(r, name) for r in resources for name in self.names(r)]
        return self._rng.choice(found) if found else None

    async def _scale(self) -> None:
        some = self._some(*SCALED)
        if some is not None:
            most = 4 if some[0] == STATEFULSETS else 8
            change = {"spec": {"replicas": min(self._replicas(), most)}}
            await self._client.patch(some[0], some[1], change, NAMESPACE)

    async def _roll(self) -> None:
        some = self._some(*ROLLED)
        if some is not None:
            image = f"v{self._rng.randint(1, 4)}"
            change = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}}
            await self._client.patch(some[0], some[1], change, NAMESPACE, kind="strategic")

    async def _delete(self) -> None:
        some = self._some(*SCALED, DAEMONSETS, JOBS)
        if some is None or some[1] in self._mischief.orphaned:
            return
        r, name = some
        how = self._rng.choice(("Background", "Foreground"))
        self._live[r].remove(name)
        await self._client.delete(r, name, NAMESPACE, propagation=how)
        for extra in (SERVICES, PODDISRUPTIONBUDGETS, HORIZONTALPODAUTOSCALERS):
            try:
                await self._client.delete(extra, name, NAMESPACE)
            except StatusError as error:
                if error.code != 404:
                    raise
