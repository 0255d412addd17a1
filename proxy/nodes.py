"""The nodes that this machine is: where they are, and which of them a connection comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network
from types import MappingProxyType
from typing import Any, NamedTuple

Object = dict[str, Any]
Network = tuple[int, int]
"""Length of the prefix, and its value."""

ZONE = "topology.kubernetes.io/zone"


class Nodes(NamedTuple):
    """`addresses`: node name → its internal IPv4 address, for the nodes of this machine only."""

    addresses: Mapping[str, str]
    loopback: bool
    zones: Mapping[str, str] = MappingProxyType({})
    """Node name → its zone, where it has one."""
    clients: Mapping[int, Mapping[int, str]] = MappingProxyType({})
    """Networks of the pods and addresses of the nodes: length of the prefix → its value → node name."""

    def here(self, name: str) -> bool:
        return name in self.addresses

    def of_client(self, address: str) -> str:
        """The node that a connection starts at; "" for one of a program outside of pods."""
        value = int(IPv4Address(address))
        for bits, networks in self.clients.items():
            node = networks.get(value >> (32 - bits))
            if node is not None:
                return node
        return ""


def place(node: Object) -> tuple[str, str, tuple[Network, ...]]:
    """What of a node the proxy goes by: address, zone and the networks that its clients are seen from."""
    meta, spec = node["metadata"], node.get("spec") or {}
    ip = address(node)
    networks = [_network(cidr) for cidr in spec.get("podCIDRs") or () if ":" not in cidr]
    own = [_network(ip)] if ip else []
    return ip, str((meta.get("labels") or {}).get(ZONE, "")), (*networks, *own)


def address(node: Object) -> str:
    """Its internal IPv4 address, or ""."""
    for entry in (node.get("status") or {}).get("addresses") or ():
        if entry["type"] == "InternalIP" and ":" not in entry["address"]:
            return str(entry["address"])
    return ""


def of_this_machine(nodes: Iterable[Object], is_here: Callable[[str], bool], *, loopback: bool) -> Nodes:
    """Those that have an address, out of all nodes of the cluster."""
    addresses: dict[str, str] = {}
    zones: dict[str, str] = {}
    clients: dict[int, dict[int, str]] = {}
    for node in nodes:
        name = node["metadata"]["name"]
        ip, zone, networks = place(node)
        if not ip or not is_here(name):
            continue
        addresses[name] = ip
        if zone:
            zones[name] = zone
        for bits, value in networks:
            clients.setdefault(bits, {})[value] = name
    return Nodes(addresses, loopback, zones, clients)


def _network(cidr: str) -> Network:
    found = IPv4Network(cidr)
    return found.prefixlen, int(found.network_address) >> (32 - found.prefixlen)
