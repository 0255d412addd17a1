"""On which node the directory of a volume is made. Source: StorageClass's binding mode and topologies."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

from ....apimachinery import volumes as rules

Object = dict[str, Any]
HOSTNAME = "kubernetes.io/hostname"


class NoPlaceError(Exception):
    """No node can have the volume. `reschedule`: the scheduler's choice does not hold any more."""

    def __init__(self, message: str, *, reschedule: bool = False) -> None:
        super().__init__(message)
        self.reschedule = reschedule


def choose(claim: Object, storage_class: Object, nodes: Iterable[Object]) -> Object:
    """The node that the scheduler chose, else one that the claim's name picks. Raises NoPlaceError."""
    selected = rules.notes(claim).get(rules.SELECTED_NODE)
    allowed = storage_class.get("allowedTopologies") or []
    if selected is None:
        usable = sorted((n for n in nodes if _is_usable(n) and _is_allowed(n, allowed)), key=_name)
        if not usable:
            raise NoPlaceError("error generating accessibility requirements: no available topology found")
        return usable[_turn(claim["metadata"]["name"]) % len(usable)]
    node = next((n for n in nodes if _name(n) == selected), None)
    if node is None:
        raise NoPlaceError(f'error getting selected node: node "{selected}" not found', reschedule=True)
    if not _is_allowed(node, allowed):
        text = f"selected node '{selected}' is not in allowed topologies"
        raise NoPlaceError(f"error generating accessibility requirements: {text}", reschedule=True)
    return node


def affinity(node: Object) -> Object:
    """The volume's node affinity: the directory is nowhere else."""
    value = _labels(node).get(HOSTNAME, _name(node))
    term = {"matchExpressions": [{"key": HOSTNAME, "operator": "In", "values": [value]}]}
    return {"required": {"nodeSelectorTerms": [term]}}


def _turn(name: str) -> int:
    """Claims of a StatefulSet go round the nodes: `data-web-0` and `data-web-1` are neighbours."""
    base, _, ordinal = name.rpartition("-")
    if base and ordinal.isdigit():
        return zlib.crc32(base.encode()) + int(ordinal)
    return zlib.crc32(name.encode())


def _is_usable(node: Object) -> bool:
    conditions = (node.get("status") or {}).get("conditions") or ()
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
    return ready and not node["spec"].get("unschedulable")


def _is_allowed(node: Object, terms: list[Object]) -> bool:
    return not terms or any(_meets(_labels(node), term) for term in terms)


def _meets(labels: dict[str, str], term: Object) -> bool:
    wanted = term.get("matchLabelExpressions") or ()
    return bool(wanted) and all(labels.get(item["key"]) in item["values"] for item in wanted)


def _name(node: Object) -> str:
    name: str = node["metadata"]["name"]
    return name


def _labels(node: Object) -> dict[str, str]:
    found: dict[str, str] = node["metadata"].get("labels") or {}
    return found
