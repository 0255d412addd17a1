"""The server's own writes: the same path as a request's, without the wire."""

from __future__ import annotations

from ...apimachinery import errors, jsonio
from ..registry.strategy import Object, User
from . import delete as deletion
from . import write
from .scope import Scope
from .server import Server

APISERVER = User("system:apiserver", groups=("system:masters", "system:authenticated"))


class InternalWriter:
    """Reads and writes objects by their own apiVersion and kind, as `system:apiserver`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._by_kind = {(s.api_version, s.kind): s for s in server.scopes.values()}

    def _scope(self, obj: Object) -> Scope:
        return self._by_kind[obj["apiVersion"], obj["kind"]]

    def get(self, group: str, resource: str, namespace: str, name: str) -> Object | None:
        return self._server.reader.get(group, resource, namespace, name)

    async def create(self, obj: Object) -> Object:
        """AlreadyExists and every other refusal come as StatusError."""
        scope = self._scope(obj)
        new = self._typed(scope, obj)
        todo = write.Write(APISERVER, new["metadata"].get("namespace", ""), "", "kube-apiserver")
        return (await write.create(self._server, scope, todo, new)).obj

    async def update(self, obj: Object) -> Object:
        scope = self._scope(obj)
        meta = obj["metadata"]

        async def change(_: Object) -> Object:
            return self._typed(scope, obj)

        todo = write.Write(APISERVER, meta.get("namespace", ""), meta["name"], "kube-apiserver")
        return (await write.update(self._server, scope, todo, change)).obj

    async def delete(self, group: str, resource: str, namespace: str, name: str) -> None:
        """Deletes what is there; nothing to do when it is not."""
        try:
            scope = self._server.stored[group, resource]
            await deletion.delete(self._server, scope, APISERVER, namespace, name, {})
        except errors.StatusError as error:
            if not errors.is_reason(error, "NotFound"):
                raise

    def _typed(self, scope: Scope, obj: Object) -> Object:
        new: Object = jsonio.clone(obj)
        scope.schema.decode(new)
        new["kind"], new["apiVersion"] = scope.kind, scope.api_version
        new.setdefault("metadata", {})
        scope.apply_defaults(new)
        return new
