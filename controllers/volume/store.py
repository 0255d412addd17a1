"""What the binder writes to volumes and claims; each method writes only what differs."""

from __future__ import annotations

from typing import Any

from ...apimachinery import volumes as rules
from ...client.client import Client
from ...client.events import EventRecorder, reference
from ...client.latest import Latest
from ...client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES

Object = dict[str, Any]


class Store:
    """All writes carry the version they are based on, so that a change meanwhile is a conflict."""

    def __init__(self, client: Client, recorder: EventRecorder, claims: Latest, volumes: Latest) -> None:
        self._client = client
        self._recorder = recorder
        self.claims = claims
        self.volumes = volumes

    def tell(self, obj: Object, type: str, reason: str, message: str) -> None:  # noqa: A002
        self._recorder.event(obj, type, reason, message)

    async def bind(self, volume: Object, claim: Object) -> None:
        """Volume, its phase, claim, its status: wherever this stops, the next call completes it."""
        volume = await self._point_volume(volume, claim)
        volume = await self.phase(volume, "Bound")
        claim = await self._point_claim(claim, volume)
        await self.claim_status(claim, "Bound", volume)

    async def _point_volume(self, volume: Object, claim: Object) -> Object:
        ref = volume["spec"].get("claimRef") or {}
        notes = dict(rules.notes(volume))
        if not rules.is_reserved_for(volume, claim):
            notes.setdefault(rules.BOUND_BY_CONTROLLER, "yes")
        if ref.get("uid") == claim["metadata"]["uid"] and notes == rules.notes(volume):
            return volume
        spec = {**volume["spec"], "claimRef": reference(claim)}
        return await self._save_volume({**_annotated(volume, notes), "spec": spec})

    async def _point_claim(self, claim: Object, volume: Object) -> Object:
        name = volume["metadata"]["name"]
        notes = dict(rules.notes(claim))
        if claim["spec"].get("volumeName") != name:
            notes.setdefault(rules.BOUND_BY_CONTROLLER, "yes")
        notes.setdefault(rules.BIND_COMPLETED, "yes")
        if notes == rules.notes(claim):
            return claim
        return await self.save_claim(
            {**_annotated(claim, notes), "spec": {**claim["spec"], "volumeName": name}}
        )

    async def unbind(self, volume: Object) -> None:
        """Takes back what the controller did; a reservation that a person made stays, without its uid."""
        notes, spec = dict(rules.notes(volume)), dict(volume["spec"])
        if notes.pop(rules.BOUND_BY_CONTROLLER, None) is not None:
            del spec["claimRef"]
        else:
            spec["claimRef"] = {key: value for key, value in spec["claimRef"].items() if key != "uid"}
        volume = await self._save_volume({**_annotated(volume, notes), "spec": spec})
        await self.phase(volume, "Available")

    async def phase(self, volume: Object, phase: str, message: str = "") -> Object:
        status = volume.get("status") or {}
        if status.get("phase") == phase:
            return volume
        fresh = {key: value for key, value in status.items() if key not in ("message", "reason")}
        changed = {**volume, "status": {**fresh, "phase": phase, **({"message": message} if message else {})}}
        return self.volumes.wrote(await self._client.update(PERSISTENTVOLUMES, changed, subresource="status"))

    async def claim_status(self, claim: Object, phase: str, volume: Object | None = None) -> None:
        """A claim without volume has neither modes nor capacity; its attributes class is told when it
        is bound, and by the resizer from then on."""
        old = claim.get("status") or {}
        status = {key: value for key, value in old.items() if key not in ("accessModes", "capacity")}
        status["phase"] = phase
        if volume is not None:
            status["accessModes"] = volume["spec"].get("accessModes")
            # Once bound, the capacity grows by resizing only, which reports it itself.
            status["capacity"] = old.get("capacity") or volume["spec"].get("capacity")
            attributes = volume["spec"].get("volumeAttributesClassName")
            if attributes and old.get("phase") != "Bound":
                status.setdefault("currentVolumeAttributesClassName", attributes)
        if status != old:
            changed = {**claim, "status": status}
            self.claims.wrote(
                await self._client.update(PERSISTENTVOLUMECLAIMS, changed, subresource="status")
            )

    async def lose(self, claim: Object, reason: str, message: str) -> None:
        if (claim.get("status") or {}).get("phase") != "Lost":
            await self.claim_status(claim, "Lost")
            self.tell(claim, "Warning", reason, message)

    async def fail(self, volume: Object, reason: str, message: str) -> None:
        if (volume.get("status") or {}).get("phase") != "Failed":
            failed = await self.phase(volume, "Failed", message)
            self.tell(failed, "Warning", reason, message)

    async def save_claim(self, claim: Object) -> Object:
        return self.claims.wrote(await self._client.update(PERSISTENTVOLUMECLAIMS, claim))

    async def _save_volume(self, volume: Object) -> Object:
        return self.volumes.wrote(await self._client.update(PERSISTENTVOLUMES, volume))


def _annotated(obj: Object, notes: dict[str, str]) -> Object:
    meta = {key: value for key, value in obj["metadata"].items() if key != "annotations"}
    return {**obj, "metadata": {**meta, "annotations": notes} if notes else meta}
