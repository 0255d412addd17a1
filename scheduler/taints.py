"""Taints and the tolerations that a pod has for them (core/v1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

Object = dict[str, Any]

NO_SCHEDULE, PREFER_NO_SCHEDULE, NO_EXECUTE = "NoSchedule", "PreferNoSchedule", "NoExecute"


class Taint(NamedTuple):
    key: str
    value: str
    effect: str


class Toleration(NamedTuple):
    """An empty key tolerates every key, an empty effect every effect."""

    key: str
    value: str
    effect: str
    exists: bool

    def tolerates(self, taint: Taint) -> bool:
        if self.effect and self.effect != taint.effect:
            return False
        if self.key and self.key != taint.key:
            return False
        return self.exists or self.value == taint.value


UNSCHEDULABLE = Taint("node.kubernetes.io/unschedulable", "", NO_SCHEDULE)


def taints(listed: Iterable[Object] | None) -> tuple[Taint, ...]:
    return tuple(Taint(t["key"], t.get("value", ""), t["effect"]) for t in listed or ())


def tolerations(listed: Iterable[Object] | None) -> tuple[Toleration, ...]:
    return tuple(
        Toleration(t.get("key", ""), t.get("value", ""), t.get("effect", ""), t.get("operator") == "Exists")
        for t in listed or ()
    )


def untolerated(given: Iterable[Taint], tolerated: tuple[Toleration, ...]) -> int:
    """How many of the taints no toleration covers."""
    return sum(not any(t.tolerates(taint) for t in tolerated) for taint in given)
