"""Whether there is room for the volumes that a provisioner would make for a node. Source: CSIStorageCapacity.

Drivers whose CSIDriver says `storageCapacity` publish what they have per class and part of the cluster.
"""

from __future__ import annotations

from typing import Any

from ...apimachinery import labels, quantity
from ...apimachinery import volumes as rules
from ..node import NodeInfo
from ..storage import Storage

Object = dict[str, Any]


def has_room(storage: Storage, claim: Object, node: NodeInfo) -> bool:
    """Each claim is looked at for itself: drivers count what they promised, not the scheduler."""
    name = rules.class_of(claim)
    storage_class = storage.storage_class(name)
    driver = storage.csi_driver(storage_class["provisioner"]) if storage_class is not None else None
    if driver is None or not driver["spec"].get("storageCapacity"):
        return True
    size = rules.requested(claim)
    return any(
        capacity["storageClassName"] == name and _is_enough(capacity, size) and _is_reachable(capacity, node)
        for capacity in storage.capacities()
    )


def _is_enough(capacity: Object, size: quantity.Quantity) -> bool:
    limit = capacity.get("maximumVolumeSize") or capacity.get("capacity")
    return limit is not None and not quantity.parse(limit) < size


def _is_reachable(capacity: Object, node: NodeInfo) -> bool:
    topology = capacity.get("nodeTopology")
    return topology is not None and labels.from_label_selector(topology).matches(node.labels)
