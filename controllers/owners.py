"""The owners of one kind and what they control: whom a change concerns, and taking dependents over.

What every controller of dependents does alike, whether these are pods, ReplicaSets or revisions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..apimachinery import labels
from ..apimachinery.gvk import GroupVersionKind
from ..client.client import Client
from ..client.informer import Informer
from . import pods as podlib
from .context import index
from .ownership import CONTROLLER_INDEX, Claimer, by_controller, controller_of, orphans

Object = dict[str, Any]


def label_selector(owner: Object) -> labels.Selector:
    return labels.from_label_selector(owner["spec"].get("selector"))


def _any(owner: Object, dependent: Object) -> bool:
    return True


class Owners:
    """`informer` is the cache of the owners; `selector` reads theirs."""

    def __init__(
        self,
        client: Client,
        informer: Informer,
        kind: GroupVersionKind,
        selector: Callable[[Object], labels.Selector] = label_selector,
    ) -> None:
        self.informer = informer
        self.kind = kind
        self.selector = selector
        self._client = client

    def of(self, dependent: Object, ref: Object | None = None) -> Object | None:
        """The owner that controls a dependent, or that an earlier reference `ref` of it names."""
        ref = ref if ref is not None else controller_of(dependent)
        if ref is None or ref["kind"] != self.kind.kind or ref["apiVersion"] != self.kind.api_version:
            return None
        owner = self.informer.get(f"{dependent['metadata']['namespace']}/{ref['name']}")
        return owner if owner is not None and owner["metadata"]["uid"] == ref["uid"] else None

    def matching(self, orphan: Object) -> Iterator[Object]:
        """The owners whose selector an orphan fits. An empty one chooses nothing."""
        found = orphan["metadata"].get("labels")
        for owner in self.informer.list(orphan["metadata"]["namespace"]):
            selector = self.selector(owner)
            if not selector.empty and selector.matches(found):
                yield owner

    def concerned(self, kind: str, new: Object, old: Object | None) -> Iterator[Object]:
        """The owners that a dependent's change is about: of before and of now, or who may adopt it."""
        before = controller_of(old) if old is not None else None
        after = controller_of(new)
        found = []
        if before is not None and before != after:
            found.append(self.of(new, before))
        if after is not None:
            found.append(self.of(new, after))
        elif kind != "DELETED" and not podlib.is_deleted(new):
            found += self.matching(new)
        return (owner for owner in found if owner is not None)

    async def claim(
        self,
        owner: Object,
        dependents: Informer,
        *,
        may_own: Callable[[Object, Object], bool] = _any,
        finalizers: Sequence[str] = (),
    ) -> list[Object]:
        """What belongs to the owner when done, of what it `may_own`. Needs the index of `follow`."""
        meta = owner["metadata"]
        owned = dependents.by_index(CONTROLLER_INDEX, meta["uid"])
        strays = dependents.by_index(CONTROLLER_INDEX, orphans(meta["namespace"]))

        async def fresh() -> Object:
            return await self._client.get(self.informer.resource, meta["name"], meta["namespace"])

        selector = self.selector(owner)
        claimer = Claimer(
            self._client, dependents.resource, owner, self.kind, selector, fresh, finalizers=finalizers
        )
        return await claimer.claim([found for found in owned + strays if may_own(owner, found)])


def follow(dependents: Informer) -> Informer:
    """Gives a cache of dependents the index by controller."""
    index(dependents, CONTROLLER_INDEX, by_controller)
    return dependents
