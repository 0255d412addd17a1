"""The end of a definition: every instance is deleted, then its finalizer goes.

Source: apiextensions-apiserver pkg/controller/finalizer.
"""

from __future__ import annotations

import logging

from ...apimachinery import errors, jsonio
from ...apimachinery.clock import rfc3339
from ..endpoints import delete as deletion
from ..endpoints.internal import APISERVER, InternalWriter
from ..endpoints.scope import Scope
from ..endpoints.server import Server
from ..registry.apiextensions.conditions import ESTABLISHED, FINALIZER, TERMINATING, holds, with_condition
from ..registry.strategy import Object
from .definition import GROUP, PLURAL
from .served import CustomResources

log = logging.getLogger("wherry.apiserver")
RETRY = 5.0


def _terminating(status: str, reason: str, message: str) -> Object:
    return {"type": TERMINATING, "status": status, "reason": reason, "message": message}


IN_PROGRESS = _terminating("True", "InstanceDeletionInProgress", "CustomResource deletion is in progress")
COMPLETED = _terminating("False", "InstanceDeletionCompleted", "removed all instances")
NEVER = _terminating("False", "NeverEstablished", "resource was never established")
OVERLAPPING = _terminating(
    "False", "OverlappingBuiltInResource", "instances overlap with built-in resources in storage"
)


class Drain:
    """Deletes a definition's instances as `system:apiserver`, through admission, and waits for them to go."""

    def __init__(self, server: Server, served: CustomResources, writer: InternalWriter) -> None:
        self._server, self._served, self._writer = server, served, writer

    async def run(self, name: str) -> None:
        """Returns when the definition is gone."""
        while (entry := self._served.cache.get("", name)) is not None:
            try:
                if await self._pass(entry.obj):
                    return
            except errors.StatusError as error:
                if errors.is_reason(error, "NotFound"):
                    return
                if not errors.is_reason(error, "Conflict"):
                    log.warning("definition %s: %s", name, error)
                    await self._server.clock.sleep(RETRY)
            except Exception:
                log.exception("definition %s", name)
                await self._server.clock.sleep(RETRY)

    async def _pass(self, raw: Object) -> bool:
        """Whether there is nothing left to do."""
        name, spec = raw["metadata"]["name"], raw["spec"]
        if FINALIZER not in (raw["metadata"].get("finalizers") or ()):
            return True
        raw = await self._tell(raw, IN_PROGRESS)
        if self._served.overlaps(spec["group"], spec["names"]["plural"]):
            outcome = OVERLAPPING
        elif not holds(raw, ESTABLISHED):
            outcome = NEVER
        else:
            try:
                await self._empty(name)
            except errors.StatusError as error:
                why = f"could not issue all deletes: {error.message}"
                await self._tell(raw, _terminating("True", "InstanceDeletionFailed", why))
                raise
            outcome = COMPLETED
        await self._finish(name, outcome)
        return True

    async def _empty(self, name: str) -> None:
        scopes = self._served.scopes(name)
        if not scopes:
            return
        scope = scopes[0]
        stored = self._server.stored[scope.group, scope.plural]
        gone = Emptied(stored)
        for entry in stored.cache.entries():
            await self._delete(stored, entry.obj["metadata"])
        await gone.wait()

    async def _delete(self, scope: Scope, meta: Object) -> None:
        try:
            namespace = meta.get("namespace", "")
            await deletion.delete(self._server, scope, APISERVER, namespace, meta["name"], {})
        except errors.StatusError as error:
            if not errors.is_reason(error, "NotFound"):
                raise

    async def _tell(self, raw: Object, what: Object) -> Object:
        new: Object = jsonio.clone(raw)
        with_condition(new, what, rfc3339(self._server.clock.now()))
        return await self._writer.update_status(GROUP, PLURAL, new)

    async def _finish(self, name: str, outcome: Object) -> None:
        entry = self._served.cache.get("", name)
        if entry is None:
            return
        new: Object = jsonio.clone(entry.obj)
        with_condition(new, outcome, rfc3339(self._server.clock.now()))
        new["metadata"]["finalizers"] = [f for f in new["metadata"]["finalizers"] if f != FINALIZER]
        await self._writer.update_status(GROUP, PLURAL, new)


class Emptied:
    """Waits until a resource has no objects."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def wait(self) -> None:
        """Returns when the cache is empty."""
        cache = self._scope.cache
        while cache.entries():
            watcher = await cache.watch(cache.revision)
            try:
                await watcher.wait()
            finally:
                watcher.close()
