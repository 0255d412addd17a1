"""Lease: who leads, and node heartbeats."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class LeaseStrategy(Strategy):
    """Rules of Leases."""

    allow_create_on_update = True
    allow_unconditional_update = False


def _cells(obj: Object, now: datetime) -> list[Any]:
    holder = (obj.get("spec") or {}).get("holderIdentity") or ""
    return [obj["metadata"]["name"], holder, age(obj, now)]


RESOURCES = (
    Resource(
        group="coordination.k8s.io",
        kind="Lease",
        plural="leases",
        strategy=LeaseStrategy(),
        columns=columns.LEASES,
        cells=_cells,
    ),
)
