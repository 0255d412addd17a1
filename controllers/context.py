"""What every controller is given: the client, shared informers, the clock, recorders and the settings."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from ..apimachinery.clock import Clock
from ..apimachinery.gvk import GroupVersionResource
from ..client.client import Client
from ..client.events import EventRecorder
from ..client.informer import Index, Informer
from ..client.resources import CLUSTERROLES
from ..client.tasks import Tasks
from .settings import Settings

Object = dict[str, Any]

WITH_MANAGED_FIELDS = frozenset({CLUSTERROLES})
"""Whose owners of fields a controller looks at."""


class Informers:
    """One informer per resource, shared by the controllers and started when first asked for."""

    def __init__(self, client: Client, clock: Clock, tasks: Tasks) -> None:
        self._client = client
        self._clock = clock
        self._tasks = tasks
        self._informers: dict[GroupVersionResource, Informer] = {}
        self._running: dict[GroupVersionResource, Any] = {}

    def of(self, r: GroupVersionResource) -> Informer:
        informer = self._informers.get(r)
        if informer is None:
            managed = r in WITH_MANAGED_FIELDS
            informer = Informer(self._client, r, clock=self._clock, managed_fields=managed)
            self._informers[r] = informer
            self._running[r] = self._tasks.spawn(f"informer {r.resource}.{r.group}", informer.run())
        return informer

    def known(self) -> Iterable[GroupVersionResource]:
        return list(self._informers)

    def drop(self, r: GroupVersionResource) -> None:
        """Ends the informer of a resource that is no longer served."""
        if self._informers.pop(r, None) is not None:
            self._running.pop(r).cancel()


def index(informer: Informer, name: str, values: Index) -> None:
    """Adds an index that several controllers share; the first one to ask defines it."""
    if not informer.has_index(name):
        informer.add_index(name, values)


class Context:
    """`rng` draws name suffixes and jitter; tests give a seeded one."""

    def __init__(
        self, client: Client, clock: Clock, tasks: Tasks, settings: Settings, rng: random.Random
    ) -> None:
        self.client = client
        self.clock = clock
        self.tasks = tasks
        self.settings = settings
        self.rng = rng
        self.informers = Informers(client, clock, tasks)
        self.recorders: dict[str, EventRecorder] = {}

    def recorder(self, component: str) -> EventRecorder:
        """The recorder of upstream's event source name, for example `deployment-controller`."""
        recorder = self.recorders.get(component)
        if recorder is None:
            recorder = self.recorders[component] = EventRecorder(self.client, component, self.clock)
            self.tasks.spawn(f"events of {component}", recorder.run())
        return recorder
