"""The claims of one pod between the decision and the binding: promised at once, written before it is bound.

Source: kube-scheduler 1.36, Reserve, PreBind and Unreserve of DynamicResources.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ...apimachinery.clock import Clock, parse_rfc3339, rfc3339
from ...apimachinery.errors import StatusError, is_reason
from ...apimachinery.resource_claims import FINALIZER
from ...client.errors import Unreachable
from ...client.informer import key_of
from ..contract import Tell
from ..pod import PodInfo

if TYPE_CHECKING:
    from ..devices import Devices

Object = dict[str, Any]

WAITING = "waiting for binding conditions for device on node"
LOOK_AGAIN = 5.0
"""Seconds between two looks at the conditions that a device must meet."""
ATTEMPTS = 5
"""How often a claim is written that others write as well."""
FAILED = 'running PreBind plugin "DynamicResources": '
_log = logging.getLogger(__name__)


class Given(NamedTuple):
    """A claim and what it gets. `mappings` is set for the one of a pod's extended resources."""

    claim: Object
    allocation: Object
    mappings: list[Object] | None = None


class NotReady(Exception):  # noqa: N818 - an answer about a claim, no error of ours
    """A device cannot be made ready for the pod; the text says why."""


class ReservedClaims:
    """`fresh` are the claims that get devices now, `allocated` the keys of those that have them."""

    def __init__(
        self,
        devices: Devices,
        clock: Clock,
        pod: PodInfo,
        node: str,
        fresh: Sequence[Given],
        allocated: Sequence[str],
        *,
        patience: float,
    ) -> None:
        self._devices = devices
        self._clock = clock
        self._pod = pod
        self._node = node
        self._user = {"resource": "pods", "name": pod.name, "uid": pod.uid}
        self._fresh = {_promise_key(pod, given): given for given in fresh}
        self._allocated = allocated
        self._patience = patience
        self._written: list[Object] = []
        self._made: Object | None = None
        """The claim that was created for extended resources."""
        for key, given in self._fresh.items():
            devices.promise(key, {**given.claim, "status": {"allocation": given.allocation}})

    async def pre_bind(self, tell: Tell) -> str:
        try:
            for key, given in self._fresh.items():
                await self._give(key, given)
            for key in self._allocated:
                self._written.append(await self._write(self._known(key), None))
            if any(_late(claim) for claim in self._written):
                tell("BindingConditionsPending", f"{WAITING} {self._node}")
                await self._ready()
        except (StatusError, Unreachable, LookupError, NotReady) as error:
            await self._take_back()
            return f"{FAILED}{error}"
        return ""

    def undo(self) -> None:
        for key in self._fresh:
            self._devices.settle(key)

    async def interrupted(self, why: str) -> str:
        await self._take_back()
        return f"{FAILED}{why}"

    def _known(self, key: str) -> Object:
        claim = self._devices.claims.get(key)
        if claim is None:
            raise LookupError(f'resourceclaim.resource.k8s.io "{key.partition("/")[2]}" not found')
        return claim

    async def _give(self, key: str, given: Given) -> None:
        if given.mappings is None:
            self._written.append(await self._write(self._known(key), given.allocation))
            self._devices.settle(key)
            return
        meta = {name: value for name, value in given.claim["metadata"].items() if name != "name"}
        self._made = await self._devices.create({**given.claim, "metadata": meta})
        self._made = await self._write(self._made, given.allocation)
        self._devices.hand_over(key, key_of(self._made))
        self._written.append(self._made)
        await self._devices.tell_pod(self._pod, self._made, given.mappings)

    async def _write(self, claim: Object, allocation: Object | None) -> Object:
        """Writes allocation and user, over what others write to the claim at the same time."""
        for attempt in range(ATTEMPTS):
            if attempt:
                claim = await self._devices.latest(claim)
            try:
                return await self._write_once(claim, allocation)
            except StatusError as error:
                if not is_reason(error, "Conflict") or attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    async def _write_once(self, claim: Object, allocation: Object | None) -> Object:
        if "deletionTimestamp" in claim["metadata"]:
            raise LookupError(f"claim {key_of(claim)} got deleted in the meantime")
        status = claim.get("status") or {}
        users = status.get("reservedFor") or []
        if allocation is None and self._user in users:
            return claim
        if allocation is not None:
            if status.get("allocation"):
                raise LookupError(f"claim {key_of(claim)} got allocated elsewhere in the meantime")
            claim = await self._protected(claim)
        elif not status.get("allocation"):
            raise LookupError(f"claim {key_of(claim)} is not allocated any more")
        given = allocation or status["allocation"]
        given = {**given, "allocationTimestamp": given.get("allocationTimestamp") or self._now()}
        fresh = {**status, "allocation": given, "reservedFor": [*users, self._user]}
        try:
            return await self._devices.save({**claim, "status": fresh}, status=True)
        except StatusError as error:
            if is_reason(error, "Conflict"):
                raise
            what = "allocation and reservation" if allocation is not None else "reservation"
            raise LookupError(f"add {what} to claim {key_of(claim)}: {error}") from None

    async def _protected(self, claim: Object) -> Object:
        finalizers = claim["metadata"].get("finalizers") or []
        if FINALIZER in finalizers:
            return claim
        meta = {**claim["metadata"], "finalizers": [*finalizers, FINALIZER]}
        return await self._devices.save({**claim, "metadata": meta}, status=False)

    def _now(self) -> str:
        return rfc3339(self._clock.now())

    async def _ready(self) -> None:
        """Waits until every condition of every device is met. Raises NotReady."""
        end = self._clock.monotonic() + self._patience
        while True:
            claims = [self._devices.claims.get(key_of(claim)) or claim for claim in self._written]
            if all(is_ready(claim) for claim in claims):
                return
            for claim in claims:
                if not is_ready(claim) and is_overdue(claim, self._clock, self._patience):
                    raise NotReady(f"claim {claim['metadata']['name']} binding timeout")
            if self._clock.monotonic() >= end:
                raise NotReady("device binding timeout")
            await self._clock.sleep(LOOK_AGAIN)

    async def _take_back(self) -> None:
        """The pod uses none of its claims after all; what they were given stays until it is in the way."""
        for claim in self._written:
            if claim is not self._made:
                await self._quietly(claim, self._devices.release(claim, self._pod.uid))
        if self._made is not None:
            await self._quietly(self._made, self._devices.delete(self._made))

    async def _quietly(self, claim: Object, work: Any) -> None:
        try:
            await work
        except (StatusError, Unreachable) as error:
            _log.info("unreserving claim %s: %s", key_of(claim), error)


def is_ready(claim: Object) -> bool:
    """Whether the devices are ready for a pod. Raises NotReady when one has failed."""
    status = claim.get("status") or {}
    if not status.get("allocation"):
        return False
    for result in (status["allocation"].get("devices") or {}).get("results") or ():
        if not result.get("bindingConditions"):
            continue
        conditions = _conditions(status, result)
        for kind in result.get("bindingFailureConditions") or ():
            failed = conditions.get(kind)
            if failed is not None and failed["status"] == "True":
                text = f'reason={failed.get("reason", "")}, message="{failed.get("message", "")}"'
                raise NotReady(f"claim {claim['metadata']['name']} binding failed: {text}")
        if any((conditions.get(kind) or {}).get("status") != "True" for kind in result["bindingConditions"]):
            return False
    return True


def is_overdue(claim: Object, clock: Clock, patience: float) -> bool:
    """Whether the devices of a claim should have been ready by now."""
    allocation = (claim.get("status") or {}).get("allocation") or {}
    since = allocation.get("allocationTimestamp")
    return bool(since and _late(claim) and (clock.now() - parse_rfc3339(since)).total_seconds() > patience)


def _late(claim: Object) -> bool:
    allocation = (claim.get("status") or {}).get("allocation") or {}
    results = (allocation.get("devices") or {}).get("results") or ()
    return any(result.get("bindingConditions") for result in results)


def _conditions(status: Object, result: Object) -> dict[str, Object]:
    """What the driver says of one device, by type."""
    for device in status.get("devices") or ():
        if all(device.get(name) == result[name] for name in ("driver", "pool", "device")):
            return {condition["type"]: condition for condition in device.get("conditions") or ()}
    return {}


def _promise_key(pod: PodInfo, given: Given) -> str:
    """The claim's, or for one that has no name yet one of the pod."""
    return key_of(given.claim) if given.mappings is None else f"{pod.key}/{given.claim['metadata']['name']}"
