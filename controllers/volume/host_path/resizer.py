"""The host-path-resizer controller: lets bound claims grow and changes their attributes class.

A directory has no size of its own, so that growing is a matter of what the objects say; the steps,
conditions, events and texts are those of external-resizer.
"""

from __future__ import annotations

from typing import Any

from ....apimachinery import volumes as rules
from ....apimachinery.clock import rfc3339
from ....client.informer import key_of
from ....client.latest import Latest
from ....client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, VOLUMEATTRIBUTESCLASSES
from ...base import Controller
from ...context import Context
from .volume import InvalidArgumentError, check_attributes

Object = dict[str, Any]
RESIZER = "external-resizer wherry.dev/host-path"
RESIZING, MODIFYING, MODIFY_FAILED = "Resizing", "ModifyingVolume", "ModifyVolumeError"


class HostPathResizer(Controller):
    """Keys are claims. Each step is written before the next begins: it may be killed at any of them."""

    name = "host-path-resizer"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._waiting: set[str] = set()
        """Claims whose attributes class is not there or not to be had."""
        claims = self.informer(PERSISTENTVOLUMECLAIMS, self._claim_changed)
        volumes = self.informer(PERSISTENTVOLUMES, self._volume_changed)
        self._attributes = self.informer(VOLUMEATTRIBUTESCLASSES, self._class_changed)
        self._claims, self._volumes = Latest(claims), Latest(volumes)
        self._recorder = ctx.recorder(RESIZER)

    def _claim_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED":
            self._waiting.discard(key_of(new))
        elif rules.wants_growth(new) or _wants_change(new):
            self.enqueue(new)

    def _volume_changed(self, kind: str, new: Object, old: Object | None) -> None:
        """A claim may be known before its volume is."""
        ref = new["spec"].get("claimRef")
        claim = self._claims.get(f"{ref.get('namespace')}/{ref.get('name')}") if ref and old is None else None
        if claim is not None:
            self._claim_changed(kind, claim, None)

    def _class_changed(self, kind: str, new: Object, old: Object | None) -> None:
        for key in self._waiting:
            self.queue.add(key)

    async def reconcile(self, key: str) -> None:
        self._waiting.discard(key)
        claim = self._claims.get(key)
        volume = self._volumes.get(claim["spec"].get("volumeName") or "") if claim is not None else None
        if claim is None or volume is None or not _belong(claim, volume):
            return
        if rules.wants_growth(claim):
            claim, volume = await self._grow(claim, volume)
        if _wants_change(claim):
            await self._modify(claim, volume)

    async def _grow(self, claim: Object, volume: Object) -> tuple[Object, Object]:
        wanted = claim["spec"]["resources"]["requests"]["storage"]
        name = volume["metadata"]["name"]
        if not _has(claim, RESIZING):
            self._recorder.event(claim, "Normal", "Resizing", f"External resizer is resizing volume {name}")
            begun = {
                "allocatedResources": {"storage": wanted},
                "allocatedResourceStatuses": {"storage": "ControllerResizeInProgress"},
            }
            claim = await self._status(claim, begun, add=_condition(RESIZING))
        if rules.capacity(volume) < rules.requested(claim):
            spec = {**volume["spec"], "capacity": {**volume["spec"]["capacity"], "storage": wanted}}
            volume = await self._save({**volume, "spec": spec})
        done = {
            "capacity": {**claim["status"]["capacity"], "storage": wanted},
            "allocatedResources": {"storage": wanted},
            "allocatedResourceStatuses": None,
        }
        claim = await self._status(claim, done, drop=(RESIZING,))
        self._recorder.event(claim, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded")
        return claim, volume

    async def _modify(self, claim: Object, volume: Object) -> None:
        target, name = claim["spec"]["volumeAttributesClassName"], volume["metadata"]["name"]
        found = self._attributes.get(target)
        if found is None:
            self._waiting.add(key_of(claim))
            await self._fail(claim, target, "Pending", f"VAC {target} does not exist.")
            return
        try:
            check_attributes(found)
        except InvalidArgumentError as error:
            self._waiting.add(key_of(claim))
            await self._fail(claim, target, "Infeasible", str(error))
            return
        text = f"external resizer is modifying volume {name} with vac {target}"
        self._recorder.event(claim, "Normal", "VolumeModify", text)
        begun = _modify_status(target, "InProgress")
        claim = await self._status(claim, begun, drop=(MODIFY_FAILED,), add=_condition(MODIFYING))
        if volume["spec"].get("volumeAttributesClassName") != target:
            await self._save({**volume, "spec": {**volume["spec"], "volumeAttributesClassName": target}})
        done = {"currentVolumeAttributesClassName": target, "modifyVolumeStatus": None}
        claim = await self._status(claim, done, drop=(MODIFYING, MODIFY_FAILED))
        text = f"external resizer modified volume {name} with vac {target} successfully"
        self._recorder.event(claim, "Normal", "VolumeModifySuccessful", text)

    async def _fail(self, claim: Object, target: str, status: str, message: str) -> None:
        """A class that cannot be had is said once."""
        wanted = _modify_status(target, status)
        if (claim["status"].get("modifyVolumeStatus") or {}) == wanted["modifyVolumeStatus"]:
            return
        add = None if status == "Pending" else _condition(MODIFY_FAILED, message)
        self._recorder.event(claim, "Warning", "VolumeModifyFailed", message)
        await self._status(claim, wanted, drop=(MODIFYING, MODIFY_FAILED), add=add)

    async def _status(
        self, claim: Object, change: Object, *, drop: tuple[str, ...] = (), add: Object | None = None
    ) -> Object:
        """The claim with `change` in its status (None removes a field), fewer conditions and one more."""
        gone = {*drop, *((add["type"],) if add is not None else ())}
        conditions = [c for c in claim["status"].get("conditions") or () if c["type"] not in gone]
        if add is not None:
            now = rfc3339(self.clock.now())
            conditions.append({**add, "lastProbeTime": None, "lastTransitionTime": now})
        merged = {**claim["status"], **change, "conditions": conditions or None}
        changed = {**claim, "status": {key: value for key, value in merged.items() if value is not None}}
        saved = await self.client.update(PERSISTENTVOLUMECLAIMS, changed, subresource="status")
        return self._claims.wrote(saved)

    async def _save(self, volume: Object) -> Object:
        return self._volumes.wrote(await self.client.update(PERSISTENTVOLUMES, volume))


def _belong(claim: Object, volume: Object) -> bool:
    """Whether they are bound to each other and the volume is one of ours."""
    ref = volume["spec"].get("claimRef") or {}
    driver = (volume["spec"].get("csi") or {}).get("driver")
    return ref.get("uid") == claim["metadata"]["uid"] and driver == rules.HOST_PATH_DRIVER


def _wants_change(claim: Object) -> bool:
    status, target = claim.get("status") or {}, claim["spec"].get("volumeAttributesClassName")
    if not target or status.get("phase") != "Bound":
        return False
    return target != status.get("currentVolumeAttributesClassName") or "modifyVolumeStatus" in status


def _has(claim: Object, kind: str) -> bool:
    return any(c["type"] == kind for c in claim["status"].get("conditions") or ())


def _condition(kind: str, message: str = "") -> Object:
    return {"type": kind, "status": "True", **({"message": message} if message else {})}


def _modify_status(target: str, status: str) -> Object:
    return {"modifyVolumeStatus": {"targetVolumeAttributesClassName": target, "status": status}}
