"""The ReplicaSets of a Deployment: the one of the current template, made when missing, and the old ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...apimachinery.clock import Clock
from ...apimachinery.errors import StatusError
from ...client.client import Client
from ...client.events import EventRecorder
from ...client.resources import DEPLOYMENTS, REPLICASETS
from ..ownership import controller_reference, is_controlled_by
from ..podcontrol import namespace_is_going
from ..template_hash import template_hash
from . import facts, progress

Object = dict[str, Any]


class Sets(NamedTuple):
    new: Object | None
    old: list[Object]
    """Without `new`, in no order."""

    @property
    def all(self) -> list[Object]:
        return [*self.old, self.new] if self.new is not None else list(self.old)

    def replaced(self, rs: Object) -> Sets:
        """With `rs` in place of the one of the same name."""
        name = rs["metadata"]["name"]
        if self.new is not None and self.new["metadata"]["name"] == name:
            return Sets(rs, self.old)
        return Sets(self.new, [rs if old["metadata"]["name"] == name else old for old in self.old])


class Revisions:
    def __init__(self, client: Client, clock: Clock, recorder: EventRecorder) -> None:
        self._client = client
        self._clock = clock
        self._recorder = recorder

    async def sort_out(self, d: Object, sets: Sequence[Object], *, create: bool) -> Sets:
        """Tells new from old, keeps revisions and annotations in step, makes the new one if `create`.

        `d` is the caller's copy: revision, conditions and resourceVersion change in it as they are written.
        """
        new = facts.find_new(d, sets)
        old = [rs for rs in sets if rs is not new]
        revision = max((facts.revision(rs) for rs in old), default=0) + 1
        if new is not None:
            return Sets(await self._keep(d, new, revision), old)
        if not create:
            return Sets(None, old)
        return Sets(await self._make(d, old, revision), old)

    async def _keep(self, d: Object, rs: Object, revision: int) -> Object:
        copy = facts.copy(rs)
        changed = facts.set_new_annotations(d, copy, revision, exists=True)
        min_ready = d["spec"].get("minReadySeconds", 0)
        if changed or copy["spec"].get("minReadySeconds", 0) != min_ready:
            copy["spec"]["minReadySeconds"] = min_ready
            return await self._client.update(REPLICASETS, copy)
        dirty = self._note_revision(d, facts.notes(copy).get(facts.REVISION, ""))
        if facts.has_deadline(d) and progress.progressing(d) is None:
            message = f'Found new replica set "{rs["metadata"]["name"]}"'
            self._say(d, "True", "FoundNewReplicaSet", message)
            dirty = True
        if dirty:
            await self._write(d)
        return rs

    async def _make(self, d: Object, old: list[Object], revision: int) -> Object:
        wanted = self._build(d, old, revision)
        name, size = wanted["metadata"]["name"], wanted["spec"]["replicas"]
        existed = False
        try:
            rs = await self._client.create(REPLICASETS, wanted)
        except StatusError as error:
            if error.reason != "AlreadyExists":
                await self._refused(d, name, error)
                raise
            rs, existed = await self._existing(d, name, error), True
        if not existed and size > 0:
            message = f"Scaled up replica set {name} from 0 to {size}"
            self._recorder.event(d, "Normal", "ScalingReplicaSet", message)
        dirty = self._note_revision(d, str(revision))
        if not existed and facts.has_deadline(d):
            self._say(d, "True", "NewReplicaSetCreated", f'Created new replica set "{name}"')
            dirty = True
        if dirty:
            await self._write(d)
        return rs

    def _build(self, d: Object, old: list[Object], revision: int) -> Object:
        digest = template_hash(d["spec"]["template"], d.get("status", {}).get("collisionCount"))
        template = facts.copy(d["spec"]["template"])
        labels = {**(template.setdefault("metadata", {}).get("labels") or {}), facts.HASH_LABEL: digest}
        template["metadata"]["labels"] = labels
        selector = facts.copy(d["spec"]["selector"])
        selector["matchLabels"] = {**(selector.get("matchLabels") or {}), facts.HASH_LABEL: digest}
        meta = d["metadata"]
        rs: Object = {
            "kind": "ReplicaSet",
            "apiVersion": "apps/v1",
            "metadata": {
                "name": f"{meta['name']}-{digest}",
                "namespace": meta["namespace"],
                "labels": labels,
                "ownerReferences": [controller_reference(d, facts.KIND)],
            },
            "spec": {
                "replicas": 0,
                "minReadySeconds": d["spec"].get("minReadySeconds", 0),
                "selector": selector,
                "template": template,
            },
        }
        rs["spec"]["replicas"] = facts.new_size(d, [*old, rs], rs)
        facts.set_new_annotations(d, rs, revision, exists=False)
        return rs

    async def _existing(self, d: Object, name: str, error: StatusError) -> Object:
        """The ReplicaSet that has the name: ours if the cache was slow; else try another name."""
        rs = await self._client.get(REPLICASETS, name, d["metadata"]["namespace"])
        if is_controlled_by(rs, d) and facts.same_template(d, rs):
            return rs
        d["status"] = {
            **d.get("status", {}),
            "collisionCount": d.get("status", {}).get("collisionCount", 0) + 1,
        }
        await self._write(d)
        raise error

    async def _refused(self, d: Object, name: str, error: StatusError) -> None:
        if namespace_is_going(error):
            return
        message = f'Failed to create new replica set "{name}": {error}'
        if facts.has_deadline(d):
            self._say(d, "False", "ReplicaSetCreateError", message)
            await self._write(d)
        self._recorder.event(d, "Warning", "ReplicaSetCreateError", message)

    def _note_revision(self, d: Object, revision: str) -> bool:
        if facts.notes(d).get(facts.REVISION) == revision:
            return False
        d["metadata"]["annotations"] = {**facts.notes(d), facts.REVISION: revision}
        return True

    def _say(self, d: Object, status: str, reason: str, message: str) -> None:
        found = d.setdefault("status", {})
        progress.put(found, progress.condition("Progressing", status, reason, message, self._clock.now()))

    async def _write(self, d: Object) -> None:
        """The status subresource takes annotations along, as upstream relies on."""
        written = await self._client.update(DEPLOYMENTS, d, subresource="status")
        d["metadata"]["resourceVersion"] = written["metadata"]["resourceVersion"]
