"""Everything a verb needs to know about one served resource, computed once at start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ...apimachinery import jsonio
from ...apimachinery.gvk import GroupVersionKind
from ...apimachinery.schema.node import Node
from ...apimachinery.schema.registry import Schema
from ..registry.resource import Resource
from ..registry.strategy import Object, Strategy
from ..storage.entry import Entry

if TYPE_CHECKING:
    from ..admission import AdmissionChain
    from ..storage.watch_cache import WatchCache

T = TypeVar("T")


class Described(Protocol):
    """What patches and representations need to know of a kind. Every scope is one, and so is the Scale that
    all workloads share."""

    @property
    def resource(self) -> Resource: ...
    @property
    def schema(self) -> Schema: ...
    @property
    def node(self) -> Node: ...
    @property
    def group(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def api_version(self) -> str: ...
    @property
    def known_kinds(self) -> frozenset[tuple[str, str]]: ...
    @property
    def custom(self) -> bool: ...
    @property
    def several(self) -> bool: ...

    def apply_defaults(self, obj: Object) -> None: ...
    def default_merged(self, obj: Object) -> None: ...


def _resets(strategy: Strategy) -> dict[str, tuple[tuple[str, ...], ...]]:
    """By subresource: what a write through it cannot set."""
    found = dict.fromkeys(strategy.status_subresources, strategy.status_resets)
    if strategy.has_status:
        found |= {"": ("status",), "finalize": ("status",)}
    found |= strategy.resets_by
    return {name: tuple(tuple(path.split(".")) for path in paths) for name, paths in found.items()}


class Scope:
    """A resource with its schema, its watch cache and its admission plug-ins."""

    def __init__(
        self,
        resource: Resource,
        schema: Schema,
        cache: WatchCache,
        *,
        known_kinds: frozenset[tuple[str, str]],
        storage_schema: Schema | None = None,
    ) -> None:
        self.resource = resource
        self.schema = schema
        self.cache = cache
        self.known_kinds = known_kinds
        self.storage_schema = storage_schema or schema
        self.strategy = resource.strategy
        self.group = resource.group
        self.invalid_group = resource.group if resource.storage_group is None else resource.storage_group
        """The group that validation errors name: the one the kind is stored in."""
        self.plural = resource.plural
        self.kind = resource.kind
        self.custom = resource.custom
        """Defined by a CustomResourceDefinition."""
        self.api_version = resource.api_version
        self.namespaced = resource.namespaced
        self.verbs = frozenset(resource.verbs)
        self.subresources = {s.name: s for s in resource.subresources}
        self.body_kind = resource.kind
        self.body_api_version = resource.api_version
        self.body_version = resource.version
        self.admission: AdmissionChain
        """Set once the plug-ins exist; they read through the scopes' caches."""
        self._chains: dict[tuple[str, str], Any] = {}
        kind, version = resource.kind, resource.api_version
        self.list_prefix = f'{{"kind":"{kind}List","apiVersion":"{version}","metadata":'.encode()
        self.item_cut = len(f'{{"kind":"{kind}","apiVersion":"{version}",')
        self._resets = _resets(self.strategy)
        self.siblings: dict[str, Scope] = {}
        """The scopes of the kind's other served versions, by apiVersion."""
        self.convert: Callable[[Object], Object] | None = resource.from_storage
        self.owns_storage = resource.storage_group is None and resource.storage_version is None
        self.list_kind = resource.list_kind or f"{resource.kind}List"
        self.several = False
        """Objects may be stored in another version than this one."""
        self.views: Callable[[Sequence[Entry]], Awaitable[list[Entry]]] | None = None
        """Stored entries as this version shows them. None: `from_storage` does it."""
        self.encode: Callable[[Object], Awaitable[Object]] | None = None
        """The object as it is stored. None: `to_storage` does it."""

    @property
    def closing(self) -> bool:
        """Nothing more may be created: the definition is going away."""
        return False

    @cached_property
    def node(self) -> Node:
        return self.schema.root

    async def seen(self, entry: Entry) -> Entry:
        """A stored entry as this version shows it."""
        return entry if self.views is None else (await self.views([entry]))[0]

    async def settle(self, work: Callable[[], T], otherwise: Callable[[], T] | None = None) -> T:
        """The outcome of `work`, which may ask for `other_version`s; that of `otherwise` where one cannot be
        had."""
        return work()

    def outgrown(self, obj: Object | None) -> bool:
        """Whether the schema may have changed since the stored object was written."""
        return False

    def chain(self, operation: str, subresource: str = "") -> Any:
        """The admission plug-ins of an operation, and the kind they are shown: (mutators, validators, gvk),
        computed once."""
        key = (operation, subresource)
        found = self._chains.get(key)
        if found is None:
            hooks = self.admission.for_(self.group, self.plural, subresource, operation)
            found = self._chains[key] = (*hooks, self.body_gvk(subresource))
        return found

    def body_gvk(self, subresource: str) -> GroupVersionKind:
        """What a write of the (sub)resource carries: for pods/eviction an Eviction."""
        found = self.subresources.get(subresource)
        return found.kind if found is not None and found.kind is not None else self.resource.gvk

    def empty_fields(self) -> Object:
        """What an otherwise empty object of the kind is written with (a bookmark's `spec: {}`)."""
        return {k: {} for k, v in self.node.presence.items() if v == {} and k != "metadata"}

    def resets(self, subresource: str) -> tuple[tuple[str, ...], ...]:
        """Paths that a write through this (sub)resource cannot set, so nobody comes to own them. Of other
        subresources (a pod's resize) upstream tells none, whatever they can set."""
        return self._resets.get(subresource, ())

    def other_version(self, obj: Object, api_version: str) -> tuple[Object, Node | None] | None:
        """The object (of any served version) as a version of its kind shows it; None when that version is
        not served."""
        wanted = self if api_version == self.api_version else self.siblings.get(api_version)
        if wanted is None:
            return None
        source = self.siblings.get(obj.get("apiVersion", ""), self)
        return wanted.from_storage(source.to_storage(jsonio.clone(obj))), wanted.node

    def apply_defaults(self, obj: Object) -> None:
        self.schema.default(obj)
        self.strategy.default(obj)

    def default_merged(self, obj: Object) -> None:
        """Defaults what a configuration was merged into; its nulls are left to validation."""
        self.apply_defaults(obj)

    def to_storage(self, obj: Object) -> Object:
        return self.resource.to_storage(obj) if self.resource.to_storage else obj

    def from_storage(self, obj: Object) -> Object:
        return self.resource.from_storage(obj) if self.resource.from_storage else obj
