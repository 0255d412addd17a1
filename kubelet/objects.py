"""ConfigMaps and Secrets that the node's pods refer to: read when needed, then watched one by one.

A node may read only the objects its own pods name, so each is watched by name, as upstream's kubelet does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from ..apimachinery.clock import Clock
from ..apimachinery.errors import StatusError, is_reason
from ..apimachinery.gvk import GroupVersionResource
from ..client.client import Client
from ..client.errors import Unreachable
from ..client.informer import Informer
from .worker.host import Waits

Object = dict[str, Any]
Key = tuple[GroupVersionResource, str, str]


class ObjectStore:
    """`get` reads; a pod that `holds` an object hears by `changed(uid)` when it changes."""

    def __init__(
        self,
        client: Client,
        clock: Clock,
        spawn: Callable[[str, Coroutine[Any, Any, None]], asyncio.Task[Any]],
        changed: Callable[[str], None],
    ) -> None:
        self.client = client
        self._clock = clock
        self._spawn = spawn
        self._changed = changed
        self._holders: dict[Key, set[str]] = {}
        self._watches: dict[Key, tuple[Informer, asyncio.Task[Any]]] = {}

    async def get(self, r: GroupVersionResource, namespace: str, name: str) -> Object | None:
        """The object, None when there is none; `Waits` when the API cannot tell."""
        watch = self._watches.get((r, namespace, name))
        if watch is not None and watch[0].has_synced:
            return watch[0].get(f"{namespace}/{name}" if namespace else name)
        try:
            return await self.client.get(r, name, namespace)
        except StatusError as error:
            if is_reason(error, "NotFound"):
                return None
            raise Waits("CreateContainerConfigError", str(error)) from error
        except Unreachable as error:
            raise Waits("CreateContainerConfigError", str(error)) from error

    def hold(self, uid: str, r: GroupVersionResource, namespace: str, name: str) -> None:
        """Watches an object for a pod, until `release`."""
        key = (r, namespace, name)
        self._holders.setdefault(key, set()).add(uid)
        if key in self._watches:
            return
        informer = Informer(
            self.client, r, namespace=namespace, field_selector=f"metadata.name={name}", clock=self._clock
        )

        def heard(kind: str, new: Object, old: Object | None) -> None:
            # The first list only repeats what was read when the volume was set up.
            if informer.has_synced:
                for holder in list(self._holders.get(key, ())):
                    self._changed(holder)

        informer.on_event(heard)
        self._watches[key] = (informer, self._spawn(f"watch {r.resource} {namespace}/{name}", informer.run()))

    def release(self, uid: str) -> None:
        """A pod needs its objects no longer."""
        for key in [k for k, holders in self._holders.items() if uid in holders]:
            self._holders[key].discard(uid)
            if not self._holders[key]:
                del self._holders[key]
                self._watches.pop(key)[1].cancel()
