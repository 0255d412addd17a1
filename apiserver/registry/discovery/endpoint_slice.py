"""EndpointSlice: a part of the endpoints of a Service."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.field import FieldError
from ..printing import UNSET, age, first
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import immutable
from . import columns
from .validation import validate_slice


def _drop_topology(obj: Object) -> None:
    """v1 cannot set the topology of v1beta1."""
    for endpoint in obj.get("endpoints") or ():
        endpoint.pop("deprecatedTopology", None)


class EndpointSliceStrategy(Strategy):
    """Rules of EndpointSlices."""

    metadata_checks = ("create",)
    emptied = (("endpoints",), ("ports",))
    tracks_generation = True

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        _drop_topology(obj)

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        if new.get("endpoints") != old.get("endpoints"):
            _drop_topology(new)
        meta, was = new["metadata"], old["metadata"]
        if (meta.get("labels") or {}) != (was.get("labels") or {}):
            meta["generation"] = was.get("generation", 0) + 1

    def default(self, obj: Object) -> None:
        for port in obj.get("ports") or ():
            port.setdefault("name", "")
            port.setdefault("protocol", "TCP")

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_slice(obj)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_slice(new) + immutable(new.get("addressType"), old.get("addressType"), "addressType")

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        if new.get("addressType") == "FQDN":
            return ["spec.addressType: FQDN endpoints are deprecated"]
        return []


def _cells(obj: Object, now: datetime) -> list[Any]:
    ports = [_port(port) for port in obj.get("ports") or ()]
    addresses = [a for endpoint in obj.get("endpoints") or () for a in endpoint.get("addresses") or ()]
    shown = first(ports, 3, UNSET), first(addresses, 3, UNSET)
    return [obj["metadata"]["name"], obj.get("addressType", ""), *shown, age(obj, now)]


def _port(port: Object) -> str:
    """Its number, else its name, which may be empty."""
    for key in ("port", "name"):
        if port.get(key) is not None:
            return str(port[key])
    return "*"


RESOURCES = (
    Resource(
        group="discovery.k8s.io",
        kind="EndpointSlice",
        plural="endpointslices",
        strategy=EndpointSliceStrategy(),
        columns=columns.ENDPOINTSLICES,
        cells=_cells,
    ),
)
