"""VolumeZone: a volume that is labelled with a zone or region is used from nodes in it."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..cache import Cache
from ..changes import NODE, STORAGE_CLASS, VOLUME, VOLUME_CLAIM, Action, Interest
from ..contract import FilterOnly, Reject
from ..node import NodeInfo
from ..pod import PodInfo
from ..storage import Storage, mounts

Object = dict[str, Any]

NAME = "VolumeZone"
REJECT = Reject(NAME, ("node(s) had no available volume zone",))
KEYS = {
    "topology.kubernetes.io/zone": "failure-domain.beta.kubernetes.io/zone",
    "topology.kubernetes.io/region": "failure-domain.beta.kubernetes.io/region",
}
"""The labels and their old names."""
TWINS = KEYS | {old: new for new, old in KEYS.items()}


class _Place(NamedTuple):
    key: str
    values: frozenset[str]


class VolumeZone(FilterOnly):
    name = NAME

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def pre_filter(self, pod: PodInfo, cache: Cache) -> list[_Place] | None:
        """The zones and regions of the volumes that are bound already."""
        found: list[_Place] = []
        for key in pod.claims:
            claim = self._storage.claims.get(key)
            volume = self._storage.volume_of(claim) if claim is not None else None
            if volume is not None:
                found += _places(volume)
        return found or None

    def interests(self) -> tuple[Interest, ...]:
        return (
            Interest(STORAGE_CLASS, Action.Add),
            Interest(NODE, Action.Add | Action.UpdateNodeLabel),
            Interest(VOLUME_CLAIM, Action.Add | Action.Update, mounts),
            Interest(VOLUME, Action.Add | Action.Update),
        )

    def filter(self, state: list[_Place], node: NodeInfo) -> Reject | None:
        if not any(key in node.labels for key in TWINS):
            return None
        for place in state:
            value = node.labels.get(place.key, node.labels.get(TWINS[place.key]))
            if value not in place.values:
                return REJECT
        return None


def _places(volume: Object) -> list[_Place]:
    """A label may list several values, separated by `__`."""
    labels = volume["metadata"].get("labels") or {}
    return [_Place(key, frozenset(labels[key].split("__"))) for key in TWINS if key in labels]
