"""CSIStorageCapacity: how much a driver can still provision."""

from __future__ import annotations

from ..printing import name_and_timestamp
from ..resource import Resource
from ..strategy import Strategy
from . import columns


class CSIStorageCapacityStrategy(Strategy):
    """Rules of CSIStorageCapacitys."""

    allow_unconditional_update = False


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        kind="CSIStorageCapacity",
        plural="csistoragecapacities",
        strategy=CSIStorageCapacityStrategy(),
        columns=columns.CSISTORAGECAPACITIES,
        cells=name_and_timestamp,
    ),
)
