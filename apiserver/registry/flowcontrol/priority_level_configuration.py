"""PriorityLevelConfiguration: a share of the concurrency of the server."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.field import FieldError
from ..printing import NONE, age
from ..resource import STATUS, Resource
from ..strategy import Context, Object, Strategy
from . import columns
from .conditions import validate_conditions
from .priority_level_validation import validate_spec

QUEUING = {"queues": 64, "handSize": 8, "queueLengthLimit": 50}


class PriorityLevelConfigurationStrategy(Strategy):
    """Rules of PriorityLevelConfigurations."""

    metadata_checks = ("create",)
    has_status = True
    status_resets = ("metadata", "spec")
    tracks_generation = True

    def default(self, obj: Object) -> None:
        spec = obj.setdefault("spec", {})
        limited = spec.get("limited")
        if limited is not None:
            if limited.get("nominalConcurrencyShares") is None:
                limited["nominalConcurrencyShares"] = 30
            limited.setdefault("lendablePercent", 0)
            queuing = (limited.get("limitResponse") or {}).get("queuing")
            if queuing is not None:
                for name, value in QUEUING.items():
                    queuing[name] = queuing.get(name) or value
        if spec.get("type") == "Exempt":
            exempt = spec.setdefault("exempt", {})
            exempt.setdefault("nominalConcurrencyShares", 0)
            exempt.setdefault("lendablePercent", 0)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_spec(obj.get("spec") or {}, obj["metadata"].get("name", ""), "spec")

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_conditions(new.get("status") or {})


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec") or {}
    limited = spec.get("limited") or {}
    queuing = (limited.get("limitResponse") or {}).get("queuing") or {}
    queues = [queuing.get(field, NONE) for field in ("queues", "handSize", "queueLengthLimit")]
    shares = limited.get("nominalConcurrencyShares", NONE)
    return [obj["metadata"]["name"], spec.get("type", ""), shares, *queues, age(obj, now)]


RESOURCES = (
    Resource(
        group="flowcontrol.apiserver.k8s.io",
        kind="PriorityLevelConfiguration",
        plural="prioritylevelconfigurations",
        namespaced=False,
        subresources=(STATUS,),
        strategy=PriorityLevelConfigurationStrategy(),
        columns=columns.PRIORITYLEVELCONFIGURATIONS,
        cells=_cells,
    ),
)
