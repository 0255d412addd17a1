"""Service: one name and address for a set of pods."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ....apimachinery import names
from ....apimachinery.field import FieldError
from ....apimachinery.gvk import GroupVersionKind
from ..printing import NONE, age, labels
from ..resource import Resource, Subresource
from ..strategy import Context, Object, Strategy
from .columns import SERVICES
from .service_addresses import validate_address_change
from .service_allocation import allocate, check
from .service_fields import (
    drop_unneeded,
    externally_accessible,
    init_families,
    keep_allocated,
    needs_cluster_ip,
    normalize,
)
from .service_spec import (
    service_warnings,
    status_warnings,
    validate_service,
    validate_service_change,
    validate_service_status,
)

AFFINITY_SECONDS = 3 * 3600


class ServiceStrategy(Strategy):
    """Allocates addresses and node ports; a write to a name that is not there creates it."""

    returns_deleted = True
    allow_create_on_update = True
    has_status = True
    reserves = True
    name_validator = staticmethod(names.dns1123_label)

    def default(self, obj: Object) -> None:
        spec = obj.setdefault("spec", {})
        _default_affinity(spec)
        for port in spec.get("ports") or ():
            if not port.get("targetPort"):
                port["targetPort"] = port.get("port", 0)
        spec["type"] = kind = spec.get("type") or "ClusterIP"
        if externally_accessible(spec) and not spec.get("externalTrafficPolicy"):
            spec["externalTrafficPolicy"] = "Cluster"
        if needs_cluster_ip(spec):
            spec.setdefault("internalTrafficPolicy", "Cluster")
        if kind == "LoadBalancer":
            spec.setdefault("allocateLoadBalancerNodePorts", True)
            for ingress in ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ():
                if ingress.get("ip"):
                    ingress.setdefault("ipMode", "VIP")

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        obj["status"] = {"loadBalancer": {}}
        normalize(obj["spec"], None)
        init_families(obj)
        check(ctx.pools, obj, None, dry_run=ctx.dry_run)

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        keep_allocated(new["spec"], old["spec"])
        normalize(new["spec"], old["spec"])
        init_families(new, old["spec"])
        check(ctx.pools, new, old, dry_run=ctx.dry_run)
        drop_unneeded(new["spec"], old["spec"])
        if new["spec"].get("type") != "LoadBalancer" and old["spec"].get("type") == "LoadBalancer":
            new["status"] = {**new.get("status", {}), "loadBalancer": {}}

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_service(obj)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        errors = validate_address_change(new["spec"], old["spec"])
        errors += validate_service_change(new["spec"], old["spec"])
        return errors + validate_service(new)

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_service_status(new)

    def allocate(self, ctx: Context, new: Object, old: Object | None) -> Callable[[], None]:
        if ctx.subresource:
            return super().allocate(ctx, new, old)
        return allocate(ctx.pools, new, old, dry_run=ctx.dry_run)

    async def reserve(self, ctx: Context, new: Object) -> None:
        if ctx.pools.reserve is not None:
            await ctx.pools.reserve(new)

    def deleted(self, ctx: Context, obj: Object) -> None:
        ctx.pools.release(obj)

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        return service_warnings(new)

    def status_warnings(self, ctx: Context, new: Object, old: Object) -> list[str]:
        return status_warnings(new.get("status") or {})


def _default_affinity(spec: Object) -> None:
    affinity = spec["sessionAffinity"] = spec.get("sessionAffinity") or "None"
    if affinity == "None":
        spec.pop("sessionAffinityConfig", None)
    elif affinity == "ClientIP":
        config = spec.get("sessionAffinityConfig") or {}
        if (config.get("clientIP") or {}).get("timeoutSeconds") is None:
            spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": AFFINITY_SECONDS}}


def _balancer(obj: Object) -> list[str]:
    ingress = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return sorted({i.get("ip") or i.get("hostname") or "" for i in ingress} - {""})


def external_address(obj: Object) -> str:
    spec = obj.get("spec") or {}
    kind, own = spec.get("type"), list(spec.get("externalIPs") or ())
    if kind == "ExternalName":
        return str(spec.get("externalName", ""))
    if kind == "LoadBalancer":
        return ",".join(_balancer(obj) + own) or "<pending>"
    return ",".join(own) or NONE


def port(entry: Object) -> str:
    node = f":{entry['nodePort']}" if entry.get("nodePort") else ""
    return f"{entry.get('port', 0)}{node}/{entry.get('protocol', '')}"


def cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec") or {}
    return [
        obj["metadata"]["name"],
        spec.get("type", ""),
        spec.get("clusterIP") or NONE,
        external_address(obj),
        ",".join(map(port, spec.get("ports") or ())) or NONE,
        age(obj, now),
        labels(spec.get("selector")),
    ]


RESOURCES = (
    Resource(
        kind="Service",
        plural="services",
        short_names=("svc",),
        categories=("all",),
        subresources=(
            Subresource(
                "proxy",
                ("create", "delete", "get", "patch", "update"),
                GroupVersionKind("", "v1", "ServiceProxyOptions"),
            ),
            Subresource("status", ("get", "patch", "update")),
        ),
        strategy=ServiceStrategy(),
        columns=SERVICES,
        cells=cells,
        selectable={
            "spec.clusterIP": lambda obj: str((obj.get("spec") or {}).get("clusterIP", "")),
            "spec.type": lambda obj: str((obj.get("spec") or {}).get("type", "")),
        },
    ),
)
