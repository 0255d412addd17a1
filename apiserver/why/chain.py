"""Chooses the writes that explain an object: its own, those that led to them, those they led to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from .writes import Target, Write, Writes

MOST_OWN = 50
"""Writes of the object itself: the first ones tell how it came about, the latest how it is."""
MOST_CAUSES = 150
MOST_EFFECTS = 150
OWN, CAUSE, EFFECT = "Own", "Cause", "Effect"


class Link(NamedTuple):
    """A write and its part in the story."""

    write: Write
    role: str
    parent: int
    """Revision of the write under which to tell of it; 0: it is where a story begins."""


class Chain(NamedTuple):
    """In order of revision. `left_out`: writes that would belong to it, too."""

    links: list[Link]
    left_out: int


def chain(writes: Writes, target: Target, uid: str) -> Chain:
    """The story of one object."""
    every = writes.of(target, uid)
    own = (
        every if len(every) <= MOST_OWN else [*every[: MOST_OWN // 5], *every[-(MOST_OWN - MOST_OWN // 5) :]]
    )
    roles = dict.fromkeys((w.revision for w in own), OWN)
    missed = len(every) - len(own)
    missed += _spread(own, writes.reasons, roles, CAUSE, MOST_CAUSES)
    missed += _spread(own, writes.effects, roles, EFFECT, MOST_EFFECTS)
    links = []
    for revision in sorted(roles):
        write = writes.by_revision[revision]
        links.append(Link(write, roles[revision], _told_under(writes, write, roles)))
    return Chain(links, missed)


def _spread(
    start: Iterable[Write],
    steps: Callable[[Write], list[Write]],
    roles: dict[int, str],
    role: str,
    most: int,
) -> int:
    """Gives what is reached by `steps` a role, the nearest first; how many were left out at the border."""
    edge = deque(start)
    missed = 0
    while edge:
        for write in steps(edge.popleft()):
            if write.revision in roles:
                continue
            if not most:
                missed += 1
                continue
            most -= 1
            roles[write.revision] = role
            edge.append(write)
    return missed


def _told_under(writes: Writes, write: Write, roles: dict[int, str]) -> int:
    """The nearest ancestor that is part of the chain."""
    parent = writes.parent(write)
    while parent is not None and parent.revision not in roles:
        parent = writes.parent(parent)
    return parent.revision if parent is not None else 0
