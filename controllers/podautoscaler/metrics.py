"""What one metric of an autoscaler asks for, by its type, and what the status says of it.

Source of the rules: upstream's HorizontalPodAutoscaler controller.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...apimachinery import labels, quantity
from ...apimachinery.clock import Clock
from .. import selectors
from . import replicas, telling
from .replicas import MetricError, Sample, Tolerances, Warming
from .sources import Sources

Object = dict[str, Any]


class Proposal(NamedTuple):
    """`name` is what events call the metric, `status` its entry in `currentMetrics`."""

    replicas: int
    name: str
    status: Object


class Unknown(Exception):  # noqa: N818
    """The metric says nothing. `reason` is the condition's; str() is the long form of `cause`."""

    def __init__(self, reason: str, cause: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.cause = cause


@dataclass(frozen=True)
class Target:
    """What is to be sized: its pods, how many are `wanted` now and how many there are (`running`)."""

    namespace: str
    selector: labels.Selector
    pods: list[Object]
    wanted: int
    running: int
    within: Tolerances
    warming: Warming


Reader = Callable[["Metrics", Object, Target], Awaitable[Proposal]]


class Metrics:
    def __init__(self, sources: Sources, clock: Clock) -> None:
        self._sources = sources
        self._clock = clock

    async def propose(self, metric: Object, target: Target) -> Proposal:
        """Raises Unknown."""
        kind = metric["type"]
        reader = _READERS.get(kind)
        if reader is None:
            text = f'unknown metric source type "{kind}"'
            raise Unknown("InvalidMetricSourceType", text, text)
        reason, read, describe = reader
        source = metric[kind[0].lower() + kind[1:]]
        start, action, failure = self._clock.monotonic(), "none", "none"
        try:
            proposal = await read(self, source, target)
            action = telling.action(target.wanted, proposal.replicas)
            return proposal
        except MetricError as error:
            failure = "internal"
            raise Unknown(
                reason, str(error), f"failed to get {describe(source)} metric value: {error}"
            ) from error
        finally:
            telling.computed(action, failure, kind, self._clock.monotonic() - start)

    # Of pods

    async def _resource(self, source: Object, target: Target) -> Proposal:
        name = f"{source['name']} resource"
        count, current = await self._usage(source, target, "")
        status = {"type": "Resource", "resource": {"name": source["name"], "current": current}}
        return Proposal(count, name + _share(current), status)

    async def _container(self, source: Object, target: Target) -> Proposal:
        count, current = await self._usage(source, target, source["container"])
        inner = {"name": source["name"], "container": source["container"], "current": current}
        middle = " container resource" if "averageUtilization" in current else " resource"
        return Proposal(
            count,
            f"{source['name']}{middle}{_share(current)}",
            {"type": "ContainerResource", "containerResource": inner},
        )

    async def _usage(self, source: Object, target: Target, container: str) -> tuple[int, Object]:
        """The replicas, and the value for the status."""
        resource, goal = source["name"], source["target"]
        by_value = goal.get("averageValue") is not None
        try:
            samples = await self._samples(resource, target, container)
            groups = replicas.group(target.pods, samples, resource, target.warming)
            if by_value:
                values, wanted = replicas.counting(samples, groups), quantity.milli(goal["averageValue"])
                count = replicas.by_average(target.wanted, wanted, groups, values, target.within)
                return count, {"averageValue": _milli(replicas.average(values))}
            asked = replicas.requests(target.pods, resource, container)
            values, percent = replicas.counting(samples, groups), goal["averageUtilization"]
            used, raw = replicas.utilization(values, asked)
            count = replicas.by_utilization(target.wanted, percent, groups, values, asked, target.within)
            return count, {"averageUtilization": used, "averageValue": _milli(raw)}
        except MetricError as error:
            what = "usage" if by_value else "utilization"
            raise MetricError(f"failed to get {resource} {what}: {error}") from error

    async def _samples(self, resource: str, target: Target, container: str) -> dict[str, Sample]:
        try:
            found = await self._sources.resource(resource, target.namespace, target.selector, container)
        except MetricError as error:
            raise MetricError(f"unable to get metrics for resource {resource}: {error}") from error
        if not target.pods:
            raise MetricError(replicas.NO_PODS)
        return found

    async def _pods(self, source: Object, target: Target) -> Proposal:
        metric, goal = source["metric"], quantity.milli(source["target"]["averageValue"])
        name, chosen = metric["name"], labels.from_label_selector(metric.get("selector"))
        try:
            samples = await self._sources.pods(name, target.namespace, target.selector, chosen)
        except MetricError as error:
            raise MetricError(f"unable to get metric {name}: {error}") from error
        if not target.pods:
            raise MetricError(replicas.NO_PODS)
        groups = replicas.group(target.pods, samples, "", target.warming)
        values = replicas.counting(samples, groups)
        count = replicas.by_average(target.wanted, goal, groups, values, target.within)
        current = {"averageValue": _milli(replicas.average(values))}
        status = {"type": "Pods", "pods": {"metric": metric, "current": current}}
        return Proposal(count, f"pods metric {name}", status)

    # Of anything else

    async def _object(self, source: Object, target: Target) -> Proposal:
        metric, described, goal = source["metric"], source["describedObject"], source["target"]
        name, chosen = metric["name"], labels.from_label_selector(metric.get("selector"))
        try:
            usage = await self._sources.object(name, target.namespace, described, chosen)
        except MetricError as error:
            where = f"{described['kind']} on {target.namespace} {described['name']}"
            shared = f"failed to get {name} object metric: " if goal["type"] == "AverageValue" else ""
            raise MetricError(f"{shared}unable to get metric {name}: {where}/{error}") from error
        status: Object = {"metric": metric, "describedObject": described}
        if goal["type"] == "Value":
            ratio = usage / quantity.milli(goal["value"])
            count = replicas.by_ratio(target.wanted, ratio, target.pods, target.within)
            label = f"{described['kind']} metric {name}"
            return Proposal(count, label, _of_object({**status, "current": {"value": _milli(usage)}}))
        wanted = quantity.milli(goal["averageValue"])
        count, share = replicas.per_pod(target.running, usage, wanted, target.within)
        label = f"external metric {name}({selectors.text(metric.get('selector'))})"
        return Proposal(count, label, _of_object({**status, "current": {"averageValue": _milli(share)}}))

    async def _external(self, source: Object, target: Target) -> Proposal:
        metric, goal = source["metric"], source["target"]
        name, shown = metric["name"], selectors.text(metric.get("selector"))
        shared = goal.get("averageValue") is not None
        try:
            chosen = labels.from_label_selector(metric.get("selector"))
            usage = await self._sources.external(name, target.namespace, chosen)
        except MetricError as error:
            before = (
                f"failed to get {name} external metric" if shared else f"failed to get external metric {name}"
            )
            why = f"unable to get external metric {target.namespace}/{name}/{shown}: {error}"
            raise MetricError(f"{before}: {why}") from error
        if shared:
            wanted = quantity.milli(goal["averageValue"])
            count, share = replicas.per_pod(target.running, usage, wanted, target.within)
            current = {"averageValue": _milli(share)}
        else:
            ratio = usage / quantity.milli(goal["value"])
            count = replicas.by_ratio(target.wanted, ratio, target.pods, target.within)
            current = {"value": _milli(usage)}
        status = {"type": "External", "external": {"metric": metric, "current": current}}
        return Proposal(count, f"external metric {name}({shown})", status)


_READERS: dict[str, tuple[str, Reader, Callable[[Object], str]]] = {
    "Resource": ("FailedGetResourceMetric", Metrics._resource, lambda s: f"{s['name']} resource"),
    "ContainerResource": (
        "FailedGetContainerResourceMetric",
        Metrics._container,
        lambda s: f"{s['container']} container",
    ),
    "Pods": ("FailedGetPodsMetric", Metrics._pods, lambda s: "pods"),
    "Object": ("FailedGetObjectMetric", Metrics._object, lambda s: "object"),
    "External": ("FailedGetExternalMetric", Metrics._external, lambda s: f"{s['metric']['name']} external"),
}
"""Type → the condition's reason, the reader, and what the error calls the source."""


def _share(current: Object) -> str:
    return " utilization (percentage of request)" if "averageUtilization" in current else ""


def _of_object(inner: Object) -> Object:
    return {"type": "Object", "object": inner}


def _milli(value: int) -> str:
    return str(quantity.from_milli(value))
