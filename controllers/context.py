"""What every controller is given: the client, shared informers, the clock, recorders and the settings."""

from __future__ import annotations

import random
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


Choice = tuple[GroupVersionResource, str]
"""A resource and a field selector."""


class Informers:
    """One informer per resource, shared by the controllers and started when first asked for; where only some
    objects or only their metadata matter, one for these."""

    def __init__(self, client: Client, clock: Clock, tasks: Tasks) -> None:
        self._client = client
        self._clock = clock
        self._tasks = tasks
        self._whole: dict[Choice, Informer] = {}
        self._metadata: dict[GroupVersionResource, Informer] = {}
        self._running: dict[Informer, Any] = {}

    def of(self, r: GroupVersionResource, fields: str = "") -> Informer:
        """`fields` is a field selector, for a resource of which only some objects matter."""
        informer = self._whole.get((r, fields))
        if informer is None:
            informer = self._whole[(r, fields)] = self._start(
                Informer(
                    self._client,
                    r,
                    field_selector=fields,
                    clock=self._clock,
                    managed_fields=r in WITH_MANAGED_FIELDS,
                )
            )
        return informer

    def metadata(self, r: GroupVersionResource) -> Informer:
        """For who looks at the fields of `informer.BARE` only. It is the one of whole objects if somebody has
        asked for that before."""
        informer = self._whole.get((r, "")) or self._metadata.get(r)
        if informer is None:
            informer = self._metadata[r] = self._start(
                Informer(self._client, r, clock=self._clock, metadata_only=True)
            )
        return informer

    def _start(self, informer: Informer) -> Informer:
        r = informer.resource
        self._running[informer] = self._tasks.spawn(f"informer {r.resource}.{r.group}", informer.run())
        return informer

    def drop(self, r: GroupVersionResource) -> None:
        """Ends the informers of a resource that is no longer served."""
        for informer in [informer for informer in self._running if informer.resource == r]:
            self._running.pop(informer).cancel()
        self._metadata.pop(r, None)
        for choice in [choice for choice in self._whole if choice[0] == r]:
            del self._whole[choice]


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
