"""What the slices of a Service should say, and the fewest writes that make the present ones say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .. import pods as podlib
from .. import port_order, serving
from ..port_order import Port

Object = dict[str, Any]

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
MANAGER = "endpointslice-controller.k8s.io"
ZONE = "topology.kubernetes.io/zone"
PER_SLICE = 100

Ports = tuple[Port, ...]
"""In the order in which slices list them."""


class Plan(NamedTuple):
    create: list[Object]
    update: list[Object]
    delete: list[Object]


def families(service: Object) -> list[str]:
    return list(service["spec"].get("ipFamilies") or ["IPv4"])


def labels(service: Object) -> dict[str, str]:
    own = {SERVICE_NAME, MANAGED_BY, serving.HEADLESS}
    copied = {k: v for k, v in (service["metadata"].get("labels") or {}).items() if k not in own}
    if serving.is_headless(service):
        copied[serving.HEADLESS] = ""
    return {**copied, SERVICE_NAME: service["metadata"]["name"], MANAGED_BY: MANAGER}


def endpoints(
    service: Object, pods: Iterable[Object], nodes: Mapping[str, Object], family: str
) -> dict[Ports, list[Object]]:
    """The endpoints of one address family, by their ports. Pods on unknown nodes are left out, unless the
    Service publishes whatever there is."""
    found: dict[Ports, list[Object]] = {}
    for pod in pods:
        ip = serving.address(pod, family)
        node = nodes.get(_node_name(pod))
        if ip and serving.serves(pod, include_terminating=True) and (node is not None or publishes(service)):
            endpoint = _endpoint(service, pod, ip, node)
            found.setdefault(_ports(service, pod), []).append(endpoint)
    return found


def lost(service: Object, pods: Iterable[Object], nodes: Mapping[str, Object]) -> list[str]:
    """Why pods that could be endpoints are left out: nobody knows their node."""
    if publishes(service):
        return []
    meta = service["metadata"]
    where = f"Service {meta['namespace']}/{meta['name']}"
    return [
        f"skipping Pod {pod['metadata']['name']} for {where}: Node {_node_name(pod)} Not Found"
        for pod in pods
        if serving.serves(pod, include_terminating=True) and _node_name(pod) not in nodes
    ]


def publishes(service: Object) -> bool:
    """Whether pods are endpoints from the start to the end of their lives."""
    return bool(service["spec"].get("publishNotReadyAddresses"))


def _node_name(pod: Object) -> str:
    return str(pod["spec"].get("nodeName") or "")


def _endpoint(service: Object, pod: Object, ip: str, node: Object | None) -> Object:
    ready, leaving = podlib.is_ready(pod), podlib.is_deleted(pod)
    published = publishes(service) or (ready and not leaving)
    endpoint: Object = {
        "addresses": [ip],
        "conditions": {"ready": published, "serving": ready, "terminating": leaving},
        "targetRef": serving.target_ref(pod),
    }
    if _node_name(pod):
        endpoint["nodeName"] = _node_name(pod)
    zone = (node["metadata"].get("labels") or {}).get(ZONE) if node is not None else None
    if zone:
        endpoint["zone"] = zone
    host = serving.hostname(pod, service)
    if host:
        endpoint["hostname"] = host
    return endpoint


def _ports(service: Object, pod: Object) -> Ports:
    found = []
    for port in service["spec"].get("ports") or ():
        number = serving.port_number(pod, port)
        if number is not None:
            name, app = port.get("name", ""), port.get("appProtocol", "")
            found.append(Port(name, port.get("protocol", "TCP"), number, app))
    return tuple(sorted(found, key=port_order.in_slices))


def ports_of(current: Object) -> Ports:
    found = (
        Port(p.get("name", ""), p.get("protocol", "TCP"), p.get("port", 0), p.get("appProtocol", ""))
        for p in current.get("ports") or ()
    )
    return tuple(sorted(found, key=port_order.in_slices))


def plan(
    wanted: Mapping[Ports, list[Object]], present: Iterable[Object], family: str, marks: dict[str, str]
) -> Plan:
    """Keeps endpoints where they are, fills gaps first, and reuses slices that would be deleted."""
    by_ports: dict[Ports, list[Object]] = {}
    for current in present:
        by_ports.setdefault(ports_of(current), []).append(current)
    total = Plan([], [], [])
    for ports in {**dict.fromkeys(wanted), **dict.fromkeys(by_ports)}:
        part = _plan_ports(wanted.get(ports, []), by_ports.get(ports, []), family, ports, marks)
        for target, source in zip(total, part, strict=True):
            target.extend(source)
    _keep_one(total, list(by_ports.values()), family, marks)
    while total.create and total.delete:
        fresh, old = total.create.pop(), total.delete.pop()
        total.update.append({**old, **fresh, "metadata": {**old["metadata"], "labels": marks}})
    return total


def _plan_ports(
    wanted: list[Object], present: list[Object], family: str, ports: Ports, marks: dict[str, str]
) -> Plan:
    todo = {_identity(endpoint): endpoint for endpoint in wanted}
    kept: list[tuple[Object, list[Object]]] = []
    for current in present:
        old = current.get("endpoints") or []
        stay = [todo.pop(_identity(e)) for e in old if _identity(e) in todo]
        kept.append((current, stay))
    rest = list(todo.values())
    # Slices that must be written anyway take new endpoints first, then the fullest with room.
    for _, stay in sorted(kept, key=lambda k: (not _differs(k[0], k[1], marks), -len(k[1]))):
        if stay and rest:
            take = PER_SLICE - len(stay)
            stay.extend(rest[:take])
            rest = rest[take:]
    update = [
        _with(current, stay, marks) for current, stay in kept if stay and _differs(current, stay, marks)
    ]
    delete = [current for current, stay in kept if not stay]
    create = [_new(rest[i : i + PER_SLICE], family, ports, marks) for i in range(0, len(rest), PER_SLICE)]
    return Plan(create, update, delete)


def _keep_one(total: Plan, present: list[list[Object]], family: str, marks: dict[str, str]) -> None:
    """A Service without endpoints keeps one empty slice per family."""
    count = sum(map(len, present))
    if total.create or count > len(total.delete):
        return
    for current in total.delete:
        if not current.get("endpoints") and not current.get("ports"):
            total.delete.remove(current)
            if current["metadata"].get("labels") != marks:
                total.update.append(_with(current, [], marks))
            return
    total.create.append(_new([], family, (), marks))


def _identity(endpoint: Object) -> tuple[str, ...]:
    return (*endpoint["addresses"], (endpoint.get("targetRef") or {}).get("uid", ""))


def _differs(current: Object, stay: list[Object], marks: dict[str, str]) -> bool:
    return (current.get("endpoints") or []) != stay or current["metadata"].get("labels") != marks


def _with(current: Object, stay: list[Object], marks: dict[str, str]) -> Object:
    return {**current, "metadata": {**current["metadata"], "labels": marks}, "endpoints": stay}


def _new(stay: list[Object], family: str, ports: Ports, marks: dict[str, str]) -> Object:
    """Everything but metadata's names, which the controller adds."""
    return {
        "addressType": family,
        "endpoints": stay or None,
        "ports": [
            {"name": name, "protocol": protocol, "port": number, **({"appProtocol": app} if app else {})}
            for name, protocol, number, app in ports
        ]
        or None,
        "metadata": {"labels": marks},
    }
