"""Which zones and nodes endpoints should serve: `spec.trafficDistribution`, or proportional to CPU (Auto).

Source: upstream's endpointslice trafficdist and topologycache.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any, NamedTuple

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
ONE_ZONE = "Nodes only ready in one zone"
TOO_FEW = "Insufficient number of endpoints"
NO_ZONE = "One or more endpoints do not have a zone specified"
TOO_UNEVEN = "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold"
ENABLED = "Topology Aware Hints has been enabled"


class _Share(NamedTuple):
    least: int
    most: int


def is_auto(service: Object) -> bool:
    notes = service["metadata"].get("annotations") or {}
    return (notes.get(MODE) or notes.get(OLDER_MODE)) in ("Auto", "auto")


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
    _balance(by_zone, shares)
    for zone, served in by_zone.items():
        for endpoint in served:
            endpoint["hints"] = {"forZones": [{"name": zone}]}
    return ""


def _shares(nodes: Iterable[Object], endpoints: int) -> dict[str, _Share] | str:
    ratios = _ratios(nodes)
    if ratios is None:
        return NO_NODES
    if len(ratios) < 2:
        return ONE_ZONE
    if len(ratios) > endpoints:
        return f"{TOO_FEW} ({endpoints} endpoints, {len(ratios)} zones)"
    least = {zone: ceil(ratio * endpoints / (1 + OVERLOAD)) for zone, ratio in ratios.items()}
    left = endpoints - sum(least.values())
    if left < 0:
        return f"{TOO_UNEVEN} ({endpoints} endpoints, {len(ratios)} zones)"
    return {zone: _Share(count, count + left) for zone, count in least.items()}


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


def _balance(by_zone: dict[str, list[Object]], shares: Mapping[str, _Share]) -> None:
    """Lends endpoints of zones that have more than their share to those with less."""
    for zone in sorted(shares):
        while len(by_zone[zone]) < shares[zone].least:
            giver = max(by_zone, key=lambda other: _spare(other, by_zone, shares))
            if _spare(giver, by_zone, shares) <= 0:
                break
            by_zone[zone].append(by_zone[giver].pop())
    for zone in sorted(by_zone):
        while len(by_zone[zone]) > (shares[zone].most if zone in shares else 0):
            taker = min(shares, key=lambda other: len(by_zone[other]) / shares[other].most)
            by_zone[taker].append(by_zone[zone].pop())


def _spare(zone: str, by_zone: Mapping[str, list[Object]], shares: Mapping[str, _Share]) -> int:
    return len(by_zone[zone]) - (shares[zone].least if zone in shares else 0)
