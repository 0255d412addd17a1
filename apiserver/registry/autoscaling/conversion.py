"""autoscaling/v1 to and from v2: what v1 has no field for travels in annotations.

Source: the v1 API's annotations (`autoscaling.alpha.kubernetes.io/…`).
"""

from __future__ import annotations

from typing import Any

from ....apimachinery import jsonio
from ..strategy import Object

PREFIX = "autoscaling.alpha.kubernetes.io/"
ANNOTATIONS = METRICS, CURRENT, CONDITIONS, BEHAVIOR = tuple(
    PREFIX + name for name in ("metrics", "current-metrics", "conditions", "behavior")
)
CPU = "targetCPUUtilizationPercentage"
DEFAULT_CPU = 80
"""Percent, of an autoscaler that says nothing about metrics."""
CURRENT_CPU = "currentCPUUtilizationPercentage"


def to_v2(obj: Object) -> Object:
    """The v2 form of a v1 object; the argument stays as it is. Unreadable annotations are dropped."""
    out: Object = jsonio.clone(obj)
    out["apiVersion"] = "autoscaling/v2"
    notes = take_annotations(out.get("metadata") or {})
    spec = out.setdefault("spec", {})
    metrics = [_from_v1(metric, "target") for metric in _list(notes.get(METRICS))]
    percent = spec.pop(CPU, None)
    if percent is not None or not metrics:
        metrics.append(cpu_utilization(DEFAULT_CPU if percent is None else percent))
    spec["metrics"] = metrics
    behavior = _value(notes.get(BEHAVIOR))
    if isinstance(behavior, dict):
        spec["behavior"] = _recase(behavior, str.lower)
    _status_to_v2(out, notes)
    return out


def cpu_utilization(percent: int) -> Object:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def _status_to_v2(out: Object, notes: dict[str, str]) -> None:
    status = out.setdefault("status", {})
    current = [_from_v1(metric, "current") for metric in _list(notes.get(CURRENT))]
    percent = status.pop(CURRENT_CPU, None)
    if percent is not None and not any(_is_cpu(metric) for metric in current):
        value = {"averageUtilization": percent}
        current.insert(0, {"type": "Resource", "resource": {"name": "cpu", "current": value}})
    status["currentMetrics"] = current or None
    conditions = _list(notes.get(CONDITIONS))
    if conditions:
        status["conditions"] = conditions
    if not status.get("currentReplicas"):
        status.pop("currentReplicas", None)


def to_v1(obj: Object) -> Object:
    """The v1 form of a v2 object; the argument stays as it is."""
    out: Object = jsonio.clone(obj)
    out["apiVersion"] = "autoscaling/v1"
    spec, status = out.setdefault("spec", {}), out.setdefault("status", {})
    notes: dict[str, str] = {}
    rest: list[Object] = []
    for metric in _metrics(spec, "metrics"):
        target = metric["resource"].get("target") or {} if _is_cpu(metric) else {}
        if target.get("averageUtilization") is None:
            rest.append(_to_v1(metric, "target"))
        else:
            spec.setdefault(CPU, target["averageUtilization"])
    if rest:
        notes[METRICS] = _noted(rest)
    behavior = spec.pop("behavior", None)
    if behavior:
        notes[BEHAVIOR] = _noted(_behavior(behavior))
    _status_to_v1(status, notes)
    take_annotations(out.get("metadata") or {})
    if notes:
        meta = out["metadata"] = out.get("metadata") or {}
        meta["annotations"] = {**(meta.get("annotations") or {}), **notes}
    return out


def _status_to_v1(status: Object, notes: dict[str, str]) -> None:
    metrics = _metrics(status, "currentMetrics")
    for metric in metrics:
        current = (metric.get("resource") or {}).get("current") or {}
        if _is_cpu(metric) and current.get("averageUtilization") is not None:
            status[CURRENT_CPU] = current["averageUtilization"]
    if metrics:
        notes[CURRENT] = _noted([_to_v1(metric, "current") for metric in metrics])
    conditions = status.pop("conditions", None)
    if conditions:
        notes[CONDITIONS] = _noted(conditions)
    status.setdefault("currentReplicas", 0)
    status.setdefault("desiredReplicas", 0)


def _metrics(holder: Object, name: str) -> list[Object]:
    """Those of a list that leaves its holder, without the nulls that an apply may have left in it."""
    return [metric for metric in holder.pop(name, None) or () if metric is not None]


def _noted(value: Any) -> str:
    return jsonio.as_go(jsonio.dumps(value)).decode()


def _is_cpu(metric: Object) -> bool:
    return metric.get("type") == "Resource" and (metric.get("resource") or {}).get("name") == "cpu"


def take_annotations(meta: Object) -> dict[str, str]:
    """What v1 says in annotations, which leave the metadata: v2 has fields for it."""
    annotations = meta.get("annotations") or {}
    names = (METRICS, CURRENT, CONDITIONS, BEHAVIOR)
    notes = {name: annotations.pop(name) for name in names if name in annotations}
    if notes and not annotations:
        del meta["annotations"]
    return notes


def keep_notes(new: Object, old: Object, names: tuple[str, ...]) -> None:
    """The annotations `names`, which stand for fields that a write cannot set, stay as they were."""
    was = old["metadata"].get("annotations") or {}
    annotations = {k: v for k, v in (new["metadata"].get("annotations") or {}).items() if k not in names}
    annotations |= {name: was[name] for name in names if name in was}
    if annotations:
        new["metadata"]["annotations"] = annotations
    else:
        new["metadata"].pop("annotations", None)


def _value(text: str | None) -> Any:
    if not text:
        return None
    try:
        return jsonio.loads(text)
    except ValueError:
        return None


def _list(text: str | None) -> list[Object]:
    value = _value(text)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


RENAMES = {"Value": "value", "AverageValue": "averageValue", "AverageUtilization": "averageUtilization"}


ALWAYS = {
    "resource": "currentAverageValue",
    "containerResource": "currentAverageValue",
    "pods": "currentAverageValue",
    "object": "currentValue",
    "external": "currentValue",
}
"""Quantities that v1 always writes of a current metric."""


def _to_v1(metric: Object, side: str) -> Object:
    """A v2 metric with `target` or `current` spread over v1's field names (`targetAverageValue`, …)."""
    out: Object = {"type": metric.get("type", "")}
    for name, source in metric.items():
        if not isinstance(source, dict):
            continue
        flat: Object = {}
        described = source.get("metric") or {}
        if "describedObject" in source:
            flat["target"] = source["describedObject"]
        if "name" in source:
            flat["name"] = source["name"]
        if "name" in described:
            flat["metricName"] = described["name"]
        if "selector" in described:
            flat["metricSelector" if name == "external" else "selector"] = described["selector"]
        for capital, field in RENAMES.items():
            value = (source.get(side) or {}).get(field)
            if value is not None:
                plain = name == "object" and capital == "AverageValue"
                flat[field if plain else side + capital] = value
        if side == "current" and name in ALWAYS:
            flat.setdefault(ALWAYS[name], "0")
        if name == "object" and side == "target":
            flat.setdefault("targetValue", "0")  # v1 has no way to leave it out
        if "container" in source:
            flat["container"] = source["container"]
        out[name] = {key: flat[key] for key in sorted(flat, key=lambda key: V1_ORDER.index(_sideless(key)))}
    return out


V1_ORDER = (
    "target", "name", "metricName", "metricSelector", "AverageUtilization", "Value", "AverageValue",
    "container", "selector", "averageValue",
)  # fmt: skip
"""Of a v1 metric's fields, as the annotation has them."""


def _sideless(key: str) -> str:
    for side in ("target", "current"):
        if key.startswith(side) and key != side:
            return key.removeprefix(side)
    return key


TYPES = {"averageUtilization": "Utilization", "averageValue": "AverageValue", "value": "Value"}


def _from_v1(metric: Object, side: str) -> Object:
    """The reverse of `_to_v1`."""
    out: Object = {"type": metric.get("type", "")}
    for name, flat in metric.items():
        if not isinstance(flat, dict):
            continue
        source: Object = {key: flat[key] for key in ("name", "container") if key in flat}
        if "target" in flat:
            source["describedObject"] = flat["target"]
        if "metricName" in flat:
            chosen = flat.get("metricSelector") or flat.get("selector")
            source["metric"] = {"name": flat["metricName"], **({"selector": chosen} if chosen else {})}
        values = {field: flat[side + capital] for capital, field in RENAMES.items() if side + capital in flat}
        if name == "object" and "averageValue" in flat:
            if side == "target":
                values.clear()
            values["averageValue"] = flat["averageValue"]
        if side == "target":
            kind = next((TYPES[field] for field in TYPES if field in values), "")
            values = {"type": kind, **values}
        source[side] = values
        out[name] = source
    return out


def _behavior(behavior: Object) -> Object:
    """The internal form that the annotation holds: capitalised keys, every field present."""
    return {direction: _rules(behavior.get(key)) for direction, key in DIRECTIONS.items()}


DIRECTIONS = {"ScaleUp": "scaleUp", "ScaleDown": "scaleDown"}


def _rules(rules: Object | None) -> Object | None:
    if rules is None:
        return None
    policies = rules.get("policies")
    return {
        "StabilizationWindowSeconds": rules.get("stabilizationWindowSeconds"),
        "SelectPolicy": rules.get("selectPolicy"),
        "Policies": None
        if policies is None
        else [
            {
                "Type": policy.get("type", ""),
                "Value": policy.get("value", 0),
                "PeriodSeconds": policy.get("periodSeconds", 0),
            }
            for policy in policies
        ],
        "Tolerance": rules.get("tolerance"),
    }


def _recase(value: Any, first: Any) -> Any:
    """Keys with their first letter changed, nulls left out."""
    if isinstance(value, dict):
        return {
            first(key[:1]) + key[1:]: _recase(item, first) for key, item in value.items() if item is not None
        }
    if isinstance(value, list):
        return [_recase(item, first) for item in value]
    return value
