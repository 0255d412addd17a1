"""Reading a CustomResourceDefinition: its names, versions and conditions."""

from __future__ import annotations

from typing import Any

from ...apimachinery.gvk import version_rank
from ..registry.apiextensions.conditions import ESTABLISHED, NAMES_ACCEPTED, TERMINATING, holds
from ..registry.strategy import Object

GROUP, PLURAL = "apiextensions.k8s.io", "customresourcedefinitions"


class Definition:
    """One stored definition. `raw` is the cache's object: not to be changed."""

    __slots__ = ("accepted", "cluster", "conversion", "group", "kind", "raw", "stored", "versions")

    def __init__(self, raw: Object) -> None:
        spec, status = raw["spec"], raw.get("status") or {}
        self.raw = raw
        self.group: str = spec["group"]
        self.cluster: bool = spec["scope"] == "Cluster"
        self.versions: dict[str, Object] = {version["name"]: version for version in spec["versions"]}
        self.stored: str = next(name for name, version in self.versions.items() if version.get("storage"))
        self.conversion: Object = spec.get("conversion") or {}
        self.accepted: Object = status.get("acceptedNames") or {}
        self.kind: str = self.accepted.get("kind") or spec["names"]["kind"]

    @property
    def name(self) -> str:
        return str(self.raw["metadata"]["name"])

    @property
    def served(self) -> bool:
        """Whether its instances can be reached: the names are accepted, or were once."""
        names = self.accepted
        complete = all(names.get(key) for key in ("plural", "singular", "kind", "listKind"))
        return complete and (holds(self.raw, ESTABLISHED) or holds(self.raw, NAMES_ACCEPTED))

    @property
    def terminating(self) -> bool:
        return bool(self.raw["metadata"].get("deletionTimestamp")) or holds(self.raw, TERMINATING)

    def shape(self) -> tuple[Any, ...]:
        """What the served scopes are made from: two definitions with equal shapes are served alike."""
        meta = self.raw["metadata"]
        return meta["uid"], self.raw["spec"], self.accepted, self.served, self.terminating

    def deprecation(self, version: str) -> str:
        """The warning of a deprecated version; empty for others."""
        found = self.versions[version]
        if not found.get("deprecated"):
            return ""
        if found.get("deprecationWarning") is not None:
            return str(found["deprecationWarning"])
        kind = self.raw["spec"]["names"]["kind"]
        text = f"{self.group}/{version} {kind} is deprecated"
        better = [
            name
            for name, other in self.versions.items()
            if other.get("served")
            and not other.get("deprecated")
            and version_rank(name) > version_rank(version)
        ]
        return f"{text}; use {self.group}/{max(better, key=version_rank)} {kind}" if better else text
