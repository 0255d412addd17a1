"""Gives Endpoints that people wrote themselves, for Services without a selector, slices that say the same."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from ...apimachinery.errors import StatusError
from ...apimachinery.gvk import GroupVersionKind
from ...client.resources import ENDPOINTS, ENDPOINTSLICES, SERVICES
from .. import metrics
from .. import pods as podlib
from ..base import Controller
from ..context import Context, index
from ..podcontrol import namespace_is_going
from . import build, trigger
from .tally import Tally
from .writer import SliceWriter

Object = dict[str, Any]
KIND = GroupVersionKind("", "v1", "Endpoints")
MANAGER = "endpointslicemirroring-controller.k8s.io"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
LEADER = "control-plane.alpha.kubernetes.io/leader"
BY_ENDPOINTS = "endpoints"
PER_SUBSET = 1000


def _by_endpoints(obj: Object) -> list[str]:
    """Index values of our slices: `NAMESPACE/ENDPOINTS`."""
    marks = obj["metadata"].get("labels") or {}
    if marks.get(build.MANAGED_BY) != MANAGER or not marks.get(build.SERVICE_NAME):
        return []
    return [f"{obj['metadata']['namespace']}/{marks[build.SERVICE_NAME]}"]


def wants_mirror(endpoints: Object) -> bool:
    """Not those that a leader election uses as a lock, or that say no."""
    meta = endpoints["metadata"]
    skipped = (meta.get("labels") or {}).get(SKIP) == "true"
    return not skipped and LEADER not in (meta.get("annotations") or {})


def takes_mirror(service: Object | None) -> bool:
    """Not those with a selector: whatever their type is, what is left of their Endpoints was made of pods."""
    return service is not None and not service["spec"].get("selector")


def labels(endpoints: Object) -> dict[str, str]:
    meta = endpoints["metadata"]
    return {**(meta.get("labels") or {}), build.SERVICE_NAME: meta["name"], build.MANAGED_BY: MANAGER}


def notes_of(endpoints: Object) -> dict[str, str]:
    notes = endpoints["metadata"].get("annotations") or {}
    return {name: value for name, value in notes.items() if name not in (APPLIED, trigger.ANNOTATION)}


def mirrored(endpoints: Object) -> dict[str, dict[build.Ports, list[Object]]]:
    """Endpoints by address family and ports; at most 1,000 addresses of a subset."""
    found: dict[str, dict[build.Ports, list[Object]]] = {}
    for subset in endpoints.get("subsets") or ():
        ports = build.ports_of(subset)
        ready = [(a, True) for a in subset.get("addresses") or ()]
        unready = [(a, False) for a in subset.get("notReadyAddresses") or ()]
        for address, is_ready in (ready + unready)[:PER_SUBSET]:
            family = f"IPv{ip_address(address['ip']).version}"
            found.setdefault(family, {}).setdefault(ports, []).append(_endpoint(address, is_ready))
    return found


def beyond(endpoints: Object) -> int:
    """How many addresses are too many in their subsets to be mirrored."""
    counts = (
        len(subset.get("addresses") or ()) + len(subset.get("notReadyAddresses") or ())
        for subset in endpoints.get("subsets") or ()
    )
    return sum(max(0, count - PER_SUBSET) for count in counts)


def _endpoint(address: Object, ready: bool) -> Object:
    kept = {name: address[name] for name in ("hostname", "nodeName", "targetRef") if address.get(name)}
    return {"addresses": [address["ip"]], "conditions": {"ready": ready}, **kept}


def plans(endpoints: Object, present: list[Object]) -> list[build.Plan]:
    """What makes the present slices mirror the Endpoints."""
    wanted, marks = mirrored(endpoints), labels(endpoints)
    stale = [current for current in present if current.get("addressType") not in wanted]
    found = [build.Plan([], [], stale)]
    for family, groups in wanted.items():
        mine = [current for current in present if current.get("addressType") == family]
        plan = build.plan(groups, mine, family, marks)
        found.append(_annotated(plan, mine, notes_of(endpoints)))
    return found


def _annotated(plan: build.Plan, present: list[Object], notes: dict[str, str]) -> build.Plan:
    """With the annotations of the Endpoints, for which slices may have to be written that are right else."""
    touched = {slice_["metadata"]["name"] for slice_ in (*plan.update, *plan.delete)}
    stale = [
        current
        for current in present
        if current["metadata"]["name"] not in touched
        and (current["metadata"].get("annotations") or {}) != notes
    ]
    written = [
        [{**slice_, "metadata": _noted(slice_["metadata"], notes)} for slice_ in group]
        for group in (plan.create, [*plan.update, *stale])
    ]
    return build.Plan(written[0], written[1], plan.delete)


def _noted(meta: Object, notes: dict[str, str]) -> Object:
    bare = {name: value for name, value in meta.items() if name != "annotations"}
    return {**bare, "annotations": notes} if notes else bare


class EndpointSliceMirroringController(Controller):
    name = "endpointslice-mirroring-controller"
    queue_name = "endpoint_slice_mirroring"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._recorder = ctx.recorder("endpoint-slice-mirroring-controller")
        self._writer = SliceWriter(self.client, KIND)
        self._tally = Tally(metrics.MIRRORED)
        self._endpoints = self.informer(ENDPOINTS, self.on_change)
        self._services = self.informer(SERVICES, self.on_change)
        self._slices = self.informer(ENDPOINTSLICES, self._slice_changed)
        index(self._slices, BY_ENDPOINTS, _by_endpoints)

    async def reconcile(self, key: str) -> None:
        present = [s for s in self._slices.by_index(BY_ENDPOINTS, key) if not podlib.is_deleted(s)]
        if self._writer.is_behind(key, present):
            self.queue.add_after(key, 0.01)
            return
        endpoints, service = self._endpoints.get(key), self._services.get(key)
        if endpoints is None or not (wants_mirror(endpoints) and takes_mirror(service)):
            self._writer.forget(key)
            failure = await self._writer.carry_out(key, {}, [build.Plan([], [], present)])
            if present:
                self._tally.synced(key, present, [build.Plan([], [], present)])
            self._tally.forget(key)
        else:
            failure = await self._mirror(key, endpoints, present)
        if failure is None or (isinstance(failure, StatusError) and namespace_is_going(failure)):
            return
        if endpoints is not None:
            meta = endpoints["metadata"]
            message = f"Error updating Endpoint Slices for Endpoints {meta['namespace']}/{meta['name']}: "
            self._recorder.event(endpoints, "Warning", "FailedToUpdateEndpointSlices", f"{message}{failure}")
        raise failure

    async def _mirror(self, key: str, endpoints: Object, present: list[Object]) -> Exception | None:
        began = self.clock.monotonic()
        self._tell_of_skipped(endpoints)
        wanted = plans(endpoints, present)
        failure = await self._writer.carry_out(key, endpoints, wanted)
        if failure is None:
            self._tally.synced(key, present, wanted)
        metrics.MIRRORED_SECONDS.observe((), self.clock.monotonic() - began)
        return failure

    def _tell_of_skipped(self, endpoints: Object) -> None:
        skipped = beyond(endpoints)
        metrics.ADDRESSES_SKIPPED.observe((), skipped)
        if skipped:
            most = f"A max of {PER_SUBSET} addresses can be mirrored to EndpointSlices per Endpoints subset."
            text = f"{most} {skipped} addresses were skipped"
            self._recorder.event(endpoints, "Warning", "TooManyAddressesToMirror", text)

    def _slice_changed(self, kind: str, new: Object, old: Object | None) -> None:
        for obj in (new, old):
            for key in _by_endpoints(obj) if obj is not None else ():
                if kind == "DELETED":
                    self._writer.seen_deleted(key, new["metadata"]["name"])
                self.queue.add(key)
