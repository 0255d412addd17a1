"""The document `Cause`: the chain of writes around one object, and what fills the gaps in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from ...apimachinery import errors
from ...apimachinery.clock import rfc3339_micro
from ..authorization import Attributes
from ..endpoints.scope import Scope
from ..endpoints.server import Server
from ..registry.strategy import Object, User
from ..storage.chronicle import Chronicle, Record
from . import changes
from .chain import OWN, Chain, Link, chain
from .names import API_VERSION, GROUP, About, parse
from .writes import Target, Write, Writes

OWNERS = 8
"""Levels of owners told of; ownership may run in a circle."""
EVENTS = 20
SAYS = {"create": "created", "delete": "deleted", "deletecollection": "deleted"}
"""What a verb did, where the write itself is no longer at hand."""


class Causes:
    """Reads everything from memory; a full chronicle takes a tenth of a second to go through, so that is done
    in a thread. `document` raises StatusError 404."""

    def __init__(self, server: Server, chronicle: Chronicle) -> None:
        self._server = server
        self._chronicle = chronicle

    async def document(self, user: User, namespace: str, name: str, uid: str = "") -> Object:
        """The Cause called `name` in `namespace` (empty for objects in none), as `user` may see it."""
        about = parse(name)
        scope = self._scope(about)
        if scope is None or not about.name or scope.namespaced != bool(namespace):
            raise errors.not_found(GROUP, "causes", name)
        target = self._target(scope, namespace, about.name)
        obj = self._read(target)
        uid = uid or (obj["metadata"]["uid"] if obj else "")
        writes, found = await asyncio.to_thread(_told, tuple(self._chronicle), target, uid)
        if obj is None and not found.links:
            raise errors.not_found(about.group, about.resource, about.name)
        meta = {"name": name, **({"namespace": namespace} if namespace else {})}
        status = _Teller(self._server, user, writes).status(found, obj, target)
        status["since"] = self._since()
        return {"kind": "Cause", "apiVersion": API_VERSION, "metadata": meta, "status": status}

    def _scope(self, about: About) -> Scope | None:
        for (group, _, plural), scope in self._server.scopes.items():
            if (group, plural) == (about.group, about.resource) and not scope.resource.virtual:
                return scope
        return None

    @staticmethod
    def _target(scope: Scope, namespace: str, name: str) -> Target:
        group = scope.group if scope.resource.storage_group is None else scope.resource.storage_group
        return Target(group, scope.plural, namespace, name)

    def _read(self, target: Target) -> Object | None:
        return self._server.reader.get(target.group, target.resource, target.namespace, target.name)

    def _since(self) -> Object:
        """The oldest write that is remembered."""
        if not self._chronicle:
            return {}
        revision, _, _, origin = self._chronicle[0]
        time = {} if origin is None else {"time": _moment(self._server)(origin[0])}
        return {"revision": revision, **time}


def _told(records: Sequence[Record], target: Target, uid: str) -> tuple[Writes, Chain]:
    writes = Writes(records)
    return writes, chain(writes, target, uid)


class _Teller:
    """Puts a chain into words for one user, who is told of an object only what they may see of it."""

    def __init__(self, server: Server, user: User, writes: Writes) -> None:
        self._server = server
        self._user = user
        self._writes = writes
        self._moment = _moment(server)
        self._allowed: dict[Target, bool] = {}

    def status(self, found: Chain, obj: Object | None, target: Target) -> Object:
        writes = [self._write(link) for link in found.links]
        told: Object = {"writes": writes}
        if found.left_out:
            told["leftOut"] = found.left_out
        if obj is not None:
            told["uid"] = obj["metadata"]["uid"]
            owners = self._owners(obj)
            if owners:
                told["owners"] = owners
            if not any(write["role"] == OWN and write.get("action") == "created" for write in writes):
                told["remembered"] = self._remembered(obj, target)
        return told

    def _write(self, link: Link) -> Object:
        write = link.write
        told: Object = {"revision": write.revision, "role": link.role}
        if link.parent:
            told["parent"] = link.parent
        if write.at is not None:
            told["time"] = self._moment(write.at)
        if not self._may_see(write.target):
            return told | {"hidden": True}
        told |= {"action": self._action(write), "object": self._object(write)}
        told |= _given(verb=write.verb, subresource=write.subresource, user=write.user, userAgent=write.agent)
        if write.by:
            reconcile = _given(
                by=write.by,
                key=write.key,
                because=list(write.because),
                forgotten=self._writes.forgotten(write),
            )
            told["reconcile"] = reconcile
        return told | self._changes(write)

    def _object(self, write: Write) -> Object:
        group, resource, namespace, name = write.target
        scope = self._server.stored.get((group, resource))
        kind = scope.kind if scope is not None else ""
        named = _given(group=group, resource=resource, kind=kind, namespace=namespace)
        return {**named, "name": name, "uid": write.uid}

    def _action(self, write: Write) -> str:
        scope = self._server.stored.get((write.target.group, write.target.resource))
        change = scope.cache.change(write.revision) if scope is not None else None
        if change is not None:
            return changes.kind_of(change)
        return "changed" if write.subresource else SAYS.get(write.verb, "changed")

    def _changes(self, write: Write) -> Object:
        scope = self._server.stored.get((write.target.group, write.target.resource))
        change = scope.cache.change(write.revision) if scope is not None else None
        if change is None:
            return {}
        return _given(changes=changes.changes(change, secret=write.target.resource == "secrets"))

    def _may_see(self, target: Target) -> bool:
        known = self._allowed.get(target)
        if known is None:
            group, resource, namespace, name = target
            asked = Attributes(self._user, "get", group, "", resource, "", namespace, name)
            known = self._allowed[target] = self._server.authorizer.authorize(asked).allowed
        return known

    def _owners(self, obj: Object) -> list[Object]:
        """From the controlling owner upwards, as far as the owners exist and may be seen."""
        found: list[Object] = []
        current: Object | None = obj
        while current is not None and len(found) < OWNERS:
            meta = current["metadata"]
            ref = next((r for r in meta.get("ownerReferences") or () if r.get("controller")), None)
            if ref is None:
                break
            found.append({key: ref[key] for key in ("apiVersion", "kind", "name", "uid")})
            current = self._owner(ref, meta.get("namespace", ""))
        return found

    def _owner(self, ref: Object, namespace: str) -> Object | None:
        for (group, plural), scope in self._server.stored.items():
            if (scope.api_version, scope.kind) == (ref["apiVersion"], ref["kind"]):
                where = namespace if scope.namespaced else ""
                if not self._may_see(Target(group, plural, where, ref["name"])):
                    return None
                owner = self._server.reader.get(group, plural, where, ref["name"])
                return owner if owner is not None and owner["metadata"]["uid"] == ref["uid"] else None
        return None

    def _remembered(self, obj: Object, target: Target) -> list[Object]:
        """What the object itself and the events about it still tell, in order of time."""
        meta = obj["metadata"]
        told = [{"time": meta.get("creationTimestamp", ""), "text": "created"}]
        for entry in meta.get("managedFields") or ():
            part = f" of {entry['subresource']}" if entry.get("subresource") else ""
            text = f"last {entry.get('operation', '')}{part} by {entry.get('manager', '')}"
            told.append({"time": entry.get("time", ""), "text": text})
        return sorted(told + self._events(obj, target), key=lambda entry: entry["time"])

    def _events(self, obj: Object, target: Target) -> list[Object]:
        namespace, uid = target.namespace or "default", obj["metadata"]["uid"]
        asked = Attributes(self._user, "list", "", "v1", "events", "", namespace)
        if not self._server.authorizer.authorize(asked).allowed:
            return []
        found = [
            {"time": time, "text": f"event {event.get('reason', '')}: {event.get('message', '')}"}
            for event in self._server.reader.list("", "events", namespace)
            if (event.get("involvedObject") or {}).get("uid") == uid
            if (time := event.get("lastTimestamp") or event.get("eventTime") or "")
        ]
        return found[-EVENTS:]


def _moment(server: Server) -> Callable[[float], str]:
    """A monotonic time of the server's clock as RFC 3339."""
    now, monotonic = server.clock.now(), server.clock.monotonic()
    return lambda at: rfc3339_micro(now - timedelta(seconds=monotonic - at))


def _given(**fields: Any) -> Object:
    return {key: value for key, value in fields.items() if value}
