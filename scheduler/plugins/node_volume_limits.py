"""NodeVolumeLimits: a CSI driver can have so many volumes on a node, as the CSINode says."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ...apimachinery import volumes as rules
from ..cache import Cache
from ..changes import ATTACHMENT, CSI_NODE, POD, VOLUME_CLAIM, Action, Change, Interest
from ..contract import FilterOnly, Reject
from ..node import NodeInfo
from ..pod import PodInfo
from ..storage import Storage, mounts

Object = dict[str, Any]
Attached = frozenset[tuple[str, str]]
"""Driver and volume handle."""

NAME = "NodeVolumeLimits"
REJECT = Reject(NAME, ("node(s) exceed max volume count",), True)


class NodeVolumeLimits(FilterOnly):
    name = NAME

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def pre_filter(self, pod: PodInfo, cache: Cache) -> Attached | None:
        return (self._attached(pod) if pod.claims else None) or None

    def interests(self) -> tuple[Interest, ...]:
        return (
            Interest(CSI_NODE, Action.Add | Action.Update),
            Interest(POD, Action.Delete, self._after_pod),
            Interest(VOLUME_CLAIM, Action.Add | Action.Update, mounts),
            Interest(ATTACHMENT, Action.Delete),
        )

    def _after_pod(self, pod: PodInfo, change: Change) -> bool:
        return bool(change.old.claims)

    def filter(self, state: Attached, node: NodeInfo) -> Reject | None:
        csi_node = self._storage.csi_node(node.name)
        limits = _limits(csi_node) if csi_node is not None else {}
        if not limits:
            return None
        there = self._known_to_be_attached(node)
        for other in node.pods.values():
            if other.claims:
                there |= self._attached(other)
        before = Counter(driver for driver, _ in there)
        more = Counter(driver for driver, _ in state - there)
        if any(
            driver in limits and before[driver] + count > limits[driver] for driver, count in more.items()
        ):
            return REJECT
        return None

    def _known_to_be_attached(self, node: NodeInfo) -> set[tuple[str, str]]:
        """What is attached, or about to be, though the pods may be gone."""
        found: set[tuple[str, str]] = set()
        for one in self._storage.attachments():
            name = one["spec"]["source"].get("persistentVolumeName")
            volume = (
                self._storage.volumes.get(name) if name and one["spec"]["nodeName"] == node.name else None
            )
            source = volume["spec"].get("csi") if volume is not None else None
            if source:
                found.add((source["driver"], source["volumeHandle"]))
        return found

    def _attached(self, pod: PodInfo) -> Attached:
        found = (self._volume(key) for key in pod.claims)
        return frozenset(volume for volume in found if volume is not None)

    def _volume(self, key: str) -> tuple[str, str] | None:
        """A claim without volume counts as one of its class's provisioner."""
        claim = self._storage.claims.get(key)
        if claim is None:
            return None
        volume = self._storage.volume_of(claim)
        if volume is not None:
            source = volume["spec"].get("csi")
            return (source["driver"], source["volumeHandle"]) if source else None
        storage_class = self._storage.storage_class(rules.class_of(claim))
        return (storage_class["provisioner"], key) if storage_class is not None else None


def _limits(csi_node: Object) -> dict[str, int]:
    return {
        driver["name"]: driver["allocatable"]["count"]
        for driver in (csi_node.get("spec") or {}).get("drivers") or ()
        if (driver.get("allocatable") or {}).get("count") is not None
    }
