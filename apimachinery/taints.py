"""Taints and the tolerations for them, of nodes and pods (core/v1) and of devices and requests for them."""

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
    return tuple(_taint(t) for t in listed or ())


def tolerations(listed: Iterable[Object] | None) -> tuple[Toleration, ...]:
    return tuple(_toleration(t) for t in listed or ())


def tolerates(toleration: Object, taint: Object) -> bool:
    """Whether one, as it stands in an object, covers the other."""
    return _toleration(toleration).tolerates(_taint(taint))


def _taint(obj: Object) -> Taint:
    return Taint(obj["key"], obj.get("value") or "", obj["effect"])


def _toleration(obj: Object) -> Toleration:
    get = obj.get
    return Toleration(get("key") or "", get("value") or "", get("effect") or "", get("operator") == "Exists")


def untolerated(given: Iterable[Taint], tolerated: tuple[Toleration, ...]) -> int:
    """How many of the taints no toleration covers."""
    return sum(not any(t.tolerates(taint) for t in tolerated) for taint in given)
