"""Owner references: who controls what, and taking over or letting go of objects by a selector.

Source: upstream's controller reference manager.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from ..apimachinery.errors import StatusError
from ..apimachinery.gvk import GroupVersionKind, GroupVersionResource
from ..apimachinery.labels import Selector
from ..client.client import Client

Object = dict[str, Any]
CONTROLLER_INDEX = "controller"


def controller_of(obj: Object) -> Object | None:
    """The owner reference with `controller: true`."""
    for ref in obj["metadata"].get("ownerReferences") or ():
        if ref.get("controller"):
            return dict(ref)
    return None


def has_controller(obj: Object) -> bool:
    return any(ref.get("controller") for ref in obj["metadata"].get("ownerReferences") or ())


def is_controlled_by(obj: Object, owner: Object) -> bool:
    ref = controller_of(obj)
    return ref is not None and ref["uid"] == owner["metadata"]["uid"]


def by_controller(obj: Object) -> Iterable[str]:
    """Index values: the uid of the controller, or `orphan/NAMESPACE` for an object without one."""
    ref = controller_of(obj)
    return (ref["uid"] if ref is not None else orphans(obj["metadata"].get("namespace", "")),)


def orphans(namespace: str) -> str:
    return f"orphan/{namespace}"


def controller_reference(owner: Object, kind: GroupVersionKind) -> Object:
    return {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


class Claimer:
    """Adopts matching orphans for `owner` and releases what no longer matches."""

    def __init__(
        self,
        client: Client,
        r: GroupVersionResource,
        owner: Object,
        kind: GroupVersionKind,
        selector: Selector,
        fresh: Callable[[], Awaitable[Object]],
        finalizers: Sequence[str] = (),
    ) -> None:
        """`fresh` reads the owner from the API, since a stale cache must not adopt for a deleted owner.

        `finalizers` come with adoption and go with release.
        """
        self._client = client
        self._resource = r
        self._owner = owner
        self._kind = kind
        self._selector = selector
        self._fresh = fresh
        self._finalizers = list(finalizers)
        self._checked = False

    async def claim(self, objects: Sequence[Object]) -> list[Object]:
        """Those of `objects` that belong to the owner when done. Tries all, then raises the first failure."""
        claimed: list[Object] = []
        failures: list[Exception] = []
        for obj in objects:
            try:
                if self._owns(obj) or await self._claims(obj):
                    claimed.append(obj)
            except StatusError as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return claimed

    def _owns(self, obj: Object) -> bool:
        """Whether it is the owner's already and stays so: the usual case, and there may be thousands."""
        meta = obj["metadata"]
        for ref in meta.get("ownerReferences") or ():
            if ref.get("controller"):
                mine: bool = ref["uid"] == self._owner["metadata"]["uid"]
                return mine and self._selector.matches(meta.get("labels"))
        return False

    async def _claims(self, obj: Object) -> bool:
        meta = obj["metadata"]
        matches = self._selector.matches(meta.get("labels"))
        ref = controller_of(obj)
        leaving = "deletionTimestamp" in self._owner["metadata"]
        if ref is not None:
            if ref["uid"] != self._owner["metadata"]["uid"]:
                return False
            if matches:
                return True
            if not leaving:
                await self._release(obj)
            return False
        if leaving or not matches or "deletionTimestamp" in meta:
            return False
        return await self._adopt(obj)

    async def _adopt(self, obj: Object) -> bool:
        if not self._checked:
            owner = await self._fresh()
            if owner["metadata"]["uid"] != self._owner["metadata"]["uid"]:
                raise StatusError(409, "Conflict", f"original {self._kind.kind} is gone")
            if "deletionTimestamp" in owner["metadata"]:
                raise StatusError(409, "Conflict", f"{self._kind.kind} has just been deleted")
            self._checked = True
        meta: Object = {
            "uid": obj["metadata"]["uid"],
            "ownerReferences": [controller_reference(self._owner, self._kind)],
        }
        if self._finalizers:
            meta["finalizers"] = self._finalizers
        return await self._patch(obj, {"metadata": meta})

    async def _release(self, obj: Object) -> None:
        uid = self._owner["metadata"]["uid"]
        meta: Object = {
            "uid": obj["metadata"]["uid"],
            "ownerReferences": [{"$patch": "delete", "uid": uid}],
        }
        if self._finalizers:
            meta["$deleteFromPrimitiveList/finalizers"] = self._finalizers
        await self._patch(obj, {"metadata": meta})

    async def _patch(self, obj: Object, patch: Object) -> bool:
        """False when the object is gone: there is nothing to own any more."""
        meta = obj["metadata"]
        try:
            await self._client.patch(
                self._resource, meta["name"], patch, meta.get("namespace", ""), kind="strategic"
            )
        except StatusError as error:
            if error.code in (404, 422):
                return False
            raise
        return True
