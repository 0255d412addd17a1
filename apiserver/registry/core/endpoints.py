"""Endpoints: the addresses behind a Service, in the old form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..printing import NONE, age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.addresses import ip_warnings, validate_ip, validate_usual_ip
from ..validation.common import Errors, invalids
from ..validation.ports import port_number, protocol
from .columns import ENDPOINTS

SHOWN = 3


class EndpointsStrategy(Strategy):
    """A write to a name that is not there creates it."""

    allow_create_on_update = True
    metadata_checks = ("update", "create")

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        errors: Errors = []
        for i, subset in enumerate(obj.get("subsets") or ()):
            errors += validate_subset(subset, f"subsets[{i}]")
        return errors

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        found: list[str] = []
        for i, subset in enumerate(new.get("subsets") or ()):
            for kind in ("addresses", "notReadyAddresses"):
                for j, address in enumerate(subset.get(kind) or ()):
                    found += ip_warnings(address.get("ip", ""), f"subsets[{i}].{kind}[{j}].ip")
        return found


def validate_subset(subset: Object, path: str) -> Errors:
    errors: Errors = []
    if not subset.get("addresses") and not subset.get("notReadyAddresses"):
        errors.append(field.required(path, "must specify `addresses` or `notReadyAddresses`"))
    for kind in ("addresses", "notReadyAddresses"):
        for i, address in enumerate(subset.get(kind) or ()):
            errors += _address(address, f"{path}.{kind}[{i}]")
    ports = subset.get("ports") or []
    for i, port in enumerate(ports):
        errors += _port(port, len(ports) > 1, f"{path}.ports[{i}]")
    return errors


def _address(address: Object, path: str) -> Errors:
    ip, name = address.get("ip", ""), address.get("hostname")
    errors = validate_ip(ip, f"{path}.ip")
    if name:
        errors += invalids(f"{path}.hostname", name, names.dns1123_label(name))
    if "nodeName" in address:
        node = address["nodeName"]
        errors += invalids(f"{path}.nodeName", node, names.dns1123_subdomain(node))
    return errors + validate_usual_ip(ip, f"{path}.ip")


def _port(port: Object, needs_name: bool, path: str) -> Errors:
    errors: Errors = []
    name = port.get("name")
    if name:
        errors += invalids(f"{path}.name", name, names.dns1123_label(name))
    elif needs_name:
        errors.append(field.required(f"{path}.name"))
    errors += port_number(port.get("port", 0), f"{path}.port")
    errors += protocol(port.get("protocol", ""), f"{path}.protocol")
    if "appProtocol" in port:
        app = port["appProtocol"]
        errors += invalids(f"{path}.appProtocol", app, names.qualified_name(app))
    return errors


def _host_port(ip: str, port: int) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def addresses(subsets: list[Object]) -> str:
    """The first three ready `ip:port`, and how many more there are."""
    if not subsets:
        return NONE
    found: list[str] = []
    for subset in subsets:
        ips = [a.get("ip", "") for a in subset.get("addresses") or ()]
        ports = subset.get("ports")
        found += [_host_port(ip, p.get("port", 0)) for p in ports for ip in ips] if ports else ips
    text = ",".join(found[:SHOWN])
    return text if len(found) <= SHOWN else f"{text} + {len(found) - SHOWN} more..."


def cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], addresses(obj.get("subsets") or []), age(obj, now)]


RESOURCES = (
    Resource(
        kind="Endpoints",
        plural="endpoints",
        singular="endpoints",
        short_names=("ep",),
        strategy=EndpointsStrategy(),
        columns=ENDPOINTS,
        cells=cells,
        deprecated="v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    ),
)
