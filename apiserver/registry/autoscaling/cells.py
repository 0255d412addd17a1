"""Table cells of a HorizontalPodAutoscaler, read from its v2 form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import NONE, UNKNOWN, UNSET, age
from ..strategy import Object

SHOWN = 2
SOURCES = {
    "External": "external",
    "Pods": "pods",
    "Object": "object",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}


def cells(obj: Object, now: datetime) -> list[Any]:
    """Name, reference, targets, limits, replicas, age."""
    spec, status = obj["spec"], obj.get("status") or {}
    target = spec.get("scaleTargetRef") or {}
    minimum = spec.get("minReplicas")
    return [
        obj["metadata"]["name"],
        f"{target.get('kind', '')}/{target.get('name', '')}",
        _metrics(spec.get("metrics") or [], status.get("currentMetrics") or []),
        UNSET if minimum is None else str(minimum),
        spec.get("maxReplicas", 0),
        status.get("currentReplicas", 0),
        age(obj, now),
    ]


def _metrics(specs: list[Object], statuses: list[Object]) -> str:
    if not specs:
        return NONE
    shown = [_metric(spec, statuses[i] if i < len(statuses) else {}) for i, spec in enumerate(specs)]
    text = ", ".join(shown[:SHOWN])
    return f"{text} + {len(shown) - SHOWN} more..." if len(shown) > SHOWN else text


def _metric(spec: Object, status: Object) -> str:
    field = SOURCES.get(spec.get("type", ""))
    if field is None:
        return "<unknown type>"
    source = spec.get(field) or {}
    target = source.get("target") or {}
    current = (status.get(field) or {}).get("current") or {}
    if field in ("resource", "containerResource"):
        return f"{source.get('name', '')}: {_utilization(target, current)}"
    if target.get("averageValue") is not None:
        value = f"{current.get('averageValue', UNKNOWN)}/{target['averageValue']}"
        return value if field == "pods" else f"{value} (avg)"
    return f"{current.get('value', UNKNOWN)}/{target.get('value', UNSET)}"


def _utilization(target: Object, current: Object) -> str:
    if target.get("averageValue") is not None:
        return f"{current.get('averageValue', UNKNOWN)}/{target['averageValue']}"
    now, wanted = current.get("averageUtilization"), target.get("averageUtilization")
    shown = UNKNOWN if now is None else f"{now}%"
    return f"{shown}/{'<auto>' if wanted is None else f'{wanted}%'}"
