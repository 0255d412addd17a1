"""DynamicResources: pods whose ResourceClaims are, or can be, given devices that the node reaches.

Source: kube-scheduler 1.36, with every feature of it that is on by default.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...apimachinery.clock import Clock
from ...apimachinery.resource_claims import claim_names
from ...client.informer import key_of
from ..cache import Cache
from ..changes import (
    DEVICE_CLASS,
    NODE,
    RESOURCE_CLAIM,
    RESOURCE_SLICE,
    WAITING_POD,
    Action,
    Change,
    Interest,
)
from ..contract import Broken, Freeing, Refused, Reject, Unfinished, normalised
from ..devices import Devices
from ..dra import extended
from ..dra.claims import NotUsable, claims_of
from ..dra.pools import selects
from ..dra.requests import ALTERNATIVES, AllocationError, missing_class
from ..dra.reservation import Given, NotReady, ReservedClaims, is_overdue, is_ready
from ..dra.result import NewId, allocation
from ..dra.search import BadPools, Choice, Search
from ..dra.search import Unfinished as StillSearching
from ..node import NodeInfo
from ..pod import PodInfo

Object = dict[str, Any]

NAME = "DynamicResources"
NOT_HERE = Reject(NAME, ("resourceclaim not available on the node",))
NO_DEVICES = Reject(NAME, ("cannot allocate all claims",))
TOO_LONG = "timed out trying to allocate devices"
LATER = Unfinished(NAME, (TOO_LONG,))
BAD_POOLS = Reject(NAME, ("invalid resource pools were encountered",))
STALE = Reject(NAME, ("cannot schedule extended resource claim",))
STILL_NOT = "still not schedulable"
FREED = "deallocation of ResourceClaim completed"
DELETED = "deletion of ResourceClaim completed"
MOST_USERS = 256
"""Pods that may share a claim."""
FILTER_SECONDS, BINDING_SECONDS = 10.0, 600.0
TURN_SECONDS = 0.01
"""Of searching at a stretch: meanwhile nothing else runs in this process, and the lease must be renewed
whatever claims people write."""
ABREAST = 16
"""Nodes that upstream searches at a time. So many times fewer than there are nodes may a search last as long
as one node allows: an attempt of ours takes no longer than one of upstream's."""


class _Found:
    """What the open claims of the pod get on one node; the claim for extended resources comes last."""

    def __init__(
        self, claims: list[Object], choices: list[list[Choice]], wants: extended.Wants | None
    ) -> None:
        self.claims = claims
        self.choices = choices
        self.mappings = wants.mappings if wants else None


class _Running:
    """The search on one node. `spent` are the seconds it has taken."""

    def __init__(self, node: str) -> None:
        self.node = node
        self.search: Search | None = None
        self.version = 0
        """Of the devices it looks at."""
        self.spent = 0.0


class _State:
    """Of one attempt for one pod. `version` is that of the devices when it began."""

    def __init__(self, pod: PodInfo, version: int, left: float) -> None:
        self.pod = pod
        self.version = version
        self.left = left
        """Seconds to search on all nodes together."""
        self.turn = 0.0
        """Seconds searched in this turn."""
        self.running: _Running | None = None
        self.allocated: list[Object] = []
        self.open: list[Object] = []
        self.resources: dict[str, str] = {}
        """Classes behind the pod's extended resources, by resource."""
        self.stale: Object | None = None
        """A claim for extended resources that an earlier attempt left behind."""
        self.found: dict[str, _Found] = {}
        self.rejected: dict[str, Reject] = {}
        self.unavailable: dict[str, Object] = {}
        """Allocated claims that some node cannot use, by key."""


class DynamicResources:
    """`patience` is how many real seconds to search on one node (0: for ever), `binding` how many of the
    cluster's seconds devices may take to get ready. A `turn` of searching is in real seconds too."""

    name = NAME
    weight = 1

    def __init__(
        self,
        devices: Devices,
        clock: Clock,
        patience: float = FILTER_SECONDS,
        binding: float = BINDING_SECONDS,
        new_id: NewId = lambda: str(uuid.uuid4()),
        turn: float = TURN_SECONDS,
    ) -> None:
        self._devices = devices
        self._clock = clock
        self._patience = patience
        self._binding = binding
        self._new_id = new_id
        self._turn = turn

    def pre_filter(self, pod: PodInfo, cache: Cache) -> _State | None:
        asked = pod.template.requests.other
        claimed = pod.obj["spec"].get("resourceClaims")
        if not asked and not claimed:
            return None
        abreast = math.ceil(len(cache.order) / ABREAST)
        state = _State(pod, self._devices.version, self._patience * abreast or math.inf)
        try:
            claims = claims_of(pod.obj, self._devices.claims.get) if claimed else []
        except NotUsable as why:
            raise Refused(NAME, str(why)) from None
        for claim in claims:
            self._sort(state, claim)
        if asked:
            classes = self._devices.for_resource()
            state.resources = {name: classes[name]["metadata"]["name"] for name in asked if name in classes}
        if state.resources:
            state.stale = self._left_behind(pod)
        if not (state.allocated or state.open or state.resources):
            return None
        return state

    def _sort(self, state: _State, claim: Object) -> None:
        status = claim.get("status") or {}
        if status.get("allocation") is not None:
            users = [user["uid"] for user in status.get("reservedFor") or ()]
            if len(users) >= MOST_USERS and state.pod.uid not in users:
                raise Refused(NAME, "resourceclaim in use")
            state.allocated.append(claim)
            return
        if self._devices.is_pending(key_of(claim)):
            raise Refused(NAME, f"resource claim {key_of(claim)} is in the process of being allocated")
        why = missing_class(claim, self._devices.device_class)
        if why:
            raise Refused(NAME, why)
        state.open.append(claim)

    def _left_behind(self, pod: PodInfo) -> Object | None:
        """A claim of another namespace names the pod in vain: anybody may write one."""
        for claim in self._devices.claims.list():
            if claim["metadata"]["namespace"] == pod.namespace and extended.is_for(claim, pod.uid):
                return claim
        return None

    def interests(self) -> tuple[Interest, ...]:
        changed = Action.Add | Action.Update
        return (
            Interest(RESOURCE_CLAIM, changed | Action.Delete, self._after_claim),
            Interest(WAITING_POD, Action.UpdatePodGeneratedResourceClaim),
            Interest(DEVICE_CLASS, changed),
            Interest(RESOURCE_SLICE, changed),
            Interest(NODE, Action.Add | Action.UpdateNodeLabel | Action.UpdateNodeAllocatable),
        )

    def _after_claim(self, pod: PodInfo, change: Change) -> bool:
        """Whether a claim of the pod's came or has another status, or one gave devices back."""
        claim = change.new or change.old
        if change.old is not None and _has_devices(change.old) and not _has_devices(change.new):
            return True
        meta = claim["metadata"]
        if meta["namespace"] != pod.namespace or meta["name"] not in claim_names(pod.obj).values():
            return False
        return change.old is None or change.old.get("status") != claim.get("status")

    def outdated(self, state: _State) -> bool:
        return state.version != self._devices.version

    def filter(self, state: _State, node: NodeInfo) -> Reject | None:
        if state.stale is not None:
            return STALE
        if node.name in state.found:
            return None
        if node.name in state.rejected:
            return state.rejected[node.name]
        lacking = {name: owner for name, owner in state.resources.items() if not node.other.get(name)}
        wants = extended.wants(state.pod.obj["spec"], lacking) if lacking else None
        missing = {key_of(claim): claim for claim in state.allocated if not self._serves(claim, node)}
        claims = [*state.open]
        if wants:
            claims.append(extended.claim_for(state.pod.obj, wants.requests))
        if claims:
            found = self._search(state, claims, node)
            if isinstance(found, Reject):
                return found
            if not missing:
                state.found[node.name] = _Found(claims, found, wants)
        state.unavailable.update(missing)
        return NOT_HERE if missing else None

    def _serves(self, claim: Object, node: NodeInfo) -> bool:
        """Whether an allocated claim can be used on the node, and its devices are or may get ready."""
        selector = claim["status"]["allocation"].get("nodeSelector")
        if selector is not None and not selects(selector, node):
            return False
        try:
            return is_ready(claim) or not is_overdue(claim, self._clock, self._binding)
        except NotReady:
            return False

    def _search(self, state: _State, claims: list[Object], node: NodeInfo) -> list[list[Choice]] | Reject:
        if state.turn >= self._turn:
            state.turn = 0.0
            return LATER
        running = state.running
        if running is None or running.node != node.name:
            running = state.running = _Running(node.name)
        try:
            found = self._go_on(state, running, claims, node)
        except StillSearching:
            if state.left > 0 and not 0 < self._patience <= running.spent:
                return LATER
            state.running = None
            raise Broken(NAME, f"node {node.name}: {TOO_LONG}") from None
        state.running = None
        if isinstance(found, Reject):
            state.rejected[node.name] = found
        return found

    def _go_on(
        self, state: _State, running: _Running, claims: list[Object], node: NodeInfo
    ) -> list[list[Choice]] | Reject:
        """One turn. Raises Broken, StillSearching. Devices that change meanwhile are searched anew."""
        # Real seconds: computing is no faster in a cluster whose time is.
        began, second = self._clock.monotonic(), 1 / self._clock.real(1.0)
        end = began + min(self._turn - state.turn, state.left) * second
        try:
            if running.search is None or running.version != self._devices.version:
                running.search, running.version = self._begin(claims, node), self._devices.version
            found = running.search.turn(lambda: self._clock.monotonic() > end)
        except AllocationError as error:
            raise Broken(NAME, str(error)) from None
        except BadPools:
            return BAD_POOLS
        finally:
            spent = (self._clock.monotonic() - began) / second
            running.spent += spent
            state.turn += spent
            state.left -= spent
        return NO_DEVICES if found is None else found

    def _begin(self, claims: list[Object], node: NodeInfo) -> Search:
        return Search(claims, self._devices.device_class, self._devices.of_node(node), self._devices.taken())

    def pre_score(
        self, pod: PodInfo, cache: Cache, nodes: Sequence[NodeInfo], filtered: _State | None
    ) -> dict[str, int] | None:
        """Nodes are better where earlier alternatives of requests can be had."""
        if filtered is None:
            return None
        found = filtered.found
        points = {node.name: _points(found[node.name]) for node in nodes if node.name in found}
        return points if any(points.values()) else None

    def score(self, state: dict[str, int], nodes: Sequence[NodeInfo]) -> list[int]:
        return normalised([state.get(node.name, 0) for node in nodes], False)

    def free(self, state: _State) -> Freeing:
        """A claim that nobody else uses and that some node cannot: it may be allocated anew."""
        mine = state.pod.uid
        for claim in state.unavailable.values():
            users = claim["status"].get("reservedFor") or []
            if not users or [user["uid"] for user in users] == [mine]:
                return Freeing(FREED, partial(self._devices.deallocate, claim))
        if state.stale is not None:
            return Freeing(DELETED, partial(self._devices.discard, state.stale))
        return Freeing(STILL_NOT, None)

    def reserve(self, state: _State, node: NodeInfo) -> ReservedClaims:
        found = state.found.get(node.name) or _Found([], [], None)
        fresh = [
            Given(
                claim,
                allocation(claim, choices, node.name, self._new_id),
                found.mappings if claim["metadata"]["name"] == extended.UNNAMED else None,
            )
            for claim, choices in zip(found.claims, found.choices, strict=True)
        ]
        return ReservedClaims(
            self._devices,
            self._clock,
            state.pod,
            node.name,
            fresh,
            [key_of(claim) for claim in state.allocated],
            patience=self._binding,
        )


def _points(found: _Found) -> int:
    total = 0
    for claim, choices in zip(found.claims, found.choices, strict=True):
        chosen = {choice.ask.name for choice in choices}
        for request in claim["spec"]["devices"].get("requests") or ():
            for place, way in enumerate(request.get("firstAvailable") or ()):
                if f"{request['name']}/{way['name']}" in chosen:
                    total += ALTERNATIVES - place
    return total


def _has_devices(claim: Object | None) -> bool:
    return bool(((claim or {}).get("status") or {}).get("allocation"))
