"""VolumeBinding: the volumes of a pod's claims must be reachable, and claims that wait for it get theirs.

A claim whose class says WaitForFirstConsumer is matched with a volume for each node that is looked at; the
volume of the chosen node is reserved at once and written before the pod is bound.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from ...apimachinery import volumes as rules
from ...apimachinery.errors import StatusError
from ...client.errors import Unreachable
from ...client.events import reference
from ...client.informer import key_of
from ..cache import Cache
from ..changes import (
    CSI_CAPACITY,
    CSI_DRIVER,
    CSI_NODE,
    NODE,
    STORAGE_CLASS,
    VOLUME,
    VOLUME_CLAIM,
    Action,
    Interest,
)
from ..contract import FilterOnly, Refused, Reject, Tell
from ..node import NodeInfo
from ..pod import PodInfo
from ..storage import Reach, Storage, mounts
from .volume_capacity import has_room

Object = dict[str, Any]

NAME = "VolumeBinding"
OUT_OF_REACH = "node(s) didn't match PersistentVolume's node affinity"
NONE_FREE = "node(s) didn't find available persistent volumes to bind"
NO_ROOM = "node(s) did not have enough free storage"
GONE = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
FAILED = f'running PreBind plugin "{NAME}": '
BIND_SECONDS = 600.0


class _Wish(NamedTuple):
    """A claim that waits for a node."""

    claim: Object
    storage_class: Object
    volumes: list[tuple[Object, Reach]]


class Plan(NamedTuple):
    """What binding the pod to one node takes."""

    matches: list[tuple[Object, Object]]
    """Claims and their volumes."""
    provision: list[Object]
    """Claims whose volume a provisioner is to make."""


class _State(NamedTuple):
    bound: list[Reach | None]
    wishes: list[_Wish]
    plans: dict[str, Plan]


class VolumeBinding(FilterOnly):
    name = NAME

    def __init__(self, storage: Storage, seconds: float = BIND_SECONDS) -> None:
        """`seconds` is how long claims may take to be bound."""
        self._storage = storage
        self._seconds = seconds

    def pre_filter(self, pod: PodInfo, cache: Cache) -> _State | None:
        if not pod.claims:
            return None
        bound: list[Reach | None] = []
        wishes: list[_Wish] = []
        for claim in claims_of(pod, self._storage):
            if claim["spec"].get("volumeName") and rules.BIND_COMPLETED in rules.notes(claim):
                volume = self._storage.volume_of(claim)
                bound.append(Reach(volume) if volume is not None else None)
                continue
            storage_class = self._storage.storage_class(rules.class_of(claim))
            if claim["spec"].get("volumeName") or not rules.is_lazy(storage_class):
                raise Refused(NAME, "pod has unbound immediate PersistentVolumeClaims")
            found = sorted(rules.candidates(self._storage.volumes.list(), claim), key=rules.capacity)
            wishes.append(_Wish(claim, storage_class or {}, [(volume, Reach(volume)) for volume in found]))
        wishes.sort(key=lambda wish: rules.requested(wish.claim))
        return _State(bound, wishes, {})

    def interests(self) -> tuple[Interest, ...]:
        changed = Action.Add | Action.Update
        return (
            Interest(STORAGE_CLASS, changed),
            Interest(VOLUME_CLAIM, changed, mounts),
            Interest(VOLUME, changed),
            Interest(NODE, Action.Add | Action.UpdateNodeLabel),
            Interest(CSI_NODE, changed),
            Interest(CSI_DRIVER, Action.Update),
            Interest(CSI_CAPACITY, changed),
        )

    def filter(self, state: _State, node: NodeInfo) -> Reject | None:
        reasons = []
        if any(reach is None for reach in state.bound):
            reasons.append(GONE)
        elif not all(reach.covers(node.name, node.labels) for reach in state.bound if reach is not None):
            reasons.append(OUT_OF_REACH)
        plan = _plan(state.wishes, node, self._storage)
        if isinstance(plan, str):
            reasons.append(plan)
        else:
            state.plans[node.name] = plan
        return Reject(NAME, tuple(reasons)) if reasons else None

    def reserve(self, state: _State, node: NodeInfo) -> BoundVolumes | None:
        plan = state.plans[node.name]
        if not plan.matches and not plan.provision:
            return None
        return BoundVolumes(self._storage, plan, node, self._seconds)


class BoundVolumes:
    """The volumes chosen for one pod."""

    def __init__(self, storage: Storage, plan: Plan, node: NodeInfo, seconds: float) -> None:
        self._storage = storage
        self._seconds = seconds
        self._node = node
        self._volumes = [_pointed(volume, claim) for claim, volume in plan.matches]
        self._provision = [_selected(claim, node.name) for claim in plan.provision]
        self._matches = [(key_of(claim), key_of(volume)) for claim, volume in plan.matches]
        for volume in self._volumes:
            storage.volumes.assume(volume)
        for claim in self._provision:
            storage.claims.assume(claim)

    async def pre_bind(self, tell: Tell) -> str:
        """Writes the choice, then waits until the controller has bound every claim."""
        try:
            for volume in self._volumes:
                await self._storage.save_volume(volume)
            for claim in self._provision:
                await self._storage.save_claim(claim)
        except (StatusError, Unreachable) as error:
            return f"{FAILED}{error}"
        try:
            await asyncio.wait_for(self._settled(), self._seconds)
        except TimeoutError:
            return f"{FAILED}binding volumes: context deadline exceeded"
        except LookupError as error:
            return f"{FAILED}binding volumes: {error}"
        return ""

    def undo(self) -> None:
        for volume in self._volumes:
            self._storage.volumes.forget(key_of(volume))
        for claim in self._provision:
            self._storage.claims.forget(key_of(claim))

    async def interrupted(self, why: str) -> str:
        """What is written stays: the volumes are the claims', whatever pod mounts them."""
        return f"{FAILED}{why}"

    async def _settled(self) -> None:
        """Raises LookupError when the volumes are not to be had on the node after all."""
        while not self._bound():
            await self._storage.change()

    def _bound(self) -> bool:
        """Whether every claim is bound. Raises LookupError."""
        name = self._node.name
        if not self._node.known:
            raise LookupError(f'failed to get node "{name}": node "{name}" not found')
        return all(self._is_matched(*match) for match in self._matches) and all(
            self._is_provided(key_of(claim)) for claim in self._provision
        )

    def _is_matched(self, key: str, name: str) -> bool:
        volume = self._storage.volumes.get(name)
        if volume is None:
            raise LookupError(f'failed to check binding: persistentvolumes "{name}" not found')
        claim = self._storage.claims.get(key)
        if claim is None:
            raise LookupError(f'failed to check binding: persistentvolumeclaims "{key}" not found')
        self._reach(volume)
        if not (volume["spec"].get("claimRef") or {}).get("uid"):
            raise LookupError(f'ClaimRef got reset for pv "{name}"')
        return _is_bound(claim)

    def _is_provided(self, key: str) -> bool:
        claim = self._storage.claims.get(key)
        if claim is None:
            raise LookupError(f'failed to check provisioning pvc: persistentvolumeclaims "{key}" not found')
        if rules.notes(claim).get(rules.SELECTED_NODE) != self._node.name:
            what = "provisioning failed" if rules.notes(claim) else "selectedNode annotation reset"
            raise LookupError(f'{what} for PVC "{claim["metadata"]["name"]}"')
        if claim["spec"].get("volumeName"):
            volume = self._storage.volume_of(claim)
            if volume is None:
                return False
            self._reach(volume)
        return _is_bound(claim)

    def _reach(self, volume: Object) -> None:
        name = volume["metadata"]["name"]
        if not Reach(volume).covers(self._node.name, self._node.labels):
            why = f'node affinity doesn\'t match node "{self._node.name}": no matching NodeSelectorTerms'
            raise LookupError(f'pv "{name}" {why}')


def _is_bound(claim: Object) -> bool:
    return bool(claim["spec"].get("volumeName")) and rules.BIND_COMPLETED in rules.notes(claim)


def claims_of(pod: PodInfo, storage: Storage) -> list[Object]:
    """The pod's claims. Raises Refused when one is missing or going."""
    ephemeral = {
        f"{pod.name}-{volume['name']}" for volume in pod.obj["spec"]["volumes"] if "ephemeral" in volume
    }
    return [_usable(pod, key, storage.claims.get, key.partition("/")[2] in ephemeral) for key in pod.claims]


def _usable(pod: PodInfo, key: str, get: Callable[[str], Object | None], ephemeral: bool) -> Object:
    name, claim = key.partition("/")[2], get(key)
    if claim is None and ephemeral:
        text = f'waiting for ephemeral volume controller to create the persistentvolumeclaim "{name}"'
        raise Refused(NAME, text)
    if claim is None:
        raise Refused(NAME, f'persistentvolumeclaim "{name}" not found')
    if (claim.get("status") or {}).get("phase") == "Lost":
        volume = claim["spec"].get("volumeName", "")
        text = f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{volume}"'
        raise Refused(NAME, text)
    if "deletionTimestamp" in claim["metadata"]:
        raise Refused(NAME, f'persistentvolumeclaim "{name}" is being deleted')
    owners = claim["metadata"].get("ownerReferences") or ()
    if ephemeral and not any(owner["uid"] == pod.uid and owner.get("controller") for owner in owners):
        raise Refused(NAME, f"PVC {key} was not created for pod {pod.key} (pod is not owner)")
    return claim


def _plan(wishes: list[_Wish], node: NodeInfo, storage: Storage) -> Plan | str:
    """A volume or a provisioner for every claim, the smallest claims first; else why the first that gets
    nothing does not."""
    matches: list[tuple[Object, Object]] = []
    promised: list[_Wish] = []
    left: list[_Wish] = []
    taken: set[str] = set()
    for wish in wishes:
        selected = rules.notes(wish.claim).get(rules.SELECTED_NODE)
        if selected is not None:
            if selected != node.name:
                return NONE_FREE
            promised.append(wish)
            continue
        for volume, reach in wish.volumes:
            name = volume["metadata"]["name"]
            if name not in taken and reach.covers(node.name, node.labels):
                taken.add(name)
                matches.append((wish.claim, volume))
                break
        else:
            left.append(wish)
    provision = [*promised, *left]
    for wish in provision:
        if not _can_provision(wish.storage_class, node):
            return NONE_FREE
        if not has_room(storage, wish.claim, node):
            return NO_ROOM
    return Plan(matches, [wish.claim for wish in provision])


def _can_provision(storage_class: Object, node: NodeInfo) -> bool:
    if storage_class.get("provisioner") in (None, "", rules.NO_PROVISIONER):
        return False
    topologies = storage_class.get("allowedTopologies")
    return not topologies or any(_covers(term, node) for term in topologies)


def _covers(term: Object, node: NodeInfo) -> bool:
    listed = term.get("matchLabelExpressions") or ()
    return bool(listed) and all(node.labels.get(item["key"]) in item["values"] for item in listed)


def _pointed(volume: Object, claim: Object) -> Object:
    """The volume, reserved for the claim."""
    notes = dict(rules.notes(volume))
    if not rules.is_reserved_for(volume, claim):
        notes[rules.BOUND_BY_CONTROLLER] = "yes"
    meta = {**volume["metadata"], "annotations": notes} if notes else volume["metadata"]
    return {**volume, "metadata": meta, "spec": {**volume["spec"], "claimRef": reference(claim)}}


def _selected(claim: Object, node: str) -> Object:
    """The claim, with the node for which its volume is to be made."""
    notes = {**rules.notes(claim), rules.SELECTED_NODE: node}
    return {**claim, "metadata": {**claim["metadata"], "annotations": notes}}
