"""ServiceCIDR: address ranges for ClusterIPs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import STATUS, Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import IMMUTABLE, invalids
from . import columns

MOST = 2
ONE_PER_FAMILY = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"


class ServiceCIDRStrategy(Strategy):
    """Rules of ServiceCIDRs."""

    has_status = True
    status_resets = ("metadata", "spec")

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        ranges = (obj.get("spec") or {}).get("cidrs") or []
        if not ranges:
            return [field.required("spec.cidrs", "at least one CIDR required")]
        parsed = [names.parse_cidr_sloppy(text) for text in ranges]
        versions = [network.version for network in parsed if network is not None]
        errors: list[FieldError] = []
        if len(ranges) > MOST:
            why = f"may only hold up to {MOST} values"
            errors.append(field.invalid("spec.cidrs", {"CIDRs": ranges}, why))
        elif len(set(versions)) != len(versions):
            errors.append(field.invalid("spec.cidrs", ranges, ONE_PER_FAMILY))
        for i, text in enumerate(ranges):
            errors += invalids(f"spec.cidrs[{i}]", text, names.cidr(text))
        return errors

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        ranges, was = ((each.get("spec") or {}).get("cidrs") or [] for each in (new, old))
        if len(was) == 1 and len(ranges) == 2:
            errors = self.validate_create(ctx, new)
            if ranges[0] != was[0]:
                errors.insert(0, field.invalid("spec.cidrs[0]", ranges[0], IMMUTABLE))
            return errors
        if len(ranges) != len(was):
            return [field.invalid("spec.cidrs", ranges, IMMUTABLE)]
        return [
            field.invalid(f"spec.cidrs[{i}]", text, IMMUTABLE)
            for i, text in enumerate(ranges)
            if text != was[i]
        ]


def _cells(obj: Object, now: datetime) -> list[Any]:
    ranges = ",".join((obj.get("spec") or {}).get("cidrs") or ())
    return [obj["metadata"]["name"], ranges, age(obj, now)]


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        kind="ServiceCIDR",
        plural="servicecidrs",
        namespaced=False,
        subresources=(STATUS,),
        strategy=ServiceCIDRStrategy(),
        columns=columns.SERVICECIDRS,
        cells=_cells,
    ),
)
