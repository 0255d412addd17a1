"""The subsets of a Service's Endpoints: which addresses it has, on which ports.

Source: upstream's RepackSubsets and endpoint controller.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import Any

from . import pods as podlib
from . import port_order, serving
from .port_order import Port

Object = dict[str, Any]

CAPACITY = 1000
Key = tuple[str, str]
"""Of an address: IP and the pod's uid."""
Served = dict[Key, tuple[Object, bool]]
"""Addresses, and whether they are ready."""


def of(service: Object, pods: Iterable[Object]) -> list[Object]:
    """Ports that the same pods serve stand together, once. Subsets and addresses come in a stable order."""
    together: dict[frozenset[tuple[Key, bool]], tuple[Served, list[Port]]] = {}
    for port, served in _by_port(service, pods).items():
        who = frozenset((key, ready) for key, (_, ready) in served.items())
        _, ports = together.setdefault(who, (served, []))
        if port is not None:
            ports.append(port)
    found = [(sorted(ports, key=port_order.in_endpoints), served) for served, ports in together.values()]
    return [_subset(ports, served) for ports, served in sorted(found, key=lambda pair: pair[0])]


def _by_port(service: Object, pods: Iterable[Object]) -> dict[Port | None, Served]:
    """None is the port of a headless Service that names none."""
    publish = bool(service["spec"].get("publishNotReadyAddresses"))
    family = (service["spec"].get("ipFamilies") or ["IPv4"])[0]
    bare: list[Port | None] = [None] if serving.is_headless(service) else []
    found: dict[Port | None, Served] = {}
    for pod in pods:
        ip = serving.address(pod, family)
        if not ip or not pod["spec"].get("nodeName") or not serving.serves(pod, include_terminating=publish):
            continue
        entry = (_address(service, pod, ip), publish or podlib.is_ready(pod))
        for port in _ports(service, pod) if service["spec"].get("ports") else bare:
            found.setdefault(port, {})[ip, pod["metadata"]["uid"]] = entry
    return found


def _ports(service: Object, pod: Object) -> list[Port]:
    numbered = [(port, serving.port_number(pod, port)) for port in service["spec"]["ports"]]
    return [
        Port(port.get("name", ""), port.get("protocol", "TCP"), number, port.get("appProtocol", ""))
        for port, number in numbered
        if number is not None
    ]


def _address(service: Object, pod: Object, ip: str) -> Object:
    host = serving.hostname(pod, service)
    return {
        "ip": ip,
        **({"hostname": host} if host else {}),
        "nodeName": pod["spec"]["nodeName"],
        "targetRef": serving.target_ref(pod),
    }


def _subset(ports: list[Port], served: Served) -> Object:
    subset: Object = {}
    for field, wanted in (("addresses", True), ("notReadyAddresses", False)):
        addresses = [served[key][0] for key in sorted(served) if served[key][1] is wanted]
        if addresses:
            subset[field] = addresses
    if ports:
        subset["ports"] = [_shown(port) for port in ports]
    return subset


def _shown(port: Port) -> Object:
    """core/v1 EndpointPort."""
    return {
        **({"name": port.name} if port.name else {}),
        "port": port.number,
        "protocol": port.protocol,
        **({"appProtocol": port.application} if port.application else {}),
    }


def truncated(subsets: list[Object]) -> tuple[list[Object], bool]:
    """At most 1,000 addresses, the ready ones first, from each subset in proportion; whether some were left
    out."""
    ready, unready = _total(subsets, "addresses"), _total(subsets, "notReadyAddresses")
    if ready + unready <= CAPACITY:
        return subsets, False
    if ready > CAPACITY:
        bare = [{key: s[key] for key in s if key != "notReadyAddresses"} for s in subsets]
        cut = _cut(bare, "addresses", CAPACITY, ready)
    else:
        cut = _cut(subsets, "notReadyAddresses", CAPACITY - ready, unready)
    return [s for s in cut if s.get("addresses") or s.get("notReadyAddresses")], True


def _total(subsets: list[Object], field: str) -> int:
    return sum(len(subset.get(field, ())) for subset in subsets)


def _cut(subsets: list[Object], field: str, room: int, total: int) -> list[Object]:
    left = room
    found = []
    for subset in subsets:
        taken = subset.get(field, [])
        taken = taken[: min(ceil(len(taken) / total * room), left)]
        left -= len(taken)
        found.append({**{key: value for key, value in subset.items() if key != field}, field: taken})
    return [{key: value for key, value in subset.items() if value} for subset in found]
