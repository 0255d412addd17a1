"""How many nodes of a zone may be emptied: one in ten seconds, fewer when much of the zone is down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..apimachinery.clock import Clock
from . import metrics
from .settings import Settings

Object = dict[str, Any]
REGION = "topology.kubernetes.io/region"
ZONE = "topology.kubernetes.io/zone"
EXCLUDED = "node.kubernetes.io/exclude-disruption"
"""The label of nodes that do not count for how well their zone is."""


class Zones:
    """Rates and thresholds are the settings of kube-controller-manager's flags of the same names."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        self._clock = clock
        self._settings = settings
        self._rates: dict[str, float] = {}
        self._last: dict[str, float] = {}
        self.cut_off = False
        """Whether no node at all reports."""

    def judge(self, nodes: Mapping[str, tuple[Object, bool]]) -> None:
        """Sets the rates anew from every node and whether it is ready."""
        zones: dict[str, list[bool]] = {}
        for node, ready in nodes.values():
            if EXCLUDED not in (node["metadata"].get("labels") or {}):
                zones.setdefault(_zone(node), []).append(ready)
        self.cut_off = bool(zones) and not any(any(states) for states in zones.values())
        self._rates = {zone: self._rate(states) for zone, states in zones.items()}
        for zone, states in zones.items():
            metrics.ZONE_SIZE.labels(zone).set(len(states))
            metrics.ZONE_HEALTH.labels(zone).set(100 * states.count(True) / len(states))
            metrics.UNHEALTHY_NODES.labels(zone).set(states.count(False))

    def may_evict(self, node: Object) -> bool:
        """Takes the zone's turn when it is free."""
        zone, now = _zone(node), self._clock.monotonic()
        rate = self._rates.get(zone, self._settings.node_eviction_rate)
        last = self._last.get(zone)
        if rate == 0 or (last is not None and now - last < 1 / rate):
            return False
        self._last[zone] = now
        metrics.NODE_EVICTIONS.labels(zone).inc()
        return True

    def _rate(self, states: list[bool]) -> float:
        """A zone that is down altogether is emptied like any other: not it is disturbed but its network."""
        down, settings = states.count(False), self._settings
        if 2 < down < len(states) and down / len(states) >= settings.unhealthy_zone_threshold:
            large = len(states) > settings.large_cluster_size_threshold
            return settings.secondary_node_eviction_rate if large else 0.0
        return settings.node_eviction_rate


def _zone(node: Object) -> str:
    labels = node["metadata"].get("labels") or {}
    return f"{labels.get(REGION, '')}:{labels.get(ZONE, '')}"
