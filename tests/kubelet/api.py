"""An API server of dicts: what the kubelet's writers and readers see of a client."""

from __future__ import annotations

import asyncio
from typing import Any

from wherry.apimachinery import errors
from wherry.apimachinery.gvk import GroupVersionResource

Object = dict[str, Any]


class FakeApi:
    """`objects` by (resource, namespace, name); `calls` are (verb, resource, name, what was sent). `failures`
    are raised by the next calls, oldest first."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str, str], Object] = {}
        self.calls: list[tuple[str, str, str, Any]] = []
        self.failures: list[Exception] = []
        self.answer: Object = {}
        self.gate = asyncio.Event()
        """Patches are answered while it is set."""
        self.gate.set()

    def put(self, resource: str, namespace: str, name: str, **more: Any) -> None:
        meta = {"name": name, "namespace": namespace, "uid": f"uid-{name}"}
        self.objects[resource, namespace, name] = {"metadata": meta, **more}

    def verbs(self) -> list[str]:
        return [verb for verb, *_ in self.calls]

    def sent(self, verb: str) -> list[Any]:
        return [body for said, _, _, body in self.calls if said == verb]

    def _note(self, verb: str, r: GroupVersionResource, name: str, body: Any) -> None:
        self.calls.append((verb, r.resource, name, body))
        if self.failures:
            raise self.failures.pop(0)

    async def get(self, r: GroupVersionResource, name: str, namespace: str = "") -> Object:
        self._note("get", r, name, None)
        found = self.objects.get((r.resource, namespace, name))
        if found is None:
            raise errors.not_found(r.group, r.resource, name)
        return found

    async def create(self, r: GroupVersionResource, obj: Object, namespace: str = "", **more: Any) -> Object:
        meta = obj.get("metadata", {})
        self._note("create", r, more.get("name") or meta.get("name", ""), obj)
        if more.get("subresource"):
            return self.answer
        key = r.resource, namespace or meta.get("namespace", ""), meta["name"]
        if key in self.objects:
            raise errors.already_exists(r.group, r.resource, meta["name"])
        self.objects[key] = {**obj, "metadata": {"uid": "made", **meta}}
        return self.objects[key]

    async def update(self, r: GroupVersionResource, obj: Object, namespace: str = "", **more: Any) -> Object:
        self._note("update", r, obj["metadata"]["name"], obj)
        return obj

    async def patch(
        self, r: GroupVersionResource, name: str, patch: Object, namespace: str = "", **more: Any
    ) -> Object:
        self._note("patch", r, name, patch)
        await self.gate.wait()
        found = self.objects.get((r.resource, namespace, name))
        if found is None:
            raise errors.not_found(r.group, r.resource, name)
        found |= {key: {**found.get(key, {}), **value} for key, value in patch.items()}
        return found

    async def delete(self, r: GroupVersionResource, name: str, namespace: str = "", **more: Any) -> Object:
        self._note("delete", r, name, more)
        self.objects.pop((r.resource, namespace, name), None)
        return {}
