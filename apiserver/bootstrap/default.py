"""One default object and how it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from ..registry.strategy import Object

Merge = Callable[[Object, Object], Object | None]
"""(found, wanted) -> what to write instead of `found`, None to leave it."""


def keep(found: Object, wanted: Object) -> Object | None:
    """What is there stays: users may have changed it."""
    return None


def restore(*fields: str) -> Merge:
    """The named top-level fields are put back whenever they differ."""

    def merge(found: Object, wanted: Object) -> Object | None:
        if all(found.get(f) == wanted.get(f) for f in fields):
            return None
        return {**found, **{f: wanted[f] for f in fields if f in wanted}}

    return merge


@dataclass(frozen=True, kw_only=True)
class Default:
    """`resource` is the plural; `obj` is complete but for what the server sets. `status` is written
    afterwards."""

    group: str
    resource: str
    obj: Object
    status: Object | None = None
    merge: Merge = keep

    @property
    def namespace(self) -> str:
        return str(self.obj["metadata"].get("namespace", ""))

    @property
    def name(self) -> str:
        return str(self.obj["metadata"]["name"])


class ObjectWriter(Protocol):
    """What reconciling needs of the server; it writes as the server itself (`system:apiserver`, field manager
    `kube-apiserver`), past authorization. Writes raise StatusError."""

    def get(self, group: str, resource: str, namespace: str, name: str) -> Object | None: ...

    async def create(self, group: str, resource: str, obj: Object) -> Object: ...

    async def update(self, group: str, resource: str, obj: Object) -> Object: ...

    async def update_status(self, group: str, resource: str, obj: Object) -> Object: ...


def metadata(name: str, namespace: str = "", **more: Any) -> Object:
    out: Object = {"name": name}
    if namespace:
        out["namespace"] = namespace
    return {**out, **{k: v for k, v in more.items() if v}}
