"""The discovery documents of the running server as bytes, made again when the served resources change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import orjson

from ..registry.resource import Resource
from . import discovery


class Registered(Protocol):
    """What the APIServices say: the order of groups and versions, and what other servers serve."""

    def priority(self, group: str, version: str) -> tuple[int, int]: ...

    def registered(self) -> Iterable[tuple[str, str]]: ...

    def document(self, group: str, version: str) -> dict[str, Any] | None: ...


class Catalogue:
    """Answers discovery paths. `resources` gives what is served now; `changed` drops what was cached."""

    def __init__(
        self, resources: Callable[[], Sequence[Resource]], address: str, registered: Registered | None = None
    ) -> None:
        self._resources = resources
        self._address = address
        self._registered = registered
        self._cache: dict[str, Any] = {}
        self._versions: discovery.Versions | None = None

    def changed(self) -> None:
        self._cache.clear()
        self._versions = None

    @property
    def versions(self) -> discovery.Versions:
        if self._versions is None:
            self._versions = discovery.grouped(self._resources())
            if self._registered is not None:
                self._versions = discovery.arranged(self._versions, self._registered)
        return self._versions

    def routed(self, group: str) -> bool:
        """Whether the group is one of the server's own: upstream has another 404 for all others."""
        return any(not r.custom for found in self.versions.get(group, {}).values() for r in found)

    def paths(self) -> list[str]:
        """Where the groups and versions are described, apart from `/api` and `/apis`."""
        found = ["/api/v1"]
        for group, versions in self.versions.items():
            if group:
                found += [f"/apis/{group}", *(f"/apis/{group}/{version}" for version in versions)]
        return found

    def document(self, path: str) -> Any:
        """The document at `path` (`/api`, `/apis/apps/v1` …), None when there is none."""
        if path not in self._cache:
            found = self._build(path.strip("/").split("/"))
            if found is None:
                return None
            self._cache[path] = found
        return self._cache[path]

    def aggregated(self, *, core: bool) -> bytes:
        key = "aggregated-core" if core else "aggregated"
        if key not in self._cache:
            self._cache[key] = orjson.dumps(self._aggregated(core=core))
        found: bytes = self._cache[key]
        return found

    def _aggregated(self, *, core: bool) -> dict[str, Any]:
        document = self._registered.document if self._registered else None
        return discovery.aggregated(self.versions, core=core, foreign=document)

    def _build(self, parts: list[str]) -> Any:
        match parts:
            case ["api"]:
                address = [{"clientCIDR": "0.0.0.0/0", "serverAddress": self._address}]
                return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": address}
            case ["apis"]:
                return discovery.group_list(self.versions)
            case ["apis", name] if name in self.versions:
                return {
                    "kind": "APIGroup",
                    "apiVersion": "v1",
                    **discovery.group(name, list(self.versions[name])),
                }
            case ["api", version] if version in self.versions.get("", {}):
                return discovery.resource_list(version, self.versions[""][version])
            case ["apis", name, version] if self.versions.get(name, {}).get(version):
                return discovery.resource_list(f"{name}/{version}", self.versions[name][version])
        return None
