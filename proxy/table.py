"""Which addresses are served and by which endpoints: pure functions of Services, EndpointSlices and nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from .nodes import Nodes
from .topology import Endpoint, Near, State, hinted, local, usable

Object = dict[str, Any]

SERVED = ("TCP", "UDP")
LOOPBACK = "127.0.0.1"
AFFINITY_SECONDS = 10800


class PortName(NamedTuple):
    """One port of one Service."""

    namespace: str
    service: str
    port: str

    def __str__(self) -> str:
        return (
            f"{self.namespace}/{self.service}:{self.port}"
            if self.port
            else f"{self.namespace}/{self.service}"
        )


class Listen(NamedTuple):
    address: str
    port: int
    protocol: str = "TCP"


class Route(NamedTuple):
    """What a listener serves; never without endpoints."""

    name: PortName
    endpoints: tuple[Endpoint, ...]
    affinity_seconds: int
    """How long a client stays with its endpoint after its last connection; 0 for not at all."""
    near: Mapping[str, tuple[Endpoint, ...]] = MappingProxyType({})
    """Node name → what the clients on that node get instead of all `endpoints`; maybe none of them."""

    def endpoints_of(self, node: str) -> tuple[Endpoint, ...]:
        return self.near.get(node, self.endpoints)


def routes(service: Object, slices: Sequence[Object], nodes: Nodes) -> dict[Listen, Route]:
    """Everything to listen on for a Service. A port without endpoints is absent, so that it refuses."""
    spec = service["spec"]
    if not _served(service):
        return {}
    found: dict[Listen, Route] = {}
    for port in spec.get("ports") or ():
        if port.get("protocol", "TCP") in SERVED:
            found |= _port_routes(service, port, slices, nodes)
    return found


def skipped_ports(service: Object) -> list[str]:
    """Ports of protocols that the proxy does not carry, as `5353/SCTP`."""
    if not _served(service):
        return []
    ports = service["spec"].get("ports") or ()
    return [f"{p['port']}/{p['protocol']}" for p in ports if p.get("protocol", "TCP") not in SERVED]


def _served(service: Object) -> bool:
    spec = service["spec"]
    return spec.get("type") != "ExternalName" and spec.get("clusterIP") not in (None, "", "None")


def _port_routes(
    service: Object, port: Object, slices: Sequence[Object], nodes: Nodes
) -> dict[Listen, Route]:
    spec, meta = service["spec"], service["metadata"]
    name = PortName(meta["namespace"], meta["name"], port.get("name", ""))
    protocol = port.get("protocol", "TCP")
    everywhere = list(_endpoints(slices, name.port, protocol))
    affinity = _affinity(spec)
    found: dict[Listen, Route] = {}

    def serve(address: str, number: int, chosen: tuple[Endpoint, ...], near: Near | None = None) -> None:
        if chosen:
            found[Listen(address, number, protocol)] = Route(name, chosen, affinity, near or {})

    stays_inside = spec.get("internalTrafficPolicy") == "Local"
    inside = usable(everywhere, nodes.addresses if stays_inside else None)
    near = (local if stays_inside else hinted)(everywhere, nodes)
    for address in spec.get("clusterIPs") or [spec["clusterIP"]]:
        if ":" not in address:
            serve(address, port["port"], inside, near)
    local_only = spec.get("externalTrafficPolicy") == "Local"
    outside = usable(everywhere, nodes.addresses if local_only else None)
    for address in _outside_addresses(service):
        serve(address, port["port"], outside)
    if port.get("nodePort"):
        at_node = (local if local_only else hinted)(everywhere, nodes)
        for node, address in nodes.addresses.items():
            serve(address, port["nodePort"], at_node.get(node, outside))
        if nodes.loopback:
            serve(LOOPBACK, port["nodePort"], outside)
    return found


def _outside_addresses(service: Object) -> list[str]:
    """External IPs and those of the load balancer, as far as this machine can have them."""
    balancer = (service.get("status") or {}).get("loadBalancer") or {}
    given = [i.get("ip", "") for i in balancer.get("ingress") or ()]
    wanted = [*(service["spec"].get("externalIPs") or ()), *given]
    return [address for address in wanted if address.startswith("127.")]


def _affinity(spec: Object) -> int:
    if spec.get("sessionAffinity") != "ClientIP":
        return 0
    config = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
    return int(config.get("timeoutSeconds") or AFFINITY_SECONDS)


def _endpoints(slices: Sequence[Object], port_name: str, protocol: str) -> Iterable[State]:
    for piece in slices:
        if piece.get("addressType") != "IPv4":
            continue
        number = _number(piece, port_name, protocol)
        if number is None:
            continue
        for endpoint in piece.get("endpoints") or ():
            conditions = endpoint.get("conditions") or {}
            ready = conditions.get("ready") is not False
            serving = conditions.get("serving", ready) is not False and bool(conditions.get("terminating"))
            if endpoint.get("addresses") and (ready or serving):
                hints = endpoint.get("hints") or {}
                for_nodes, for_zones = _names(hints.get("forNodes")), _names(hints.get("forZones"))
                yield State(_endpoint(endpoint, number), ready, serving, for_nodes, for_zones)


def _number(piece: Object, port_name: str, protocol: str) -> int | None:
    for port in piece.get("ports") or ():
        if (port.get("name") or "") == port_name and port.get("protocol", "TCP") == protocol:
            number: int | None = port.get("port")
            return number
    return None


def _endpoint(endpoint: Object, port: int) -> Endpoint:
    target = endpoint.get("targetRef") or {}
    pod = (target.get("namespace", ""), target.get("name", "")) if target.get("kind") == "Pod" else ("", "")
    return Endpoint(endpoint["addresses"][0], port, endpoint.get("nodeName", ""), pod)


def _names(hints: Sequence[Object] | None) -> tuple[str, ...]:
    return tuple(hint["name"] for hint in hints or ())
