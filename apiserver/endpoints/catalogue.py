"""The discovery documents of the running server as bytes, made again when the served resources change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from ..registry.resource import Resource
from . import discovery


class Catalogue:
    """Answers discovery paths. `resources` gives what is served now; `changed` drops what was cached."""

    def __init__(self, resources: Callable[[], Sequence[Resource]], address: str) -> None:
        self._resources = resources
        self._address = address
        self._cache: dict[str, Any] = {}
        self._versions: discovery.Versions | None = None

    def changed(self) -> None:
        self._cache.clear()
        self._versions = None

    @property
    def versions(self) -> discovery.Versions:
        if self._versions is None:
            self._versions = discovery.grouped(self._resources())
        return self._versions

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
            self._cache[key] = orjson.dumps(discovery.aggregated(self.versions, core=core))
        found: bytes = self._cache[key]
        return found

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
            case ["apis", name, version] if version in self.versions.get(name, {}):
                return discovery.resource_list(f"{name}/{version}", self.versions[name][version])
        return None
