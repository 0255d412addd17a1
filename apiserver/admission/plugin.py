"""What a plug-in is given and what it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple, Protocol

from ...apimachinery import errors
from ...apimachinery.errors import StatusError
from ...apimachinery.gvk import GroupVersionKind
from ..registry.strategy import Object, Reader, User

CREATE: Final = "CREATE"
UPDATE: Final = "UPDATE"
DELETE: Final = "DELETE"
CONNECT: Final = "CONNECT"
WRITES: Final = frozenset({CREATE, UPDATE})
EVERY_OPERATION: Final = frozenset({CREATE, UPDATE, DELETE, CONNECT})
SERVER: Final = User("system:apiserver", groups=("system:masters", "system:authenticated"))
"""The server itself. It is told by identity: no request can come from this very object."""


class Attributes(NamedTuple):
    """The operation under way. `name` is empty for a create with generateName; `kind` is the resource's;
    `options` are the verb's as they were given (CreateOptions, UpdateOptions, DeleteOptions)."""

    operation: str
    group: str
    version: str
    resource: str
    subresource: str
    kind: str
    namespace: str
    name: str
    user: User
    dry_run: bool = False
    options: dict[str, Any] = {}
    warnings: list[str] | None = None
    """Collects texts for the caller; None where nobody would see them."""
    gvk: GroupVersionKind = GroupVersionKind("", "", "")
    """What the new object is: for a subresource what it carries (Scale, Eviction, PodExecOptions …)."""

    @property
    def of_namespace(self) -> str:
        """The namespace meant: a Namespace is in itself."""
        if self.resource == "namespaces" and not self.group:
            return self.name
        return self.namespace


class Round(Protocol):
    """What a mutator that waited may give back: it wants to look again after the other mutators."""

    changed: bool
    """It changed the object, so that every mutator is to run once more."""

    async def again(self, obj: Any, old: Any) -> None:
        """Its second look, in its place among the others."""


Hook = Callable[[Attributes, Any, Any, Reader], Awaitable[Round | None] | None]
"""(attributes, new object, old object, reader). A mutator changes the new object in place; both raise
StatusError. An awaitable is returned only by hooks that must wait, a Round only by mutators."""


class Plugin(NamedTuple):
    """`on` maps (group, "resource" or "resource/subresource") to operations; `anywhere` are the operations on
    everything else."""

    name: str
    on: Mapping[tuple[str, str], frozenset[str]]
    mutate: Hook | None = None
    validate: Hook | None = None
    anywhere: frozenset[str] = frozenset()

    def handles(self, group: str, resource: str, subresource: str, operation: str) -> bool:
        path = f"{resource}/{subresource}" if subresource else resource
        return operation in self.on.get((group, path), self.anywhere)


def forbidden(attrs: Attributes, why: str, obj: Object | None = None) -> StatusError:
    """403 for the object under admission, named as upstream does: by its own name, or generateName's."""
    name = attrs.name
    if not name and obj is not None:
        meta = obj.get("metadata", {})
        name = meta.get("name") or meta.get("generateName", "")
    name = name or "Unknown"
    return errors.forbidden(attrs.group, attrs.resource, name, why)
