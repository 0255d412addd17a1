"""NetworkPolicy: who may talk to a set of pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age, selector
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class NetworkPolicyStrategy(Strategy):
    """Rules of NetworkPolicys."""

    tracks_generation = True


def _cells(obj: Object, now: datetime) -> list[Any]:
    chosen = selector((obj.get("spec") or {}).get("podSelector"))
    return [obj["metadata"]["name"], chosen, age(obj, now)]


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        kind="NetworkPolicy",
        plural="networkpolicies",
        short_names=("netpol",),
        strategy=NetworkPolicyStrategy(),
        columns=columns.NETWORKPOLICIES,
        cells=_cells,
    ),
)
