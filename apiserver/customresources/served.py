"""The scopes of all custom resources, which follow the definitions as those are written.

A definition is taken in as part of the commit that accepts it, so whoever sees its condition can use it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ...apimachinery.gvk import GroupVersionKind
from ..callout import CallOut
from ..endpoints.scope import Scope
from ..registry.resource import Resource
from ..registry.strategy import Object
from ..storage.change import Change
from ..storage.entry import Entry
from ..storage.storage import Storage
from . import resource
from .conversion import Converter, Renaming, Webhook
from .definition import GROUP, PLURAL, Definition
from .schema import LazySchema
from .scope import CustomScope, Family
from .strategy import CustomStrategy

log = logging.getLogger("wherry.apiserver")

ScopeKey = tuple[str, str, str]


class _Served:
    """What one definition added to the server."""

    def __init__(self, definition: Definition, family: Family) -> None:
        self.definition = definition
        self.family = family
        self.scopes: dict[str, CustomScope] = {}


class CustomResources:
    """Puts scopes into `scopes` (group, version, plural) and `stored` (group, plural), and takes them out.

    `changed` callbacks are told the group after each change, `dropped` ones group and plural of what is
    served no more; they must be quick and not fail.
    """

    def __init__(
        self,
        storage: Storage,
        scopes: dict[ScopeKey, Scope],
        stored: dict[tuple[str, str], Scope],
        *,
        admission: Any,
        callout: CallOut,
        new_uid: Callable[[], str],
    ) -> None:
        self._storage, self._scopes, self._stored = storage, scopes, stored
        self._builtin = frozenset((group, plural) for group, _, plural in scopes)
        self._admission, self._callout, self._new_uid = admission, callout, new_uid
        self._served: dict[str, _Served] = {}
        self.changed: list[Callable[[str], None]] = []
        self.dropped: list[Callable[[str, str], None]] = []
        self.cache = storage.cache(GROUP, PLURAL)
        self.cache.listen(self._take)
        for entry in self.cache.entries():
            self._put(entry)

    def resources(self) -> list[Resource]:
        """Every served version, for discovery."""
        return [resource for resource, _ in self.versions()]

    def versions(self) -> list[tuple[Resource, Object]]:
        """Every served version with what its definition says of it, for OpenAPI."""
        return [
            (scope.resource, served.definition.versions[version])
            for served in self._served.values()
            for version, scope in served.scopes.items()
            if served.definition.versions[version].get("served")
        ]

    def scopes(self, name: str) -> list[CustomScope]:
        """The scopes of a definition, those of versions that are not served included."""
        served = self._served.get(name)
        return list(served.scopes.values()) if served else []

    def overlaps(self, group: str, plural: str) -> bool:
        """Whether the server has a resource of its own there."""
        return (group, plural) in self._builtin

    def _take(self, change: Change) -> None:
        if change.entry is not None:
            self._put(change.entry)
        elif change.previous is not None:
            self._drop(change.previous.obj["metadata"]["name"])

    def _put(self, entry: Entry) -> None:
        name = entry.obj["metadata"]["name"]
        try:
            definition = Definition(entry.obj)
            old = self._served.get(name)
            if old is not None and old.definition.shape() == definition.shape():
                old.definition = definition
                return
            if not definition.served or self.overlaps(definition.group, definition.accepted["plural"]):
                self._drop(name)
                return
            self._replace(name, definition, entry.revision, old)
        except Exception:
            # This runs inside of the commit: what one definition breaks must not break the store.
            log.exception("definition %s is not served", name)
            self._drop(name)

    def _replace(self, name: str, definition: Definition, revision: int, old: _Served | None) -> None:
        same = old is not None and old.definition.raw["spec"] == definition.raw["spec"]
        since = old.family.since if old is not None and same else revision
        new = self._build(definition, since)
        if old is not None:
            self._remove(old)
            old.family.heir = new.family
            new.family.doubtful |= old.family.doubtful if same else set()
        self._served[name] = new
        group, plural = definition.group, definition.accepted["plural"]
        for version, scope in new.scopes.items():
            if definition.versions[version].get("served"):
                self._scopes[group, version, plural] = scope
        self._stored[group, plural] = new.scopes[definition.stored]
        if old is not None and not same:
            # Open watches may show what is not so any more: their clients begin anew.
            self._storage.cache(group, plural).end_watches()
        self._tell(group)

    def _build(self, definition: Definition, since: int) -> _Served:
        group, kind = definition.group, definition.kind
        family = Family(f"{group}/{definition.stored}", self._converter(definition), since)
        family.closing = definition.terminating
        served = _Served(definition, family)
        for version, found in definition.versions.items():
            raw = (found.get("schema") or {}).get("openAPIV3Schema")
            family.schemas[f"{group}/{version}"] = LazySchema(raw, GroupVersionKind(group, version, kind))
        cache = self._storage.cache(group, definition.accepted["plural"])
        for version, found in definition.versions.items():
            schema = family.schemas[f"{group}/{version}"]
            strategy = CustomStrategy(kind, f"{group}/{version}", schema, found.get("subresources") or {})
            scope = CustomScope(resource.build(definition, version, strategy), schema, cache, family)
            scope.admission = self._admission
            served.scopes[version] = scope
        if len(served.scopes) > 1:
            # One for all: a definition may have thousands of versions.
            siblings: dict[str, Scope] = {scope.api_version: scope for scope in served.scopes.values()}
            for scope in served.scopes.values():
                scope.siblings = siblings
        return served

    def _converter(self, definition: Definition) -> Converter:
        if definition.conversion.get("strategy") != "Webhook":
            return Renaming()
        settings = definition.conversion.get("webhook") or {}
        return Webhook(settings, self._callout, self._new_uid)

    def _drop(self, name: str) -> None:
        old = self._served.pop(name, None)
        if old is None:
            return
        self._remove(old)
        old.family.closing = True
        definition = old.definition
        group, plural = definition.group, definition.accepted["plural"]
        self._storage.retire(group, plural)
        self._tell(group)
        for callback in self.dropped:
            callback(group, plural)

    def _remove(self, old: _Served) -> None:
        group, plural = old.definition.group, old.definition.accepted["plural"]
        for version in old.scopes:
            self._scopes.pop((group, version, plural), None)
        self._stored.pop((group, plural), None)

    def _tell(self, group: str) -> None:
        for callback in self.changed:
            callback(group)
