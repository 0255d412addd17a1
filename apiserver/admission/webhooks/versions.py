"""Objects in the version that a hook's rules name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from ....apimachinery import jsonio
from ....apimachinery.schema.registry import Schema, builtin
from ...registry.strategy import Object
from ..matching import Match, Scopes
from ..plugin import CONNECT, Attributes
from . import connections

if TYPE_CHECKING:
    from ...customresources.scope import CustomScope
    from ...endpoints.scope import Scope


class Versions:
    """Converts between the versions of the requested resource."""

    def __init__(self, scopes: Scopes, attrs: Attributes) -> None:
        self._scopes = scopes
        self._own = scopes[attrs.group, attrs.version, attrs.resource]
        self._gvk = attrs.gvk
        self._operation = attrs.operation

    async def shown(self, obj: Object | None, match: Match) -> Object | None:
        """The object as `match` has it; itself when that is how it came. Not to be changed."""
        if obj is None or match.gvk == self._gvk:
            return obj
        return await _converted(self._own, self._there(match), obj)

    async def back(self, obj: Object, match: Match) -> Object:
        """What a hook made of it, as the requested version has it."""
        if match.gvk == self._gvk:
            return obj
        return await _converted(self._there(match), self._own, obj)

    def schema(self, match: Match) -> tuple[Schema, Callable[[Object], None]]:
        """How an object in that version is read and defaulted."""
        there = self._there(match)
        if match.gvk == there.resource.gvk:
            return there.schema, there.apply_defaults
        found = builtin(*match.gvk) or cast(Schema, connections.schema(match.gvk))
        return found, found.default

    def typed(self, match: Match) -> bool:
        """Whether the API of the kind's own group and version describes it: not that of a Scale of apps, of
        an Eviction, of the options of a connection."""
        gvk, resource = match.gvk, self._there(match).resource
        return self._operation != CONNECT and (gvk.group, gvk.version) == (resource.group, resource.version)

    def _there(self, match: Match) -> Scope:
        return self._scopes[match.group, match.version, match.resource]


async def _converted(source: Scope, target: Scope, obj: Object) -> Object:
    copy: Object = jsonio.clone(obj)
    if target.custom:
        family = cast("CustomScope", target).family
        copy = (await family.convert([copy], target.api_version))[0]
        target.apply_defaults(copy)
        return copy
    stored = source.to_storage(copy)
    return target.from_storage(stored)
