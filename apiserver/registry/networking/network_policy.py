"""NetworkPolicy: who may talk to a set of pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.field import FieldError
from ..printing import age, selector
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from . import columns
from .network_policy_validation import validate_spec


class NetworkPolicyStrategy(Strategy):
    """Rules of NetworkPolicys."""

    tracks_generation = True

    def default(self, obj: Object) -> None:
        spec = obj.setdefault("spec", {})
        for direction in ("ingress", "egress"):
            for rule in spec.get(direction) or ():
                for port in rule.get("ports") or ():
                    port.setdefault("protocol", "TCP")
        if not spec.get("policyTypes"):
            spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_spec(obj.get("spec") or {}, "spec")


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
