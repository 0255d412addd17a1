"""A reader over plain objects, for tests of what reads the watch cache."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


class MapReader:
    """Objects by (group, resource); `put` and `drop` move the resource's revision."""

    def __init__(self) -> None:
        self._objects: dict[tuple[str, str], dict[tuple[str, str], Object]] = {}
        self._revisions: dict[tuple[str, str], int] = {}

    def put(self, group: str, resource: str, name: str, namespace: str = "", **fields: Any) -> Object:
        meta: Object = {"name": name, "uid": f"uid-{name}", "creationTimestamp": "2026-01-01T00:00:00Z"}
        if namespace:
            meta["namespace"] = namespace
        obj = {**fields, "metadata": {**meta, **fields.get("metadata", {})}}
        self._objects.setdefault((group, resource), {})[namespace, name] = obj
        self._moved(group, resource)
        return obj

    def drop(self, group: str, resource: str, name: str, namespace: str = "") -> None:
        del self._objects[group, resource][namespace, name]
        self._moved(group, resource)

    def _moved(self, group: str, resource: str) -> None:
        self._revisions[group, resource] = self.revision(group, resource) + 1

    def get(self, group: str, resource: str, namespace: str, name: str) -> Object | None:
        return self._objects.get((group, resource), {}).get((namespace, name))

    def revision(self, group: str, *resources: str) -> int:
        return sum(self._revisions.get((group, resource), 0) for resource in resources)

    def pods_on(self, node: str) -> list[Object]:
        return [p for p in self.list("", "pods") if p.get("spec", {}).get("nodeName") == node]

    def list(self, group: str, resource: str, namespace: str = "") -> list[Object]:
        found = self._objects.get((group, resource), {})
        return [obj for (where, _), obj in found.items() if not namespace or where == namespace]
