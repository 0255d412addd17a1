"""The nodes that this machine is: where they are, and which of them a connection comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from types import MappingProxyType
from typing import Any, NamedTuple

Object = dict[str, Any]

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


class Place(NamedTuple):
    """What of a node the proxy goes by."""

    address: str
    zone: str
    cidrs: tuple[str, ...]


class NodeTable:
    """The nodes of this machine, kept up to date one node at a time: a cluster may have thousands."""

    def __init__(self, is_here: Callable[[str], bool], *, loopback: bool) -> None:
        self._is_here = is_here
        self._places: dict[str, Place] = {}
        self._addresses: dict[str, str] = {}
        self._zones: dict[str, str] = {}
        self._clients: dict[int, dict[int, str]] = {}
        self.nodes = Nodes(self._addresses, loopback, self._zones, self._clients)
        """What is known now; it follows what the table hears."""

    def heard(self, kind: str, node: Object) -> bool:
        """Takes in a watch event of type `kind`. Whether it changed anything that connections go by."""
        name = node["metadata"]["name"]
        new = None if kind == "DELETED" or not self._is_here(name) else _place(node)
        old = self._places.get(name)
        if new == old:
            return False
        if old is not None:
            self._drop(name, old)
        if new is not None:
            self._put(name, new)
        return True

    def _put(self, name: str, place: Place) -> None:
        self._places[name] = place
        self._addresses[name] = place.address
        if place.zone:
            self._zones[name] = place.zone
        for bits, value in _networks(place):
            self._clients.setdefault(bits, {})[value] = name

    def _drop(self, name: str, place: Place) -> None:
        del self._places[name], self._addresses[name]
        self._zones.pop(name, None)
        for bits, value in _networks(place):
            if self._clients[bits].get(value) == name:
                del self._clients[bits][value]


def address(node: Object) -> str:
    """Its internal IPv4 address, or ""."""
    for entry in (node.get("status") or {}).get("addresses") or ():
        if entry["type"] == "InternalIP" and ":" not in entry["address"]:
            return str(entry["address"])
    return ""


def _place(node: Object) -> Place | None:
    """None for a node without an address: nothing can be sent to it."""
    ip = address(node)
    if not ip:
        return None
    zone = str((node["metadata"].get("labels") or {}).get(ZONE, ""))
    return Place(ip, zone, tuple((node.get("spec") or {}).get("podCIDRs") or ()))


def _networks(place: Place) -> Iterator[tuple[int, int]]:
    """Length of the prefix and value of each network that clients on the node are seen from."""
    for cidr in (*(cidr for cidr in place.cidrs if ":" not in cidr), place.address):
        found = IPv4Network(cidr)
        yield found.prefixlen, int(found.network_address) >> (32 - found.prefixlen)
