"""CSIDriver: what a volume driver can do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import NONE, UNSET, age
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class CSIDriverStrategy(Strategy):
    """Rules of CSIDrivers."""

    allow_unconditional_update = False


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj["spec"]
    audiences = [request.get("audience", "") for request in spec.get("tokenRequests") or ()]
    facts = [
        spec.get("attachRequired", True),
        spec.get("podInfoOnMount", False),
        spec.get("storageCapacity", False),
        ",".join(audiences) if spec.get("tokenRequests") is not None else UNSET,
        spec.get("requiresRepublish", False),
        ",".join(spec.get("volumeLifecycleModes") or ()) or NONE,
    ]
    return [obj["metadata"]["name"], *facts, age(obj, now)]


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        kind="CSIDriver",
        plural="csidrivers",
        namespaced=False,
        strategy=CSIDriverStrategy(),
        columns=columns.CSIDRIVERS,
        cells=_cells,
    ),
)
