"""Keeps the status of PodDisruptionBudgets, which evictions draw from, and ends disruptions that never came.

Source of the rules: upstream's disruption controller.
"""

from __future__ import annotations

from typing import Any

from ...apimachinery import jsonio, labels
from ...apimachinery.clock import rfc3339
from ...apimachinery.errors import StatusError
from ...client.resources import (
    DEPLOYMENTS,
    PODDISRUPTIONBUDGETS,
    PODS,
    REPLICASETS,
    REPLICATIONCONTROLLERS,
    STATEFULSETS,
)
from .. import conditions, selectors
from ..base import Controller
from ..context import Context
from ..scales import NoMatch, Scales
from . import status
from .expected import Expected, Uncountable

Object = dict[str, Any]
_POD = "pod:"
"""Before the key of a pod that may be a stale target of a disruption."""
UNMANAGED = (
    "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the "
    "status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account "
    'for these pods please set ".spec.minAvailable" field of the PDB to an integer value.'
)


class DisruptionController(Controller):
    name = "disruption-controller"
    queue_name = "disruption"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._recorder = ctx.recorder("controllermanager")
        self._budgets = self.informer(PODDISRUPTIONBUDGETS, self.on_change)
        known = {
            ("", "ReplicationController"): self.informer(REPLICATIONCONTROLLERS, self._owner_changed),
            ("apps", "Deployment"): self.informer(DEPLOYMENTS, self._owner_changed),
            ("apps", "ReplicaSet"): self.informer(REPLICASETS, self._owner_changed),
            ("apps", "StatefulSet"): self.informer(STATEFULSETS, self._owner_changed),
        }
        self._expected = Expected(known, Scales(ctx.client))
        self._pods = self.informer(PODS, self._pod_changed)

    async def reconcile(self, key: str) -> None:
        if key.startswith(_POD):
            await self._end_stale(key)
            return
        budget = self._budgets.get(key)
        if budget is None:
            return
        try:
            new = await self._status(key, budget)
        except (Uncountable, NoMatch, StatusError, ValueError) as error:
            message = f"Failed to calculate the number of expected pods: {error}"
            self._recorder.event(budget, "Warning", "CalculateExpectedPodCountFailed", message)
            new = status.failed(budget, str(error), self.clock.now())
        if new != budget.get("status"):
            await self.client.update(PODDISRUPTIONBUDGETS, {**budget, "status": new}, subresource="status")

    # Hearing of changes

    def _pod_changed(self, kind: str, new: Object, old: Object | None) -> None:
        """Labels that changed concern the budgets of before, too."""
        found = self._budgets_of(new)
        before = self._budgets_of(old) if old is not None else []
        for budget in {b["metadata"]["name"]: b for b in (*before, *found)}.values():
            self.enqueue(budget)
        if kind == "DELETED":
            return
        if len(found) > 1:
            self._tell_of_several(new, found)
        wait = status.stale_in(new, self.clock.now())
        if wait is not None:
            self.queue.add_after(f"{_POD}{new['metadata']['namespace']}/{new['metadata']['name']}", wait)

    def _owner_changed(self, kind: str, new: Object, old: Object | None) -> None:
        """Its pods may have been heard of before its new size was."""
        if old is not None and old["spec"].get("replicas") != new["spec"].get("replicas"):
            carried = (new["spec"]["template"].get("metadata") or {}).get("labels")
            namespace = new["metadata"]["namespace"]
            for budget in self._budgets_of({"metadata": {"namespace": namespace, "labels": carried}}):
                self.enqueue(budget)

    def _budgets_of(self, pod: Object) -> list[Object]:
        return [
            budget
            for budget in self._budgets.list(pod["metadata"]["namespace"])
            if _selector(budget).matches(pod["metadata"].get("labels"))
        ]

    def _tell_of_several(self, pod: Object, found: list[Object]) -> None:
        meta = pod["metadata"]
        message = (
            f'Pod "{meta["namespace"]}"/"{meta["name"]}" matches multiple PodDisruptionBudgets.  '
            f'Chose "{found[0]["metadata"]["name"]}" arbitrarily.'
        )
        self._recorder.event(pod, "Warning", "MultiplePodDisruptionBudgets", message)

    # Counting

    async def _status(self, key: str, budget: Object) -> Object:
        spec, now = budget["spec"], self.clock.now()
        selector = _selector(budget)
        namespace = budget["metadata"]["namespace"]
        pods = [pod for pod in self._pods.list(namespace) if selector.matches(pod["metadata"].get("labels"))]
        if not pods:
            self._recorder.event(budget, "Normal", "NoPods", "No matching pods found")
        expected = await self._count(budget, pods) if status.needs_scale(spec) else len(pods)
        waiting, late = status.still_disrupted(budget, pods, now)
        for pod in late:
            what = f"Pod was expected by PDB {key} to be deleted but it wasn't"
            self._recorder.event(pod, "Warning", "NotDeleted", what)
        wait = status.recheck_in(waiting, now)
        if wait is not None:
            self.queue.add_after(key, max(wait, 0.0) + 0.001)
        current = status.healthy(pods, waiting)
        return status.calculate(
            budget, current, status.desired_healthy(spec, expected), expected, waiting, now
        )

    async def _count(self, budget: Object, pods: list[Object]) -> int:
        expected, bare = await self._expected.count(pods)
        if bare:
            text = UNMANAGED.format(selectors.text(budget["spec"].get("selector")))
            self._recorder.event(budget, "Warning", "UnmanagedPods", text)
        return expected

    async def _end_stale(self, key: str) -> None:
        """A pod that nobody deleted in time is no target of a disruption any more."""
        pod = self._pods.get(key.removeprefix(_POD))
        now = self.clock.now()
        wait = status.stale_in(pod, now) if pod is not None else None
        if pod is None or wait is None:
            return
        if wait > 0:
            self.queue.add_after(key, wait)
            return
        new: Object = jsonio.clone(pod)
        condition = conditions.find(new["status"]["conditions"], "DisruptionTarget")
        if condition is not None:
            condition.clear()
            condition |= {"type": "DisruptionTarget", "status": "False", "lastTransitionTime": rfc3339(now)}
        await self.client.update(PODS, new, subresource="status")


def _selector(budget: Object) -> labels.Selector:
    return labels.from_label_selector((budget.get("spec") or {}).get("selector"))
