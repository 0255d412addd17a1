"""The server's own writes: the same path as a request's, without the wire."""

from __future__ import annotations

from ...apimachinery import jsonio
from ...apimachinery.clock import rfc3339
from ..admission.plugin import SERVER
from ..registry.strategy import Object
from . import delete, managed, write
from .scope import Scope
from .server import Server

APISERVER = SERVER
MANAGER = "kube-apiserver"


class InternalWriter:
    """Reads and writes stored objects as `system:apiserver` (bootstrap's ObjectWriter). Raises
    StatusError."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def get(self, group: str, resource: str, namespace: str, name: str) -> Object | None:
        return self._server.reader.get(group, resource, namespace, name)

    async def create(self, group: str, resource: str, obj: Object) -> Object:
        scope = self._server.stored[group, resource]
        new = _typed(scope, obj)
        todo = write.Write(APISERVER, new["metadata"].get("namespace", ""), "", MANAGER)
        return (await write.create(self._server, scope, todo, new)).obj

    async def update(self, group: str, resource: str, obj: Object) -> Object:
        return await self._update(group, resource, obj, "")

    async def update_status(self, group: str, resource: str, obj: Object) -> Object:
        return await self._update(group, resource, obj, "status")

    async def delete(self, group: str, resource: str, namespace: str, name: str, *, uid: str = "") -> None:
        options = {"preconditions": {"uid": uid}} if uid else {}
        scope = self._server.stored[group, resource]
        await delete.delete(self._server, scope, APISERVER, namespace, name, options)

    async def _update(self, group: str, resource: str, obj: Object, subresource: str) -> Object:
        scope = self._server.stored[group, resource]
        meta = obj["metadata"]

        async def change(old: Object) -> Object:
            new = _typed(scope, obj)
            now = rfc3339(self._server.clock.now())
            managed.record(scope, old, new, manager=MANAGER, now=now, subresource=subresource)
            return new

        todo = write.Write(
            APISERVER, meta.get("namespace", ""), meta["name"], MANAGER, subresource=subresource
        )
        return (await write.update(self._server, scope, todo, change)).obj


def _typed(scope: Scope, obj: Object) -> Object:
    new: Object = jsonio.clone(obj)
    scope.schema.decode(new)
    new["kind"], new["apiVersion"] = scope.kind, scope.api_version
    new.setdefault("metadata", {})
    scope.apply_defaults(new)
    return new
