"""One step of a rolling update: the new ReplicaSet grows as far as the surge allows, or else the old ones
shrink as far as availability allows."""

from __future__ import annotations

from typing import Any

from . import facts
from .revisions import Sets
from .scaling import Scaler

Object = dict[str, Any]


async def step(scaler: Scaler, d: Object, sets: Sets) -> tuple[Sets, bool]:
    """The sets afterwards and whether one was scaled. `sets.new` exists."""
    grown, moved = await _new(scaler, d, sets)
    return (grown, True) if moved else await _old(scaler, d, grown)


async def _new(scaler: Scaler, d: Object, sets: Sets) -> tuple[Sets, bool]:
    new = sets.new
    if new is None or facts.replicas(new) == facts.replicas(d):
        return sets, False
    shrinks = facts.replicas(new) > facts.replicas(d)
    size = facts.replicas(d) if shrinks else facts.new_size(d, sets.all, new)
    if size == facts.replicas(new):
        return sets, False
    return sets.replaced(await scaler.scale(d, new, size)), True


async def _old(scaler: Scaler, d: Object, sets: Sets) -> tuple[Sets, bool]:
    if facts.total(sets.old) == 0 or sets.new is None:
        return sets, False
    minimum = facts.replicas(d) - facts.max_unavailable(d)
    unready = facts.replicas(sets.new) - facts.available(sets.new)
    spare = facts.total(sets.all) - minimum - unready
    if spare <= 0:
        return sets, False
    sets, cleaned = await _unhealthy(scaler, d, sets, spare)
    sets, scaled = await _healthy(scaler, d, sets, minimum)
    return sets, cleaned + scaled > 0


async def _unhealthy(scaler: Scaler, d: Object, sets: Sets, spare: int) -> tuple[Sets, int]:
    """First goes what does not serve anyway."""
    done = 0
    for rs in facts.oldest_first(sets.old):
        have = facts.replicas(rs)
        count = min(spare - done, have - facts.available(rs))
        if have == 0 or count <= 0:
            continue
        sets = sets.replaced(await scaler.scale(d, rs, have - count))
        done += count
    return sets, done


async def _healthy(scaler: Scaler, d: Object, sets: Sets, minimum: int) -> tuple[Sets, int]:
    spare = sum(map(facts.available, sets.all)) - minimum
    done = 0
    for rs in facts.oldest_first(sets.old):
        count = min(facts.replicas(rs), spare - done)
        if count <= 0:
            continue
        sets = sets.replaced(await scaler.scale(d, rs, facts.replicas(rs) - count))
        done += count
    return sets, done
