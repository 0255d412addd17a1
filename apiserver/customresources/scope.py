"""The scope of one version of a custom resource, which sees stored objects of any version as its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar, cast

from ...apimachinery import errors, jsonio, managedfields
from ...apimachinery.schema.node import Node
from ...apimachinery.schema.registry import Schema
from ..endpoints.scope import Scope
from ..registry.resource import Resource
from ..registry.strategy import Object
from ..storage.entry import Entry
from .conversion import Converter, Renaming
from .schema import LazySchema

if TYPE_CHECKING:
    from ..storage.watch_cache import WatchCache

KEPT_VIEWS = 16384
KEPT_CONVERSIONS = 256

T = TypeVar("T")


class NeedsConversion(Exception):  # noqa: N818
    """An object is wanted in another version, which only a webhook can tell."""

    def __init__(self, obj: Object, api_version: str) -> None:
        super().__init__(api_version)
        self.obj = obj
        self.api_version = api_version


class Family:
    """What the versions of one custom resource share."""

    def __init__(self, stored: str, converter: Converter, since: int) -> None:
        self.stored = stored
        """The apiVersion objects are stored in."""
        self.converter = converter
        self.since = since
        """Objects written after this revision were pruned and defaulted by the schemas of today."""
        self.heir: Family | None = None
        """What took this one's place when the definition changed. Requests from before still write here."""
        self.closing = False
        """Whether the definition is on its way out, or gone."""
        self.doubtful: set[str] = set()
        """Keys that were written by a predecessor's schemas after `since`."""
        self.schemas: dict[str, LazySchema] = {}
        """By apiVersion, those of versions that are not served included."""
        self.converted: dict[tuple[str, bytes], Object] = {}
        """What a webhook made of an object (its JSON) in another version, for the owners of fields."""

    @property
    def newest(self) -> Family:
        """What the definition is served by now; a request keeps the scope it began with."""
        family = self
        while family.heir is not None:
            family = family.heir
        return family

    async def convert(self, objects: Sequence[Object], api_version: str) -> list[Object]:
        """Independent objects of any version, as `api_version`: pruned by its schema, not defaulted."""
        out = list(objects)
        others = [i for i, obj in enumerate(objects) if obj["apiVersion"] != api_version]
        if others:
            converted = await self.converter.convert([objects[i] for i in others], api_version)
            for i, obj in zip(others, converted, strict=True):
                self.schemas[api_version].decode(obj)
                out[i] = obj
        return out

    async def learn(self, obj: Object, api_version: str) -> None:
        """Finds out what `obj` is in another version, for the owners of its fields."""
        key = (api_version, jsonio.kept(obj))
        if len(self.converted) >= KEPT_CONVERSIONS:
            self.converted.clear()
        [self.converted[key]] = await self.converter.convert([jsonio.clone(obj)], api_version)


class CustomScope(Scope):
    """One version, served or not."""

    def __init__(self, resource: Resource, schema: LazySchema, cache: WatchCache, family: Family) -> None:
        # A LazySchema does all that the verbs ask of a Schema.
        super().__init__(resource, cast(Schema, schema), cache, known_kinds=frozenset())
        self.family = family
        self.several = len(family.schemas) > 1
        self.views = self._seen
        self.encode = self._encoded
        self._views: dict[str, tuple[int, Entry]] = {}
        self.list_kind = resource.list_kind
        self.list_prefix = (
            f'{{"apiVersion":"{self.api_version}","kind":"{self.list_kind}","metadata":'.encode()
        )
        self.item_cut = 1

    @property
    def closing(self) -> bool:
        return self.family.newest.closing

    def outgrown(self, obj: Object | None) -> bool:
        return obj is not None and int(obj["metadata"]["resourceVersion"]) <= self.family.since

    def default_merged(self, obj: Object) -> None:
        cast(LazySchema, self.schema).default_merged(obj)
        self.strategy.default(obj)

    async def _seen(self, entries: Sequence[Entry]) -> list[Entry]:
        """The entries as this version shows them; those that are so already are given back as they are.
        StatusError when a webhook cannot convert them."""
        found = [self._known(entry) for entry in entries]
        missing = [i for i, view in enumerate(found) if view is None]
        if missing:
            objects = await self.family.convert(
                [self._decoded(entries[i]) for i in missing], self.api_version
            )
            for i, obj in zip(missing, objects, strict=True):
                found[i] = self._remember(entries[i], obj)
        return [view for view in found if view is not None]

    def _known(self, entry: Entry) -> Entry | None:
        family = self.family
        if (
            entry.revision > family.since
            and entry.obj["apiVersion"] == self.api_version
            and entry.key not in family.doubtful
        ):
            return entry
        known = self._views.get(entry.key)
        return known[1] if known is not None and known[0] == entry.revision else None

    def _decoded(self, entry: Entry) -> Object:
        """A copy of the stored object, pruned and defaulted by the schema of its own version."""
        obj: Object = jsonio.clone(entry.obj)
        schema = self.family.schemas.get(obj["apiVersion"])
        if schema is not None:
            schema.decode(obj)
            schema.default(obj)
        return obj

    def _remember(self, entry: Entry, obj: Object) -> Entry:
        same = obj == entry.obj
        view = entry if same else Entry(entry.key, obj, jsonio.kept(obj), entry.revision)
        if entry.revision:
            if len(self._views) >= KEPT_VIEWS:
                self._views.clear()
            self._views[entry.key] = (entry.revision, view)
        return view

    async def _encoded(self, obj: Object) -> Object:
        """The object as it is stored; `obj` itself stays as it is."""
        heir = self.family.heir
        while heir is not None:
            meta = obj["metadata"]
            heir.doubtful.add(self.cache.key(meta.get("namespace", ""), meta["name"]))
            heir = heir.heir
        if obj["apiVersion"] == self.family.stored:
            return obj
        copy: Object = jsonio.clone(obj)
        return (await self.family.convert([copy], self.family.stored))[0]

    def other_version(self, obj: Object, api_version: str) -> tuple[Object, Node | None] | None:
        """For the owners of fields. NeedsConversion when a webhook must be asked first (`settle`)."""
        schema = self.family.schemas.get(api_version)
        if schema is None:
            why = f"request to convert CR to an invalid group/version: {api_version}"
            raise managedfields.NoVersionError(why)
        if obj.get("apiVersion") == api_version or isinstance(self.family.converter, Renaming):
            return {**obj, "apiVersion": api_version}, schema.root
        known = self.family.converted.get((api_version, jsonio.dumps(obj)))
        if known is None:
            raise NeedsConversion(obj, api_version)
        return known, schema.root

    async def settle(self, work: Callable[[], T], otherwise: Callable[[], T] | None = None) -> T:
        """The outcome of `work`, which is done again whenever it lacked an object in another version."""
        while True:
            try:
                return work()
            except NeedsConversion as need:
                wanted = need
            try:
                await self.family.learn(wanted.obj, wanted.api_version)
            except errors.StatusError:
                if otherwise is None:
                    raise
                return otherwise()
