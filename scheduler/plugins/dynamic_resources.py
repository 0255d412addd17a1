"""DynamicResources: pods whose ResourceClaims are, or can be, given devices that the node reaches."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...apimachinery.clock import Clock, rfc3339
from ...apimachinery.errors import StatusError
from ...apimachinery.resource_claims import FINALIZER, claim_names
from ...client.errors import Unreachable
from ...client.informer import key_of
from ..allocation import Choice, Search, missing_class
from ..cache import Cache
from ..devices import DeviceId, Devices, selects
from ..framework import FilterOnly, Refused, Reject
from ..node import NodeInfo
from ..pod import PodInfo

Object = dict[str, Any]

NAME = "DynamicResources"
NOT_HERE = Reject(NAME, ("resourceclaim not available on the node",))
NO_DEVICES = Reject(NAME, ("cannot allocate all claims",))


class _State(NamedTuple):
    pod: PodInfo
    allocated: list[Object]
    open: list[Object]
    taken: set[DeviceId]
    found: dict[str, list[list[Choice]]]
    """By node, what each open claim would get there."""


class DynamicResources(FilterOnly):
    name = NAME

    def __init__(self, devices: Devices, clock: Clock) -> None:
        self._devices = devices
        self._clock = clock

    def pre_filter(self, pod: PodInfo, cache: Cache) -> _State | None:
        if not pod.obj["spec"].get("resourceClaims"):
            return None
        allocated: list[Object] = []
        unallocated: list[Object] = []
        for name in claim_names(pod.obj).values():
            claim = self._devices.claims.get(f"{pod.namespace}/{name}")
            if claim is None:
                raise Refused(NAME, f'resourceclaim.resource.k8s.io "{name}" not found')
            if "deletionTimestamp" in claim["metadata"]:
                raise Refused(NAME, f'resourceclaim "{name}" is being deleted')
            if (claim.get("status") or {}).get("allocation") is not None:
                allocated.append(claim)
                continue
            why = missing_class(claim, self._devices.device_class)
            if why:
                raise Refused(NAME, why)
            unallocated.append(claim)
        if not allocated and not unallocated:
            return None
        return _State(pod, allocated, unallocated, self._devices.taken() if unallocated else set(), {})

    def filter(self, state: _State, node: NodeInfo) -> Reject | None:
        for claim in state.allocated:
            selector = claim["status"]["allocation"].get("nodeSelector")
            if selector is not None and not selects(selector, node):
                return NOT_HERE
        if not state.open:
            return None
        offered, taken = self._devices.of_node(node), set(state.taken)
        found: list[list[Choice]] = []
        for claim in state.open:
            choices = Search(claim, self._devices.device_class, offered, taken).run()
            if choices is None:
                return NO_DEVICES
            found.append(choices)
        state.found[node.name] = found
        return None

    def reserve(self, state: _State, node: NodeInfo) -> ReservedClaims:
        allocations = [
            (claim, self._allocation(claim, choices))
            for claim, choices in zip(state.open, state.found.get(node.name, ()), strict=True)
        ]
        return ReservedClaims(self._devices, state.pod, state.allocated, allocations)

    def _allocation(self, claim: Object, choices: list[Choice]) -> Object:
        results = [_result(choice) for choice in choices]
        given: Object = {"results": results}
        config = [
            *(c for choice in choices for c in self._class_config(choice)),
            *({"source": "FromClaim", **c} for c in (claim["spec"].get("devices") or {}).get("config") or ()),
        ]
        if config:
            given["config"] = config
        allocation: Object = {"devices": given, "allocationTimestamp": rfc3339(self._clock.now())}
        selector = _selector(choices)
        if selector is not None:
            allocation["nodeSelector"] = selector
        return allocation

    def _class_config(self, choice: Choice) -> list[Object]:
        own = (self._devices.device_class(choice.spec["deviceClassName"]) or {}).get("spec") or {}
        return [{"source": "FromClass", "requests": [choice.request], **c} for c in own.get("config") or ()]


class ReservedClaims:
    """The claims of one pod: the devices found for them, and the pod as their user."""

    def __init__(
        self, devices: Devices, pod: PodInfo, allocated: list[Object], fresh: list[tuple[Object, Object]]
    ) -> None:
        self._devices = devices
        self._user = {"resource": "pods", "name": pod.name, "uid": pod.uid}
        self._claims = [key_of(claim) for claim in allocated]
        self._fresh = {key_of(claim): allocation for claim, allocation in fresh}
        for claim, allocation in fresh:
            devices.claims.assume({**claim, "status": {"allocation": allocation}})

    async def pre_bind(self) -> str:
        try:
            for key, allocation in self._fresh.items():
                await self._reserve(key, allocation)
            for key in self._claims:
                await self._reserve(key, None)
        except (StatusError, Unreachable, LookupError) as error:
            return f"running PreBind plugin {NAME}: {error}"
        return ""

    def undo(self) -> None:
        for key in self._fresh:
            self._devices.claims.forget(key)

    async def _reserve(self, key: str, allocation: Object | None) -> None:
        claim = self._devices.claims.get(key)
        if claim is None:
            raise LookupError(f'resourceclaim "{key}" not found')
        finalizers = claim["metadata"].get("finalizers") or []
        if allocation is not None and FINALIZER not in finalizers:
            meta = {**claim["metadata"], "finalizers": [*finalizers, FINALIZER]}
            claim = await self._devices.save({**claim, "metadata": meta}, status=False)
        status = claim.get("status") or {}
        users = status.get("reservedFor") or []
        if self._user in users:
            return
        fresh = {**status, "reservedFor": [*users, self._user]}
        if allocation is not None:
            fresh["allocation"] = allocation
        await self._devices.save({**claim, "status": fresh}, status=True)


def _result(choice: Choice) -> Object:
    result: Object = {"request": choice.request, **_named(choice)}
    if choice.spec.get("adminAccess"):
        result["adminAccess"] = True
    if choice.spec.get("tolerations"):
        result["tolerations"] = choice.spec["tolerations"]
    return result


def _named(choice: Choice) -> Object:
    identity = choice.device.id
    return {"driver": identity.driver, "pool": identity.pool, "device": identity.name}


def _selector(choices: list[Choice]) -> Object | None:
    """Where all the devices can be reached; None for everywhere."""
    found = [choice.device.selector for choice in choices if choice.device.selector is not None]
    if not found:
        return None
    local = next((s for s in found if "matchFields" in s["nodeSelectorTerms"][0]), None)
    if local is not None:
        return local
    expressions: list[Object] = []
    for selector in found:
        for term in selector["nodeSelectorTerms"]:
            expressions += [e for e in term.get("matchExpressions") or () if e not in expressions]
    return {"nodeSelectorTerms": [{"matchExpressions": expressions}]}
