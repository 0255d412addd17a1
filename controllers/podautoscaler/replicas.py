"""How many replicas a metric asks for. Reads and writes nothing; amounts are thousandths.

Source of the rules: upstream's replica calculator.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ...apimachinery import quantity
from ...apimachinery.clock import parse_rfc3339
from .. import pods as podlib

Object = dict[str, Any]
Ratio = Callable[[Mapping[str, int]], float]
Filler = Callable[[str, float], int | None]
NO_PODS = "no pods returned by selector while calculating replica count"
NO_METRICS = "did not receive metrics for any targeted pods (pods might be unready)"


class MetricError(Exception):
    """A metric that says nothing; the text is upstream's."""


class Sample(NamedTuple):
    value: int
    at: datetime
    window: timedelta


class Tolerances(NamedTuple):
    """By how much the ratio of usage to target may leave 1 without anything being scaled."""

    down: float
    up: float

    def within(self, ratio: float) -> bool:
        return 1.0 - self.down <= ratio <= 1.0 + self.up


class Warming(NamedTuple):
    """Within `initialization` seconds of a pod's start its CPU counts only while it is ready; afterwards
    a pod counts unless it has not been ready since `readiness` seconds after its start."""

    now: datetime
    initialization: float
    readiness: float


@dataclass
class Groups:
    """Pods by whether their samples count. `ignored` are on their way out."""

    ready: int = 0
    unready: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    ignored: set[str] = field(default_factory=set)


def group(pods: Iterable[Object], samples: Mapping[str, Sample], resource: str, warming: Warming) -> Groups:
    found = Groups()
    for pod in pods:
        name = pod["metadata"]["name"]
        if podlib.is_deleted(pod) or podlib.phase(pod) == "Failed":
            found.ignored.add(name)
        elif podlib.phase(pod) == "Pending":
            found.unready.add(name)
        elif name not in samples:
            found.missing.add(name)
        elif resource == "cpu" and _is_warming_up(pod, samples[name], warming):
            found.unready.add(name)
        else:
            found.ready += 1
    return found


def _is_warming_up(pod: Object, sample: Sample, warming: Warming) -> bool:
    condition, start = podlib.ready_condition(pod), pod["status"].get("startTime")
    if condition is None or start is None:
        return True
    started, unready = parse_rfc3339(start), condition.get("status") == "False"
    turned = parse_rfc3339(condition.get("lastTransitionTime") or start)
    if started + timedelta(seconds=warming.initialization) > warming.now:
        return unready or sample.at < turned + sample.window
    return unready and started + timedelta(seconds=warming.readiness) > turned


def requests(pods: Iterable[Object], resource: str, container: str = "") -> dict[str, int]:
    """What each pod asks for, of one container or of all. MetricError when one asks for nothing."""
    return {pod["metadata"]["name"]: _request(pod, resource, container) for pod in pods}


def _request(pod: Object, resource: str, container: str) -> int:
    spec, name = pod["spec"], pod["metadata"]["name"]
    whole = ((spec.get("resources") or {}).get("requests") or {}).get(resource)
    if whole is not None and not container:
        return quantity.milli(whole)
    sidecars = [c for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"]
    total, seen = 0, False
    for entry in (*spec["containers"], *sidecars):
        if container not in ("", entry["name"]):
            continue
        seen = True
        wanted = ((entry.get("resources") or {}).get("requests") or {}).get(resource)
        if wanted is None:
            raise MetricError(f"missing request for {resource} in container {entry['name']} of Pod {name}")
        total += quantity.milli(wanted)
    if not seen:
        raise MetricError(f"container {container} not found in Pod {name}")
    return total


def counting(samples: Mapping[str, Sample], groups: Groups) -> dict[str, int]:
    """The amounts of the pods that count. MetricError when there are none."""
    out = groups.ignored | groups.unready
    found = {name: sample.value for name, sample in samples.items() if name not in out}
    if not found:
        raise MetricError(NO_METRICS)
    return found


def proposal(
    current: int, groups: Groups, values: Mapping[str, int], ratio_of: Ratio, fill: Filler, within: Tolerances
) -> int:
    """`fill` tells what a pod without a sample counts as, given the ratio of the others; None: not at all.

    Pods that are not known to use anything may dampen a change but never turn it around.
    """
    ratio = ratio_of(values)
    dampened = bool(groups.unready) and ratio > 1.0
    if not dampened and not groups.missing:
        return current if within.within(ratio) else math.ceil(ratio * groups.ready)
    filled = dict(values)
    for name in groups.missing:
        assumed = fill(name, ratio)
        if assumed is not None:
            filled[name] = assumed
    if dampened:
        filled |= dict.fromkeys(groups.unready, 0)
    new = ratio_of(filled)
    if within.within(new) or ratio < 1.0 < new or new < 1.0 < ratio:
        return current
    count = math.ceil(new * len(filled))
    if (new < 1.0 and count > current) or (new > 1.0 and count < current):
        return current
    return count


def utilization(values: Mapping[str, int], asked: Mapping[str, int]) -> tuple[int, int]:
    """Percent of what the pods ask for, and what they use on average."""
    known = [name for name in values if name in asked]
    total, wanted = sum(values[name] for name in known), sum(asked[name] for name in known)
    if not wanted:
        raise MetricError("no metrics returned matched known pods")
    return total * 100 // wanted, total // len(known)


def by_utilization(
    current: int,
    target: int,
    groups: Groups,
    values: Mapping[str, int],
    asked: Mapping[str, int],
    within: Tolerances,
) -> int:
    def ratio_of(given: Mapping[str, int]) -> float:
        return utilization(given, asked)[0] / target

    def fill(name: str, ratio: float) -> int | None:
        if ratio == 1.0:
            return None
        return asked[name] * max(100, target) // 100 if ratio < 1.0 else 0

    return proposal(current, groups, values, ratio_of, fill, within)


def average(values: Mapping[str, int]) -> int:
    return sum(values.values()) // len(values)


def by_average(
    current: int, target: int, groups: Groups, values: Mapping[str, int], within: Tolerances
) -> int:
    def ratio_of(given: Mapping[str, int]) -> float:
        return average(given) / target

    return proposal(current, groups, values, ratio_of, lambda _, ratio: target if ratio < 1.0 else 0, within)


def by_ratio(current: int, ratio: float, pods: list[Object], within: Tolerances) -> int:
    """For a metric that is no pod's: so many times the ready pods; from zero, the ratio itself."""
    if current == 0:
        return math.ceil(ratio)
    if within.within(ratio):
        return current
    if not pods:
        raise MetricError(f"unable to calculate ready pods: {NO_PODS}")
    ready = sum(1 for pod in pods if podlib.phase(pod) == "Running" and podlib.is_ready(pod))
    return math.ceil(ratio * ready)


def per_pod(running: int, usage: int, target: int, within: Tolerances) -> tuple[int, int]:
    """For an amount that is shared among the pods: the replicas, and what falls on each now."""
    share = math.ceil(usage / running) if running else 0
    if running and within.within(usage / (target * running)):
        return running, share
    return math.ceil(usage / target), share
