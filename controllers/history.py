"""ControllerRevisions: the templates a StatefulSet or DaemonSet has had, one numbered snapshot each.

Source of the rules: upstream's controller history and what `kubectl rollout` reads of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson

from ..apimachinery import jsonio
from ..apimachinery.errors import StatusError
from ..client.client import Client
from ..client.informer import Informer
from ..client.resources import CONTROLLERREVISIONS
from .owners import Owners
from .ownership import controller_reference
from .template_hash import BASIS, PRIME, encoded, template_hash

Object = dict[str, Any]
Digest = Callable[[Object, int], str]
"""The hash of an owner's template, told apart by a collision count."""
LONGEST_PREFIX = 223


def data(owner: Object) -> Object:
    """The strategic merge patch that brings the template back.

    Its keys are in order: kubectl compares the text of a revision with the text of the template.
    """
    patch = {"spec": {"template": {**owner["spec"]["template"], "$patch": "replace"}}}
    return orjson.loads(orjson.dumps(patch, option=orjson.OPT_SORT_KEYS))  # type: ignore[no-any-return]


def template(revision: Object) -> Object:
    """The pod template that a revision holds."""
    kept = revision["data"]["spec"]["template"]
    return {key: value for key, value in kept.items() if key != "$patch"}


def of_data(owner: Object, collisions: int) -> str:
    """The hash that upstream gives a StatefulSet's template: FNV-1 of the patch as Go writes JSON."""
    found = BASIS
    for byte in jsonio.as_go(orjson.dumps(data(owner))) + str(collisions).encode():
        found = (found * PRIME & 0xFFFFFFFF) ^ byte
    return encoded(found)


def of_template(owner: Object, collisions: int) -> str:
    """The hash that upstream gives a DaemonSet's template, the same as a Deployment's."""
    return template_hash(owner["spec"]["template"], collisions or None)


def number(revision: Object) -> int:
    return int(revision.get("revision", 0))


def in_order(revisions: Iterable[Object]) -> list[Object]:
    """Oldest first; of two with one number the one made earlier."""
    return sorted(revisions, key=_place)


def _place(revision: Object) -> tuple[int, str, str]:
    meta = revision["metadata"]
    return number(revision), meta["creationTimestamp"], meta["name"]


class History:
    """The revisions of the owners of one kind. The label `hash_label` holds what `digest` finds."""

    def __init__(
        self,
        client: Client,
        revisions: Informer,
        owners: Owners,
        hash_label: str,
        digest: Digest,
    ) -> None:
        self._client = client
        self._revisions = revisions
        self._owners = owners
        self._hash_label = hash_label
        self._digest = digest

    async def claim(self, owner: Object) -> list[Object]:
        """The owner's revisions, oldest first; orphans that match its selector are adopted."""
        return in_order(await self._owners.claim(owner, self._revisions))

    async def current(self, owner: Object, known: Sequence[Object]) -> tuple[Object, int]:
        """The revision of the owner's template, the newest of `known` afterwards, and the collision count.

        A template that was there before gets a new number, a new one a new revision.
        """
        collisions = int(owner.get("status", {}).get("collisionCount") or 0)
        wanted = data(owner)
        alike = [revision for revision in known if revision["data"] == wanted]
        if not alike:
            return await self._create(owner, wanted, _next(known), collisions)
        if alike[-1] is known[-1]:
            return alike[-1], collisions
        return await self._client.update(
            CONTROLLERREVISIONS, {**alike[-1], "revision": _next(known)}
        ), collisions

    async def delete(self, revision: Object) -> None:
        meta = revision["metadata"]
        try:
            await self._client.delete(CONTROLLERREVISIONS, meta["name"], meta["namespace"])
        except StatusError as error:
            if error.code != 404:
                raise

    async def _create(
        self, owner: Object, wanted: Object, revision: int, collisions: int
    ) -> tuple[Object, int]:
        while True:
            fresh = self._snapshot(owner, wanted, revision, collisions)
            try:
                return await self._client.create(CONTROLLERREVISIONS, fresh), collisions
            except StatusError as error:
                if error.reason != "AlreadyExists":
                    raise
            meta = fresh["metadata"]
            found = await self._client.get(CONTROLLERREVISIONS, meta["name"], meta["namespace"])
            if found["data"] == wanted:
                return found, collisions
            collisions += 1

    def _snapshot(self, owner: Object, wanted: Object, revision: int, collisions: int) -> Object:
        meta = owner["metadata"]
        digest = self._digest(owner, collisions)
        template_labels = (owner["spec"]["template"].get("metadata") or {}).get("labels") or {}
        fresh: Object = {
            "kind": "ControllerRevision",
            "apiVersion": "apps/v1",
            "metadata": {
                "name": f"{meta['name'][:LONGEST_PREFIX]}-{digest}",
                "namespace": meta["namespace"],
                "labels": {**template_labels, self._hash_label: digest},
                "ownerReferences": [controller_reference(owner, self._owners.kind)],
            },
            "data": wanted,
            "revision": revision,
        }
        annotations: Mapping[str, str] = meta.get("annotations") or {}
        if annotations:
            fresh["metadata"]["annotations"] = dict(annotations)
        return fresh


def _next(known: Sequence[Object]) -> int:
    return number(known[-1]) + 1 if known else 1
