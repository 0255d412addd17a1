"""The base of the controllers that own pods: ReplicaSets, StatefulSets, DaemonSets, Jobs."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import Any, ClassVar

from ..apimachinery import labels
from ..apimachinery.gvk import GroupVersionKind, GroupVersionResource
from ..client.informer import key_of
from ..client.resources import PODS
from . import owners
from . import pods as podlib
from .base import Controller
from .context import Context
from .expectations import Expectations
from .owners import Owners
from .ownership import CONTROLLER_INDEX
from .podcontrol import PodControl

Object = dict[str, Any]

MANY = 100
PACE = 4e-5
"""Seconds per pod between two looks at an owner of many; a look takes a quarter of that."""


class PodOwner(Controller, ABC):
    """A subclass names its kind and, when its constructor is done, calls `listen`."""

    resource: ClassVar[GroupVersionResource]
    kind: ClassVar[GroupVersionKind]
    component: ClassVar[str]
    """The source of its events."""
    finalizers: ClassVar[tuple[str, ...]] = ()
    """Come with adoption and go with release."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self.recorder = ctx.recorder(self.component)
        self.pod_control = PodControl(ctx.client, self.recorder, ctx.clock, ctx.rng)
        self.expectations = Expectations(ctx.clock)
        self.pods = owners.follow(self.informer(PODS))
        self.owners = Owners(ctx.client, self.informer(self.resource), self.kind, self.selector)

    def listen(self) -> None:
        """Handlers hear at once of what the caches hold already."""
        self.owners.informer.on_event(self.owner_changed)
        self.pods.on_event(self.pod_changed)

    def selector(self, owner: Object) -> labels.Selector:
        return owners.label_selector(owner)

    def may_own(self, owner: Object, pod: Object) -> bool:
        """Whether a pod is anything to an owner, beyond labels and references."""
        return True

    async def claim(self, owner: Object) -> list[Object]:
        """The owner's pods, after adopting and releasing."""
        return await self.owners.claim(owner, self.pods, may_own=self.may_own, finalizers=self.finalizers)

    def wake(self, owner: Object) -> None:
        """A pod's change concerns the owner."""
        self.pace(owner)

    def pace(self, owner: Object) -> None:
        """Looks at the owner soon: each look goes through all its pods, so that many make looks rarer."""
        pods = self.pods.count(CONTROLLER_INDEX, owner["metadata"]["uid"])
        self.queue.add_after(key_of(owner), pods * PACE if pods > MANY else 0.0)

    def owner_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED" or (old is not None and old["metadata"]["uid"] != new["metadata"]["uid"]):
            self.expectations.forget(key_of(new))
        elif old is not None and _generation(old) == _generation(new):
            # Its status, most likely: what the last look wrote, and no reason for one more at once.
            self.pace(new)
            return
        self.enqueue(new)

    def pod_changed(self, kind: str, new: Object, old: Object | None) -> None:
        """What was expected has come, and everybody concerned looks again."""
        owner = self.owners.of(new)
        if owner is not None and self._awaited(kind, key_of(owner), new):
            self.enqueue(owner)
        for concerned in self.owners.concerned(kind, new, old):
            self.wake(concerned)

    def dependent_changed(self, kind: str, new: Object, old: Object | None) -> None:
        """A revision, say. Of its own making too: a look in between did not know of it yet."""
        for owner in self.owners.concerned(kind, new, old):
            self.enqueue(owner)

    def _awaited(self, kind: str, key: str, pod: Object) -> bool:
        """Notes what has come; whether it was the last that the owner waited for."""
        if kind == "DELETED" or podlib.is_deleted(pod):
            return self.expectations.deletion_observed(key, key_of(pod))
        return kind == "ADDED" and self.expectations.creation_observed(key)

    def come_back(self, owner: Object, pods: Sequence[Object]) -> None:
        """Ready pods become available by time alone: look again when the first of them does."""
        min_ready = owner["spec"].get("minReadySeconds", 0)
        if not min_ready:
            return
        now = self.clock.now()
        pending = [wait for pod in pods if (wait := podlib.available_in(pod, min_ready, now))]
        if pending:
            self.queue.add_after(key_of(owner), min(pending))


def _generation(owner: Object) -> tuple[int, bool]:
    """Differs when what the owner asks for does, or whether it is wanted at all."""
    meta = owner["metadata"]
    return meta.get("generation", 0), "deletionTimestamp" in meta
