"""What becomes of slices, for the metrics: counted where they change, not where they are looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..metrics import SliceMetrics
from .build import PER_SLICE, Plan

Object = dict[str, Any]


class _Of(NamedTuple):
    """One owner's share."""

    endpoints: int
    slices: int
    wanted: int


NOTHING = _Of(0, 0, 0)


class Tally:
    """Of one controller. Owners are named by `NAMESPACE/NAME`."""

    def __init__(self, metrics: SliceMetrics) -> None:
        self._metrics = metrics
        self._owners: dict[str, _Of] = {}

    def synced(self, key: str, present: Sequence[Object], plans: Sequence[Plan]) -> int:
        """The plans have been carried out: how many slices were written."""
        written = 0
        for operation, writes in zip(("create", "update", "delete"), zip(*plans, strict=True), strict=True):
            count = sum(map(len, writes))
            written += count
            if count:
                self._metrics.changes.add((operation,), count)
        if not written and key in self._owners:
            self._metrics.added.observe((), 0)
            self._metrics.removed.observe((), 0)
            return 0
        after = _after(present, plans)
        came, went = _moved(present, after)
        self._metrics.added.observe((), came)
        self._metrics.removed.observe((), went)
        self._set(key, _Of(sum(len(_endpoints(s)) for s in after), len(after), _wanted(after)))
        return written

    def forget(self, key: str) -> None:
        """The owner is gone."""
        self._set(key, NOTHING)
        self._owners.pop(key, None)

    def _set(self, key: str, now: _Of) -> None:
        before = self._owners.get(key, NOTHING)
        self._owners[key] = now
        self._metrics.endpoints.inc(now.endpoints - before.endpoints)
        self._metrics.slices.inc(now.slices - before.slices)
        self._metrics.wanted.inc(now.wanted - before.wanted)


def _after(present: Iterable[Object], plans: Iterable[Plan]) -> list[Object]:
    plans = list(plans)
    fresh = [s for plan in plans for s in (*plan.create, *plan.update)]
    touched = {s["metadata"].get("name") for plan in plans for s in (*plan.update, *plan.delete)}
    return [s for s in present if s["metadata"]["name"] not in touched] + fresh


def _endpoints(one: Object) -> list[Object]:
    return one.get("endpoints") or []


def _moved(before: Iterable[Object], after: Iterable[Object]) -> tuple[int, int]:
    """How many addresses came and how many went."""
    had, has = _addresses(before), _addresses(after)
    return (has - had).total(), (had - has).total()


def _addresses(slices: Iterable[Object]) -> Counter[str]:
    return Counter(endpoint["addresses"][0] for one in slices for endpoint in _endpoints(one))


def _wanted(slices: Iterable[Object]) -> int:
    groups: Counter[str] = Counter()
    for one in slices:
        groups[f"{one.get('addressType')} {one.get('ports')}"] += len(_endpoints(one))
    return sum(max(-(-count // PER_SLICE), 1) for count in groups.values())
