"""VolumeRestrictions: a ReadWriteOncePod claim has one pod; some disks are for one pod per node."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..cache import Cache
from ..changes import NODE, POD, VOLUME_CLAIM, Action, Change, Interest
from ..contract import FilterOnly, Refused, Reject
from ..node import NodeInfo
from ..pod import PodInfo
from ..storage import Storage, mounts

Object = dict[str, Any]

NAME = "VolumeRestrictions"
IN_USE = Reject(
    NAME,
    (
        "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use "
        "by another pod",
    ),
    True,
)
NO_DISK = Reject(NAME, ("node(s) had no available disk",), True)
DISKS = {
    "gcePersistentDisk": ("pdName",),
    "awsElasticBlockStore": ("volumeID",),
    "iscsi": ("iqn",),
    "rbd": ("pool", "image"),
}
"""Volume sources that one pod per node may use, unless all only read, and what tells two apart; those of Ceph
must have a monitor in common too."""


class _State(NamedTuple):
    taken: bool
    disks: list[Object]


class VolumeRestrictions(FilterOnly):
    name = NAME

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def pre_filter(self, pod: PodInfo, cache: Cache) -> _State | None:
        disks = _disks(pod)
        if not pod.claims and not disks:
            return None
        taken = False
        for key in pod.claims:
            claim = self._storage.claims.get(key)
            if claim is None:
                name = key.partition("/")[2]
                if any(
                    "ephemeral" in v and f"{pod.name}-{v['name']}" == name for v in pod.obj["spec"]["volumes"]
                ):
                    continue
                raise Refused(NAME, f'persistentvolumeclaim "{name}" not found')
            if "ReadWriteOncePod" in (claim["spec"].get("accessModes") or ()) and key in cache.claim_users:
                taken = True
        return _State(taken, disks)

    def interests(self) -> tuple[Interest, ...]:
        return (
            Interest(POD, Action.Delete, self._after_pod),
            Interest(NODE, Action.Add),
            Interest(VOLUME_CLAIM, Action.Add | Action.Update, mounts),
        )

    def _after_pod(self, pod: PodInfo, change: Change) -> bool:
        """Whether the pod that is gone had a disk or a claim of this one's."""
        gone: PodInfo = change.old
        return not set(pod.claims).isdisjoint(gone.claims) or _clash(_disks(pod), _disks(gone))

    def filter(self, state: _State, node: NodeInfo) -> Reject | None:
        if state.taken:
            return IN_USE
        if state.disks and any(_clash(state.disks, _disks(other)) for other in node.pods.values()):
            return NO_DISK
        return None


def _disks(pod: PodInfo) -> list[Object]:
    return [v for v in pod.obj["spec"].get("volumes") or () if any(kind in v for kind in DISKS)]


def _clash(mine: list[Object], theirs: list[Object]) -> bool:
    return any(_same_disk(a, b) for a in mine for b in theirs)


def _same_disk(a: Object, b: Object) -> bool:
    for kind, names in DISKS.items():
        if kind in a and kind in b:
            both_read = a[kind].get("readOnly") and b[kind].get("readOnly") and kind != "awsElasticBlockStore"
            same = all(a[kind].get(name) == b[kind].get(name) for name in names)
            near = kind != "rbd" or not set(a[kind]["monitors"]).isdisjoint(b[kind]["monitors"])
            return same and near and not both_read
    return False
