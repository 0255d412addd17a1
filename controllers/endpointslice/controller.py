"""Keeps the slices of every Service that has a selector."""

from __future__ import annotations

from typing import Any

from ...apimachinery.errors import StatusError
from ...apimachinery.gvk import GroupVersionKind
from ...client.resources import ENDPOINTSLICES, NODES, PODS, SERVICES
from .. import metrics, serving
from .. import pods as podlib
from ..base import Controller
from ..context import Context, index
from ..ownership import is_controlled_by
from ..podcontrol import namespace_is_going
from . import build, hints
from .tally import Tally
from .trigger import TriggerTimes, mark
from .writer import SliceWriter

Object = dict[str, Any]
SERVICE = GroupVersionKind("", "v1", "Service")
BY_SERVICE = "service"


def _by_service(obj: Object) -> list[str]:
    """Index values of our slices: `NAMESPACE/SERVICE`."""
    marks = obj["metadata"].get("labels") or {}
    if marks.get(build.MANAGED_BY) != build.MANAGER or not marks.get(build.SERVICE_NAME):
        return []
    return [f"{obj['metadata']['namespace']}/{marks[build.SERVICE_NAME]}"]


class EndpointSliceController(Controller):
    name = "endpointslice-controller"
    queue_name = "endpoint_slice"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._recorder = ctx.recorder("endpoint-slice-controller")
        self._writer = SliceWriter(self.client, SERVICE)
        self._triggers = TriggerTimes()
        self._tally = Tally(metrics.OF_SERVICES)
        self._hinted: dict[str, str] = {}
        """Services with hints in proportion to CPUs, or why they have none, by family and key."""
        self._services = self.informer(SERVICES, self.on_change)
        self._slices = self.informer(ENDPOINTSLICES, self._slice_changed)
        index(self._slices, BY_SERVICE, _by_service)
        self._pods = self.informer(PODS, serving.on_pods(self._services, self.queue))
        self._nodes = self.informer(NODES, self._node_changed)

    async def reconcile(self, key: str) -> None:
        service = self._services.get(key)
        if service is None:
            self._writer.forget(key)
            self._triggers.forget(key)
            self._tally.forget(key)
            for family in ("IPv4", "IPv6"):
                self._hinted.pop(f"{family} {key}", None)
            return
        if not serving.has_selector(service) or podlib.is_deleted(service):
            return
        present = [s for s in self._slices.by_index(BY_SERVICE, key) if not podlib.is_deleted(s)]
        if self._writer.is_behind(key, present):
            self.queue.add_after(key, 0.01)
            return
        pods = serving.selected(service, self._pods)
        nodes = {node["metadata"]["name"]: node for node in self._nodes.list()}
        marks = build.labels(service)
        kinds = build.families(service)
        usable = [s for s in present if s.get("addressType") in kinds and is_controlled_by(s, service)]
        plans = [build.Plan([], [], [current for current in present if current not in usable])]
        for family in kinds:
            wanted = build.endpoints(service, pods, nodes, family)
            self._hint(key, service, family, [e for group in wanted.values() for e in group])
            mine = [current for current in usable if current["addressType"] == family]
            plans.append(build.plan(wanted, mine, family, marks))
        since = self._triggers.since(key, service, pods)
        for plan in plans:
            for written in (*plan.create, *plan.update):
                mark(written, since)
        await self._carry_out(key, service, present, plans)
        lost = build.lost(service, pods, nodes)
        if lost:
            # A node that comes wakes the Service: nothing is gained by looking again before.
            self._tell_failure(service, lost[0] if len(lost) == 1 else f"[{', '.join(lost)}]")

    def _hint(self, key: str, service: Object, family: str, endpoints: list[Object]) -> None:
        """Sets hints; a change of what becomes of hints in proportion to CPUs is told."""
        before = self._hinted.get(f"{family} {key}")
        if not hints.is_auto(service):
            hints.distribute(service, endpoints)
            if self._hinted.pop(f"{family} {key}", None) == "":
                self._tell(
                    service, "TopologyAwareHintsDisabled", "Topology Aware Hints has been disabled", family
                )
            return
        problem = self._hinted[f"{family} {key}"] = hints.allocate(endpoints, self._nodes.list())
        if problem and problem != before:
            self._tell(service, "TopologyAwareHintsDisabled", problem, family)
        elif not problem and before != "":
            self._tell(service, "TopologyAwareHintsEnabled", hints.ENABLED, family)

    def _tell(self, service: Object, reason: str, text: str, family: str) -> None:
        kind = "Normal" if reason.endswith("Enabled") else "Warning"
        self._recorder.event(service, kind, reason, f"{text}, addressType: {family}")

    async def _carry_out(
        self, key: str, service: Object, present: list[Object], plans: list[build.Plan]
    ) -> None:
        failure = await self._writer.carry_out(key, service, plans)
        metrics.SLICE_SYNCS.add(("success" if failure is None else "error",))
        if failure is None:
            written = self._tally.synced(key, present, plans)
            topology = "Auto" if hints.is_auto(service) else "Disabled"
            metrics.SLICES_CHANGED.observe(
                (topology, service["spec"].get("trafficDistribution") or ""), written
            )
            return
        if not (isinstance(failure, StatusError) and (failure.code == 409 or namespace_is_going(failure))):
            self._tell_failure(service, str(failure))
        if not (isinstance(failure, StatusError) and namespace_is_going(failure)):
            raise failure

    def _tell_failure(self, service: Object, why: str) -> None:
        meta = service["metadata"]
        text = f"Error updating Endpoint Slices for Service {meta['namespace']}/{meta['name']}: {why}"
        self._recorder.event(service, "Warning", "FailedToUpdateEndpointSlices", text)

    def _slice_changed(self, kind: str, new: Object, old: Object | None) -> None:
        for obj in (new, old):
            for key in _by_service(obj) if obj is not None else ():
                if kind == "DELETED":
                    self._writer.seen_deleted(key, new["metadata"]["name"])
                self.queue.add(key)

    def _node_changed(self, kind: str, new: Object, old: Object | None) -> None:
        """A node that comes, goes or moves to another zone changes the endpoints on it."""
        moved = kind != "MODIFIED" or old is None or _zone(new) != _zone(old)
        changed = moved or old is None or _capacity(new) != _capacity(old)
        for service in self._services.list() if changed else ():
            if moved or hints.is_auto(service):
                self.enqueue(service)


def _capacity(node: Object) -> tuple[str, bool]:
    """What hints in proportion to CPUs look at."""
    status = node.get("status") or {}
    return str((status.get("allocatable") or {}).get("cpu", "")), podlib.is_ready(node)


def _zone(node: Object) -> str | None:
    zone = (node["metadata"].get("labels") or {}).get(build.ZONE)
    return str(zone) if zone is not None else None
