"""Which zones and nodes endpoints should serve: `spec.trafficDistribution`, or proportional to CPU (Auto).

Source: upstream's endpointslice trafficdist and topologycache.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

from ...apimachinery import quantity
from .. import conditions

Object = dict[str, Any]

MODE = "service.kubernetes.io/topology-mode"
OLDER_MODE = "service.kubernetes.io/topology-aware-hints"
ZONE = "topology.kubernetes.io/zone"
CONTROL_PLANES = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
OVERLOAD = 0.2
"""By how much a zone's endpoints may be asked beyond their share."""
NO_NODES = "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes"
TOO_FEW = "Insufficient number of endpoints"
NO_ZONE = "One or more endpoints do not have a zone specified"
TOO_UNEVEN = "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold"
ENABLED = "Topology Aware Hints has been enabled"


def is_auto(service: Object) -> bool:
    notes = service["metadata"].get("annotations") or {}
    return notes.get(OLDER_MODE, notes.get(MODE)) in ("Auto", "auto")


def distribute(service: Object, endpoints: Iterable[Object]) -> None:
    """Sets the hints that `spec.trafficDistribution` asks for. Those that are not ready get none."""
    wanted = service["spec"].get("trafficDistribution")
    if wanted not in ("PreferClose", "PreferSameZone", "PreferSameNode"):
        return
    for endpoint in endpoints:
        if not endpoint["conditions"]["ready"]:
            continue
        hints: Object = {}
        if endpoint.get("zone"):
            hints["forZones"] = [{"name": endpoint["zone"]}]
        if wanted == "PreferSameNode" and endpoint.get("nodeName"):
            hints["forNodes"] = [{"name": endpoint["nodeName"]}]
        if hints:
            endpoint["hints"] = hints


def allocate(endpoints: Iterable[Object], nodes: Iterable[Object]) -> str:
    """Sets hints so that each zone gets endpoints in proportion to its CPUs. Why not, if that is not safe."""
    ready = [endpoint for endpoint in endpoints if endpoint["conditions"]["ready"]]
    shares = _shares(nodes, len(ready))
    if isinstance(shares, str):
        return shares
    if any(not endpoint.get("zone") for endpoint in ready):
        return NO_ZONE
    by_zone: dict[str, list[Object]] = {zone: [] for zone in shares}
    for endpoint in ready:
        by_zone.setdefault(endpoint["zone"], []).append(endpoint)
    moves = _moves({zone: len(served) for zone, served in by_zone.items()}, shares)
    for zone, served in by_zone.items():
        moved = moves.get(zone, [])
        for endpoint, target in zip(served, moved + [zone] * (len(served) - len(moved)), strict=True):
            endpoint["hints"] = {"forZones": [{"name": target}]}
    return ""


def _shares(nodes: Iterable[Object], endpoints: int) -> dict[str, float] | str:
    """How many endpoints each zone should be served by, or why that cannot be had."""
    ratios = _ratios(nodes)
    if ratios is None or len(ratios) < 2:
        return NO_NODES
    if len(ratios) > endpoints:
        return f"{TOO_FEW} ({endpoints} endpoints, {len(ratios)} zones)"
    least = {zone: ceil(ratio * endpoints / (1 + OVERLOAD)) for zone, ratio in ratios.items()}
    if sum(least.values()) > endpoints:
        return f"{TOO_UNEVEN} ({endpoints} endpoints, {len(ratios)} zones)"
    return {zone: max(ratio * endpoints, least[zone]) for zone, ratio in ratios.items()}


def _ratios(nodes: Iterable[Object]) -> dict[str, float] | None:
    """Each zone's share of the CPUs of ready nodes; None when one does not say what it has."""
    found: dict[str, int] = {}
    for node in nodes:
        labels, status = node["metadata"].get("labels") or {}, node.get("status") or {}
        if any(name in labels for name in CONTROL_PLANES) or not _is_ready(status):
            continue
        cpu = quantity.milli((status.get("allocatable") or {}).get("cpu") or "0")
        if not cpu or not labels.get(ZONE):
            return None
        found[labels[ZONE]] = found.get(labels[ZONE], 0) + cpu
    total = sum(found.values())
    return {zone: cpu / total for zone, cpu in found.items()} if total else None


def _is_ready(status: Mapping[str, Any]) -> bool:
    return (conditions.find(status.get("conditions"), "Ready") or {}).get("status") == "True"


def _moves(counts: Mapping[str, int], shares: Mapping[str, float]) -> dict[str, list[str]]:
    """Zone → the zones that its first endpoints are to serve. Less than half an endpoint is not moved."""
    spare = {zone: counts.get(zone, 0) - shares[zone] for zone in sorted(shares)}
    giving = {zone: amount for zone, amount in spare.items() if amount > 0}
    taking = {zone: -amount for zone, amount in spare.items() if amount < 0}
    moves: dict[str, list[str]] = {}
    while giving and taking:
        giver, taker = max(giving, key=giving.__getitem__), max(taking, key=taking.__getitem__)
        amounts = (giving[giver], taking[taker])
        if min(amounts) < 0.5 or max(amounts) < 1.0:
            break
        moves.setdefault(giver, []).append(taker)
        giving[giver] -= 1
        taking[taker] -= 1
    return moves
