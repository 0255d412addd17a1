"""Ingress: HTTP routes into the cluster."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.field import FieldError
from ..printing import NONE, age
from ..resource import STATUS, Resource
from ..strategy import Context, Object, Strategy
from ..validation.addresses import ip_warnings
from . import columns
from .ingress_validation import validate_class_annotation, validate_spec, validate_status, warnings


class IngressStrategy(Strategy):
    """Rules of Ingresss."""

    metadata_checks = ("update", "create")
    has_status = True
    tracks_generation = True

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        spec = obj.get("spec") or {}
        return validate_class_annotation(obj) + validate_spec(spec, "spec")

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_spec(new.get("spec") or {}, "spec")

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_status(new.get("status") or {}, "status")

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        return warnings(new) if old is None else []

    def status_warnings(self, ctx: Context, new: Object, old: Object) -> list[str]:
        points = ((new.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
        path = "status.loadBalancer.ingress"
        return [
            warning
            for i, point in enumerate(points)
            for warning in ip_warnings(point.get("ip", ""), f"{path}[{i}]")
        ]


def _hosts(rules: list[Object]) -> str:
    """Up to three hosts; what is left over counts rules, as upstream does."""
    hosts = [rule["host"] for rule in rules if rule.get("host")]
    text = ",".join(hosts[:3]) or "*"
    return f"{text} + {len(rules) - 3} more..." if len(hosts) > 2 and len(rules) > 3 else text


def _addresses(obj: Object) -> str:
    points = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return ",".join(sorted({p.get("ip") or p.get("hostname") or "" for p in points} - {""}))


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec") or {}
    rules = spec.get("rules") or []
    facts = spec.get("ingressClassName") or NONE, _hosts(rules), _addresses(obj)
    ports = "80, 443" if spec.get("tls") else "80"
    return [obj["metadata"]["name"], *facts, ports, age(obj, now)]


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        kind="Ingress",
        plural="ingresses",
        short_names=("ing",),
        subresources=(STATUS,),
        strategy=IngressStrategy(),
        columns=columns.INGRESSES,
        cells=_cells,
    ),
)
