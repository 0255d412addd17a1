"""Whether a node takes a new pod: a pod bound past the scheduler may not fit. Source: the kubelet's predicate
admission and its OutOf… reasons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...apimachinery import quantity
from ...apimachinery.node_affinity import NodeWish
from ...apimachinery.taints import NO_EXECUTE, taints, tolerations, untolerated
from . import sysctls

Object = dict[str, Any]
PREFIX = "Pod was rejected: "
EVERYWHERE = "0.0.0.0"
SYSTEM = "linux"
PORTS_TAKEN = "node(s) didn't have free ports for the requested pod ports"
NOT_CHOSEN = "node(s) didn't match Pod's node affinity/selector"
TAINTED = "node(s) had taints that the pod didn't tolerate"
OF_THE_NODE = ("NodeAffinity", "TaintToleration")
"""The reasons that come of the Node object, of which one may know an old version."""


def refusal(
    pod: Object,
    others: Iterable[Object],
    allocatable: dict[str, str],
    *,
    simulated: bool = False,
    node: Object | None = None,
) -> tuple[str, str] | None:
    """Reason and message of the first resource that is short, of a host port that is taken, or of what does
    not go with the Node where that is known; None when the pod fits. A simulated node may pass for one of
    another system."""
    others = list(others)
    return (
        sysctls.refusal(pod)
        or (None if simulated else _other_system(pod))
        or _shortage(pod, others, allocatable)
        or (None if node is None else _not_chosen(pod, node))
        or _port_clash(pod, others)
        or (None if node is None else _tainted(pod, node))
    )


def _not_chosen(pod: Object, node: Object) -> tuple[str, str] | None:
    meta, wish = node["metadata"], NodeWish(pod["spec"])
    if wish.any_node or wish.matches(meta["name"], meta.get("labels") or {}):
        return None
    return "NodeAffinity", f"Predicate NodeAffinity failed: {NOT_CHOSEN}"


def _tainted(pod: Object, node: Object) -> tuple[str, str] | None:
    evicting = [t for t in taints(node["spec"].get("taints")) if t.effect == NO_EXECUTE]
    if not untolerated(evicting, tolerations(pod["spec"].get("tolerations"))):
        return None
    return "TaintToleration", f"Predicate TaintToleration failed: {TAINTED}"


def _other_system(pod: Object) -> tuple[str, str] | None:
    spec = pod["spec"]
    if (pod["metadata"].get("labels") or {}).get("kubernetes.io/os", SYSTEM) != SYSTEM:
        why = "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label"
        return "PodOSSelectorNodeLabelDoesNotMatch", why
    if (spec.get("os") or {}).get("name", SYSTEM) != SYSTEM:
        return "PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS"
    return None


def _port_clash(pod: Object, others: Iterable[Object]) -> tuple[str, str] | None:
    wanted = host_ports(pod)
    for other in others if wanted else ():
        for address, protocol, port in host_ports(other):
            if any((protocol, port) == mine[1:] and _meet(address, mine[0]) for mine in wanted):
                return "NodePorts", f"Predicate NodePorts failed: {PORTS_TAKEN}"
    return None


def host_ports(pod: Object) -> set[tuple[str, str, int]]:
    """(address, protocol, port) of every port that a pod takes of its node."""
    return {
        (port.get("hostIP") or EVERYWHERE, port.get("protocol") or "TCP", port["hostPort"])
        for container in pod["spec"]["containers"]
        for port in container.get("ports") or ()
        if port.get("hostPort")
    }


def _meet(one: str, two: str) -> bool:
    return one == two or EVERYWHERE in (one, two)


def _shortage(pod: Object, others: Iterable[Object], allocatable: dict[str, str]) -> tuple[str, str] | None:
    wanted = requests(pod)
    used: dict[str, int] = {}
    for other in others:
        for name, amount in requests(other).items():
            used[name] = used.get(name, 0) + amount
    for name, amount in wanted.items():
        if name not in allocatable:
            # An extended resource that someone else put on the Node: the scheduler has counted it.
            continue
        capacity = _number(name, allocatable[name])
        taken = used.get(name, 0)
        if amount and amount + taken > capacity:
            text = f"requested: {amount}, used: {taken}, capacity: {capacity}"
            return f"OutOf{name}", f"Node didn't have enough resource: {name}, {text}"
    return None


def requests(pod: Object) -> dict[str, int]:
    """What a pod takes of its node, CPU in thousandths: what it says as a whole, else all containers and
    sidecars together, or the largest init container beside the sidecars before it, whichever is more."""
    spec = pod["spec"]
    running: dict[str, int] = {}
    peak: dict[str, int] = {}
    for container in spec.get("initContainers") or []:
        own = _of(container)
        together = {name: running.get(name, 0) + own.get(name, 0) for name in running | own}
        peak = {name: max(peak.get(name, 0), together.get(name, 0)) for name in peak | together}
        if container.get("restartPolicy") == "Always":
            running = together
    for container in spec["containers"]:
        for name, amount in _of(container).items():
            running[name] = running.get(name, 0) + amount
    found = {name: max(running.get(name, 0), peak.get(name, 0)) for name in ORDER + tuple(running | peak)}
    found |= _of(spec)
    for name, text in (spec.get("overhead") or {}).items():
        found[name] = found.get(name, 0) + _number(name, text)
    return {"pods": 1} | found


ORDER = ("cpu", "memory", "ephemeral-storage")
"""Checked first, in this order."""


def _of(container: Object) -> dict[str, int]:
    asked = (container.get("resources") or {}).get("requests") or {}
    return {name: _number(name, text) for name, text in asked.items()}


def _number(name: str, text: str) -> int:
    return quantity.milli(text) if name == "cpu" else quantity.whole(text)
