"""VolumeZone: a volume that is labelled with a zone or region is used from nodes in it."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...apimachinery import volumes as rules
from ..cache import Cache
from ..changes import NODE, STORAGE_CLASS, VOLUME, VOLUME_CLAIM, Action, Interest
from ..contract import FilterOnly, Refused, Reject
from ..node import NodeInfo
from ..pod import PodInfo
from ..storage import Storage, mounts

Object = dict[str, Any]

NAME = "VolumeZone"
REJECT = Reject(NAME, ("node(s) had no available volume zone",))
OLD = {
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
}
"""Old names of labels: what a volume says with them a node may say with the new ones."""
KEYS = (*OLD, *OLD.values())


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
        for listed in pod.obj["spec"].get("volumes") or () if pod.claims else ():
            name = (listed.get("persistentVolumeClaim") or {}).get("claimName")
            if name:
                found += self._of_claim(f"{pod.namespace}/{name}")
        return found or None

    def _of_claim(self, key: str) -> list[_Place]:
        """Nowhere in particular for a claim that waits for the pod. Raises Refused."""
        claim = self._storage.claims.get(key)
        if claim is None:
            raise Refused(NAME, f'persistentvolumeclaim "{key.partition("/")[2]}" not found')
        name = claim["spec"].get("volumeName")
        if not name:
            if not rules.is_lazy(self._storage.storage_class(rules.class_of(claim))):
                raise Refused(NAME, "PersistentVolume had no name")
            return []
        volume = self._storage.volumes.get(name)
        if volume is None:
            raise Refused(NAME, f'persistentvolume "{name}" not found')
        return _places(volume)

    def interests(self) -> tuple[Interest, ...]:
        return (
            Interest(STORAGE_CLASS, Action.Add),
            Interest(NODE, Action.Add | Action.UpdateNodeLabel),
            Interest(VOLUME_CLAIM, Action.Add | Action.Update, mounts),
            Interest(VOLUME, Action.Add | Action.Update),
        )

    def filter(self, state: list[_Place], node: NodeInfo) -> Reject | None:
        if not any(key in node.labels for key in KEYS):
            return None
        for place in state:
            value = node.labels.get(place.key, node.labels.get(OLD.get(place.key, "")))
            if value not in place.values:
                return REJECT
        return None


def _places(volume: Object) -> list[_Place]:
    """A label may list several values, separated by `__`."""
    labels = volume["metadata"].get("labels") or {}
    return [_Place(key, frozenset(labels[key].split("__"))) for key in KEYS if key in labels]
