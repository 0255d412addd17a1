"""Follows the metrics of every HorizontalPodAutoscaler with the scale of its target.

Source of the rules: upstream's HorizontalPodAutoscaler controller.
"""

from __future__ import annotations

import logging
from typing import Any, NoReturn

from ...apimachinery import jsonio, labels, quantity
from ...apimachinery.clock import rfc3339
from ...apimachinery.errors import StatusError, is_reason
from ...apimachinery.gvk import GroupVersionResource
from ...client.informer import key_of
from ...client.resources import HORIZONTALPODAUTOSCALERS, PODS
from .. import conditions, metrics
from ..base import Controller
from ..context import Context
from ..scales import NoMatch, Scales
from . import behavior, telling
from .behavior import History
from .metrics import Metrics, Target, Unknown
from .replicas import Tolerances, Warming
from .resize import resize
from .sources import Sources

Object = dict[str, Any]
ABLE, ACTIVE, LIMITED = "AbleToScale", "ScalingActive", "ScalingLimited"
_log = logging.getLogger(__name__)


class Failed(Exception):  # noqa: N818
    """This round ends here; the status says why."""


class HorizontalPodAutoscalerController(Controller):
    name = "horizontal-pod-autoscaler-controller"
    queue_name = "horizontalpodautoscaler"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._recorder = ctx.recorder("horizontal-pod-autoscaler")
        self._scales = Scales(ctx.client)
        self._metrics = Metrics(Sources(ctx.client, self._scales), ctx.clock)
        self._histories: dict[str, History] = {}
        self._selectors: dict[str, labels.Selector] = {}
        """Of every autoscaler's target, to find pods that two of them size."""
        self._scalers = self.informer(HORIZONTALPODAUTOSCALERS, self._changed)
        self._pods = self.informer(PODS)
        metrics.AUTOSCALERS.set_function(lambda: len(self._scalers.list()))

    def _changed(self, kind: str, new: Object, old: Object | None) -> None:
        if old is None or kind == "DELETED" or old["spec"] != new["spec"]:
            self.enqueue(new)

    async def reconcile(self, key: str) -> None:
        found = self._scalers.get(key)
        if found is None:
            self._histories.pop(key, None)
            self._selectors.pop(key, None)
            return
        self.queue.add_after(key, self.ctx.settings.horizontal_pod_autoscaler_sync_period)
        scaler: Object = jsonio.clone(found)
        status = scaler["status"] = scaler.get("status") or {}
        start, action, failure = self.clock.monotonic(), "none", "none"
        try:
            action = telling.action(*await self._size(key, scaler, status))
        except Failed as error:
            failure = "internal"
            _log.debug("%s: %s", key, error)
        telling.reconciled(action, failure, self.clock.monotonic() - start)
        if _told(status) != _told(found.get("status") or {}):
            await self._write(scaler)

    async def _write(self, scaler: Object) -> None:
        try:
            await self.client.update(HORIZONTALPODAUTOSCALERS, scaler, subresource="status")
        except StatusError as error:
            if not is_reason(error, "NotFound", "Conflict"):
                self._recorder.event(scaler, "Warning", "FailedUpdateStatus", str(error))
            raise

    # One round

    async def _size(self, key: str, scaler: Object, status: Object) -> tuple[int, int]:
        """The sizes before and after. Raises Failed."""
        r, scale = await self._scale(scaler)
        current = (scale.get("spec") or {}).get("replicas", 0)
        self._set(
            status,
            ABLE,
            True,
            "SucceededGetScale",
            "the HPA controller was able to get the target's current scale",
        )
        now = self.clock.monotonic()
        history = self._histories.setdefault(key, History([(now, current)]))
        spec = scaler["spec"]
        least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
        measured: list[Object] = []
        why = ""
        if current == 0 and least != 0:
            wanted = 0
            message = "scaling is disabled since the replica count of the target is zero"
            self._set(status, ACTIVE, False, "ScalingDisabled", message)
        elif current > most:
            wanted, why = most, "Current number of replicas above Spec.MaxReplicas"
        elif current < least:
            wanted, why = least, "Current number of replicas below Spec.MinReplicas"
        else:
            wanted, why, measured = await self._follow_metrics(scaler, scale, history)
        if wanted != current:
            await self._rescale(scaler, r, scale, wanted, why)
            if spec.get("behavior") is not None:
                history.scaled(current, wanted, now)
            status["lastScaleTime"] = rfc3339(self.clock.now())
        _count(status, current, wanted, measured)
        return current, wanted

    async def _scale(self, scaler: Object) -> tuple[GroupVersionResource, Object]:
        """The target's Scale and its resource, in whatever version has one. Raises Failed."""
        ref, namespace = scaler["spec"]["scaleTargetRef"], scaler["metadata"]["namespace"]
        group = ref.get("apiVersion", "").rpartition("/")[0]
        first: Exception | None = None
        try:
            for r in await self._scales.of_kind(group, ref["kind"]):
                try:
                    scale = await self._scales.get(r, ref["name"], namespace)
                except (NoMatch, StatusError) as error:
                    first = first or error
                    continue
                if scale is not None:
                    return r, scale
                what = f"{r.resource}.{r.group}" if r.group else r.resource
                first = first or Failed(f'{what} "{ref["name"]}" not found')
        except (NoMatch, StatusError) as error:
            first = error
        message = f"the HPA controller was unable to get the target's current scale: {first}"
        self._recorder.event(scaler, "Warning", "FailedGetScale", str(first))
        self._set(scaler["status"], ABLE, False, "FailedGetScale", message)
        raise Failed(message)

    async def _rescale(
        self, scaler: Object, r: GroupVersionResource, scale: Object, wanted: int, why: str
    ) -> None:
        """Writes the new size, tells of it, or tells why not and raises Failed."""
        current, status = scale["spec"].get("replicas", 0), scaler["status"]
        size = f"New size: {wanted}; reason: {why}"
        try:
            await resize(self.client, r, scale, wanted)
        except StatusError as error:
            self._recorder.event(scaler, "Warning", "FailedRescale", f"{size}; error: {error}")
            message = f"the HPA controller was unable to update the target scale: {error}"
            self._set(status, ABLE, False, "FailedUpdateScale", message)
            _count(status, current, status.get("desiredReplicas", 0), status.get("currentMetrics") or [])
            raise Failed(message) from error
        message = f"the HPA controller was able to update the target scale to {wanted}"
        self._set(status, ABLE, True, "SucceededRescale", message)
        self._recorder.event(scaler, "Normal", "SuccessfulRescale", size)

    # Following metrics

    async def _follow_metrics(
        self, scaler: Object, scale: Object, history: History
    ) -> tuple[int, str, list[Object]]:
        """The size to have, the reason for it and what was measured."""
        spec, status, current = scaler["spec"], scaler["status"], scale["spec"].get("replicas", 0)
        wish, metric, measured = await self._wish(scaler, scale)
        why = f"{metric} above target" if wish > current else "All metrics below target"
        window = self.ctx.settings.horizontal_pod_autoscaler_downscale_stabilization
        followed = behavior.follow(spec, history, current, wish, self.clock.monotonic(), window)
        self._set(status, ABLE, True, *followed.able)
        self._set(status, LIMITED, followed.limited is not behavior.IN_RANGE, *followed.limited)
        return followed.replicas, why, measured

    async def _wish(self, scaler: Object, scale: Object) -> tuple[int, str, list[Object]]:
        """The highest proposal of all metrics. Unless all are known, nothing is made smaller: Failed."""
        status, current, specs = scaler["status"], scale["spec"].get("replicas", 0), scaler["spec"]["metrics"]
        target = self._target(scaler, scale)
        measured: list[Object] = []
        wish, metric, unknown = 0, "", list[Unknown]()
        for spec in specs:
            try:
                proposal = await self._metrics.propose(spec, target)
            except Unknown as error:
                self._recorder.event(scaler, "Warning", error.reason, error.cause)
                unknown.append(error)
                measured.append({"type": ""})
                continue
            measured.append(proposal.status)
            if not metric or proposal.replicas > wish:
                wish, metric = proposal.replicas, proposal.name
        if len(unknown) == len(specs) or (unknown and wish < current):
            message = f"the HPA was unable to compute the replica count: {unknown[0].cause}"
            self._set(status, ACTIVE, False, unknown[0].reason, message)
            text = (
                f"invalid metrics ({len(unknown)} invalid out of {len(specs)}), first error is: {unknown[0]}"
            )
            self._give_up(scaler, current, measured, text)
        message = f"the HPA was able to successfully calculate a replica count from {metric}"
        self._set(status, ACTIVE, True, "ValidMetricFound", message)
        return wish, metric, measured

    def _target(self, scaler: Object, scale: Object) -> Target:
        settings, namespace = self.ctx.settings, scaler["metadata"]["namespace"]
        selector, pods = self._selected(scaler, scale)
        warming = Warming(
            self.clock.now(),
            settings.horizontal_pod_autoscaler_cpu_initialization_period,
            settings.horizontal_pod_autoscaler_initial_readiness_delay,
        )
        within = _tolerances(scaler["spec"], settings.horizontal_pod_autoscaler_tolerance)
        current, running = scale["spec"].get("replicas", 0), (scale.get("status") or {}).get("replicas", 0)
        return Target(namespace, selector, pods, current, running, within, warming)

    def _selected(self, scaler: Object, scale: Object) -> tuple[labels.Selector, list[Object]]:
        """The target's pods, which no other autoscaler may size. Raises Failed."""
        text = (scale.get("status") or {}).get("selector") or ""
        current, namespace = scale["spec"].get("replicas", 0), scaler["metadata"]["namespace"]
        if not text:
            message = "the HPA target's scale is missing a selector"
            self._unusable(
                scaler, current, "InvalidSelector", message, "SelectorRequired", "selector is required"
            )
        try:
            selector = labels.parse(text)
        except ValueError as error:
            message = f"couldn't convert selector into a corresponding internal selector object: {error}"
            self._unusable(scaler, current, "InvalidSelector", message, "InvalidSelector", message)
        self._selectors[key_of(scaler)] = selector
        pods = [pod for pod in self._pods.list(namespace) if selector.matches(pod["metadata"].get("labels"))]
        several = self._sizing(namespace, pods)
        if len(several) > 1:
            message = f"pods by selector {text} are controlled by multiple HPAs: [{' '.join(several)}]"
            self._unusable(scaler, current, "AmbiguousSelector", message, "AmbiguousSelector", message)
        return selector, pods

    def _sizing(self, namespace: str, pods: list[Object]) -> list[str]:
        """The autoscalers whose targets any of the pods belongs to, as Go prints their keys."""
        return [
            f"{{{name} {namespace}}}"
            for key, selector in sorted(self._selectors.items())
            for where, _, name in (key.partition("/"),)
            if where == namespace and any(selector.matches(pod["metadata"].get("labels")) for pod in pods)
        ]

    # Telling

    def _unusable(
        self, scaler: Object, current: int, reason: str, message: str, event: str, told: str
    ) -> NoReturn:
        self._recorder.event(scaler, "Warning", event, told)
        self._set(scaler["status"], ACTIVE, False, reason, message)
        self._give_up(scaler, current, [], told)

    def _give_up(self, scaler: Object, current: int, measured: list[Object], why: str) -> NoReturn:
        status = scaler["status"]
        _count(status, current, status.get("desiredReplicas", 0), measured)
        self._recorder.event(scaler, "Warning", "FailedComputeMetricsReplicas", why)
        raise Failed(why)

    def _set(self, status: Object, kind: str, flag: bool, reason: str, message: str) -> None:
        """Sets a condition; its time moves only with its status."""
        known = conditions.find(status.get("conditions"), kind)
        new = {"type": kind, "status": str(flag), "reason": reason, "message": message}
        if known is None:
            new["lastTransitionTime"] = rfc3339(self.clock.now())
            status["conditions"] = [*(status.get("conditions") or ()), new]
            return
        if known["status"] != new["status"]:
            known["lastTransitionTime"] = rfc3339(self.clock.now())
        known |= new


def _count(status: Object, current: int, wanted: int, measured: list[Object]) -> None:
    status |= {"currentReplicas": current, "desiredReplicas": wanted, "currentMetrics": measured}


def _told(status: Object) -> Object:
    """The status without what says nothing, to compare with."""
    return {name: value for name, value in status.items() if value}


def _tolerances(spec: Object, default: float) -> Tolerances:
    rules = spec.get("behavior") or {}
    down, up = ((rules.get(name) or {}).get("tolerance") for name in ("scaleDown", "scaleUp"))
    return Tolerances(*(default if t is None else quantity.parse(t).as_float() for t in (down, up)))
