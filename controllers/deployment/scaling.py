"""Changing the size of a Deployment's ReplicaSets outside a rollout, and the way to scale any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...client.client import Client
from ...client.events import EventRecorder
from ...client.resources import REPLICASETS
from . import facts
from .revisions import Sets

Object = dict[str, Any]


class Scaler:
    def __init__(self, client: Client, recorder: EventRecorder) -> None:
        self._client = client
        self._recorder = recorder

    async def scale(self, d: Object, rs: Object, size: int) -> Object:
        """Writes size and size annotations if they differ; the ReplicaSet as it is then."""
        before = facts.replicas(rs)
        copy = facts.copy(rs)
        noted = facts.set_size_annotations(copy, d)
        if before == size and not noted:
            return rs
        copy["spec"]["replicas"] = size
        written = await self._client.update(REPLICASETS, copy)
        if before != size:
            way = "up" if size > before else "down"
            message = f"Scaled {way} replica set {rs['metadata']['name']} from {before} to {size}"
            self._recorder.event(d, "Normal", "ScalingReplicaSet", message)
        return written

    async def resize(self, d: Object, sets: Sets) -> Sets:
        """Brings the whole Deployment to its size without moving the rollout on."""
        only = _active_or_latest(sets)
        if only is not None:
            if facts.replicas(only) == facts.replicas(d):
                return sets
            return sets.replaced(await self.scale(d, only, facts.replicas(d)))
        if facts.is_saturated(d, sets.new):
            for rs in facts.active(sets.old):
                sets = sets.replaced(await self.scale(d, rs, 0))
            return sets
        if facts.is_rolling(d):
            for rs, size in _shares(d, facts.active(sets.all)):
                sets = sets.replaced(await self.scale(d, rs, size))
        return sets


def _active_or_latest(sets: Sets) -> Object | None:
    """The only ReplicaSet to scale; None when several are active."""
    found = facts.active(sets.all)
    if len(found) > 1:
        return None
    if found:
        return found[0]
    if sets.new is not None:
        return sets.new
    return facts.oldest_first(sets.old)[-1] if sets.old else None


def _shares(d: Object, sets: Sequence[Object]) -> list[tuple[Object, int]]:
    """New sizes that keep the proportions; what rounding leaves goes to the largest."""
    wanted = facts.replicas(d)
    to_add = (wanted + facts.max_surge(d) if wanted > 0 else 0) - facts.total(sets)
    added = 0
    sized: list[tuple[Object, int]] = []
    for rs in facts.by_size(sets, newer_first=to_add > 0):
        share = facts.proportion(d, rs, to_add, added)
        added += share
        sized.append((rs, facts.replicas(rs) + share))
    if sized and to_add:
        first, size = sized[0]
        sized[0] = (first, max(0, size + to_add - added))
    return sized
