"""Warnings about container ports that get in each other's way."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from typing import NamedTuple

from ....apimachinery import field
from .common import Object
from .security import all_containers

ENOUGH = 16 * 1024
"""Characters after which nothing more is said. A client is told 4 kB at most (endpoints/warnings),
and of n equal ports there are n² things to say."""


class _Port(NamedTuple):
    """`order` counts the pod's ports; `host` is 0 without a hostPort."""

    order: int
    path: str
    host: int
    ip: str


class _Known:
    """The ports so far of one number and protocol, found by what they clash with."""

    def __init__(self) -> None:
        self._all: list[_Port] = []
        self._hostless: list[_Port] = []
        self._same: dict[tuple[int, str], list[_Port]] = {}
        self._on: dict[tuple[int, bool], list[_Port]] = {}
        """By host port, and whether on one address only."""

    def clashes(self, port: _Port) -> Iterator[tuple[str, _Port]]:
        """What is wrong between a port and each of the earlier ones that it is in the way of."""
        host, ip = port.host, port.ip
        same, others = self._same.get((host, ip), ()), self._on.get((host, not ip), ())
        for other in merge(self._hostless, same, others) if host else self._all:
            if (other.host, other.ip) == (host, ip):
                yield "duplicate", other
            elif host and other.host:
                yield "dangerously ambiguous", other
            else:
                yield "overlapping", other

    def add(self, port: _Port) -> None:
        self._all.append(port)
        self._same.setdefault((port.host, port.ip), []).append(port)
        if port.host:
            self._on.setdefault((port.host, bool(port.ip)), []).append(port)
        else:
            self._hostless.append(port)


def port_warnings(spec: Object, path: str) -> Iterator[str]:
    """For every pair of a pod's ports that is the same, overlaps, or may do so on some of the node's
    addresses."""
    known: dict[tuple[int, str], _Known] = {}
    order = said = 0
    for container, here in all_containers(spec, path):
        for i, port in enumerate(container.get("ports") or ()):
            own = _Port(order, f"{here}.ports[{i}]", port.get("hostPort", 0), port.get("hostIP", ""))
            if own.ip and not own.host:
                yield f"{own.path}: hostIP set without hostPort: {_shown(port)}"
            others = known.setdefault((port.get("containerPort", 0), port.get("protocol", "")), _Known())
            for clash, other in others.clashes(own):
                text = f"{own.path}: {clash} port definition with {other.path}"
                yield text
                said += len(text)
                if said > ENOUGH:
                    return
            others.add(own)
            order += 1


def _shown(port: Object) -> str:
    """As Go prints the struct."""
    names = {"Name": "name", "HostPort": "hostPort", "ContainerPort": "containerPort", "Protocol": "protocol"}
    zero = {"HostPort": 0, "ContainerPort": 0}
    parts = [f"{shown}:{port.get(name, zero.get(shown, ''))}" for shown, name in names.items()]
    return "{" + " ".join([*parts, f"HostIP:{port['hostIP']}"]) + "}"


def port_name_warnings(spec: Object, path: str) -> Iterator[str]:
    """For every port whose name another of the pod has had before."""
    first: dict[str, str] = {}
    for container, here in all_containers(spec, path):
        for i, port in enumerate(container.get("ports") or ()):
            name, own = port.get("name", ""), f"{here}.ports[{i}]"
            other = first.setdefault(name, own)
            if name and other != own:
                yield (
                    f"{own}: duplicate port name {field.quote(name)} with {other}, services and probes that "
                    f"select ports by name will use {other}"
                )
