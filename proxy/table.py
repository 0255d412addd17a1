"""Which addresses are served and by which endpoints: pure functions of Services, EndpointSlices and nodes.

Source of the rules: kube-proxy (ready endpoints; when none is ready, those that terminate but still serve).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

Object = dict[str, Any]

SERVED = ("TCP", "UDP")
LOOPBACK = "127.0.0.1"
AFFINITY_SECONDS = 10800


class Endpoint(NamedTuple):
    address: str
    port: int
    node: str = ""
    pod: tuple[str, str] = ("", "")
    """Namespace and name, when the endpoint is a pod."""


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


class Nodes(NamedTuple):
    """`addresses`: node name → its internal IPv4 address, for the nodes of this machine only."""

    addresses: dict[str, str]
    loopback: bool

    def here(self, name: str) -> bool:
        return name in self.addresses


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

    def serve(address: str, number: int, local_to: Iterable[str] | None) -> None:
        chosen = usable(everywhere, local_to)
        if chosen:
            found[Listen(address, number, protocol)] = Route(name, chosen, affinity)

    inside = nodes.addresses if spec.get("internalTrafficPolicy") == "Local" else None
    for address in spec.get("clusterIPs") or [spec["clusterIP"]]:
        if ":" not in address:
            serve(address, port["port"], inside)
    local_only = spec.get("externalTrafficPolicy") == "Local"
    for address in _outside_addresses(service):
        serve(address, port["port"], nodes.addresses if local_only else None)
    if port.get("nodePort"):
        for node, address in nodes.addresses.items():
            serve(address, port["nodePort"], (node,) if local_only else None)
        if nodes.loopback:
            serve(LOOPBACK, port["nodePort"], nodes.addresses if local_only else None)
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


class _State(NamedTuple):
    endpoint: Endpoint
    ready: bool
    serving: bool


def usable(states: Iterable[_State], local_to: Iterable[str] | None) -> tuple[Endpoint, ...]:
    """The endpoints that take new connections, of the given nodes only unless None; in a fixed order."""
    here = list(states)
    if local_to is not None:
        allowed = set(local_to)
        here = [s for s in here if s.endpoint.node in allowed]
    chosen = {s.endpoint for s in here if s.ready} or {s.endpoint for s in here if s.serving}
    return tuple(sorted(chosen))


def _endpoints(slices: Sequence[Object], port_name: str, protocol: str) -> Iterable[_State]:
    """An endpoint that only serves counts when it is terminating: that is the fallback."""
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
                yield _State(_endpoint(endpoint, number), ready, serving)


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
