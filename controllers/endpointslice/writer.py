"""Writes the slices of an owner, and knows whether the cache has seen these writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...apimachinery.errors import StatusError
from ...apimachinery.gvk import GroupVersionKind
from ...client.client import Client
from ...client.resources import ENDPOINTSLICES
from ..ownership import controller_reference
from ..podcontrol import all_of
from .build import Plan

Object = dict[str, Any]


class SliceWriter:
    """Keyed by the owner's `NAMESPACE/NAME`; `kind` is the owners' kind."""

    def __init__(self, client: Client, kind: GroupVersionKind) -> None:
        self._client = client
        self._kind = kind
        self._written: dict[str, dict[str, int]] = {}

    def is_behind(self, key: str, present: Iterable[Object]) -> bool:
        """Whether the cache has not seen our last writes yet; acting on it would write them twice."""
        versions = {s["metadata"]["name"]: int(s["metadata"]["resourceVersion"]) for s in present}
        written = self._written.get(key, {})
        return any(versions.get(name, 0) < version for name, version in written.items())

    def forget(self, key: str) -> None:
        """The owner is gone."""
        self._written.pop(key, None)

    def seen_deleted(self, key: str, name: str) -> None:
        self._written.get(key, {}).pop(name, None)

    async def carry_out(self, key: str, owner: Object, plans: Iterable[Plan]) -> Exception | None:
        """All writes at once; the first failure."""
        plans = list(plans)
        calls = [self._create(key, owner, fresh) for plan in plans for fresh in plan.create]
        calls += [self._update(key, changed) for plan in plans for changed in plan.update]
        calls += [self._delete(key, old) for plan in plans for old in plan.delete]
        return await all_of(calls)

    async def _create(self, key: str, owner: Object, fresh: Object) -> None:
        meta = owner["metadata"]
        named = {
            **fresh["metadata"],
            "generateName": f"{meta['name']}-",
            "namespace": meta["namespace"],
            "ownerReferences": [controller_reference(owner, self._kind)],
        }
        body = {"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", **fresh, "metadata": named}
        self._note(key, await self._client.create(ENDPOINTSLICES, body))

    async def _update(self, key: str, changed: Object) -> None:
        self._note(key, await self._client.update(ENDPOINTSLICES, changed))

    async def _delete(self, key: str, old: Object) -> None:
        meta = old["metadata"]
        self.seen_deleted(key, meta["name"])
        try:
            await self._client.delete(ENDPOINTSLICES, meta["name"], meta["namespace"])
        except StatusError as error:
            if error.code != 404:
                raise

    def _note(self, key: str, written: Object) -> None:
        meta = written["metadata"]
        self._written.setdefault(key, {})[meta["name"]] = int(meta["resourceVersion"])
