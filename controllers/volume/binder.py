"""The persistentvolume-binder controller: gives claims their volumes, and volumes back when claims go.

Source of the rules: upstream's pkg/controller/volume/persistentvolume.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...apimachinery import volumes as rules
from ...apimachinery.errors import StatusError
from ...client.informer import key_of, split_key
from ...client.latest import Latest
from ...client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, PODS, STORAGECLASSES
from ..context import Context, index
from .pairs import CLAIM, VOLUME, ClaimsAndVolumes
from .provision import Provisioning
from .reclaim import Reclaimer
from .recycle import Recycler, recycled_by
from .store import Store

Object = dict[str, Any]

SOURCE = "persistentvolume-controller"
BY_CLAIM = "volumes by claim"
BY_VOLUME = "claims by volume"
UNBOUND = "unbound claims by class"
PODS_BY_CLAIM = "pods by claim"
RECYCLE_SECONDS = 15.0
"""Between two tries to recycle a volume."""
NO_VOLUME = "no persistent volumes available for this claim and no storage class is set"
LOST_REFERENCE = "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!"
LOST_VOLUME = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
MISBOUND = "Two claims are bound to the same volume, this one is bound incorrectly"


class VolumeBinder(ClaimsAndVolumes):
    """One worker: two could give two claims one volume."""

    name = "persistentvolume-binder-controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self.workers = 1
        self._claim_cache = self.informer(PERSISTENTVOLUMECLAIMS, self._claim_changed)
        index(self._claim_cache, BY_VOLUME, _volume_name)
        index(self._claim_cache, UNBOUND, _class_of_unbound)
        self._volume_cache = self.informer(PERSISTENTVOLUMES, self._volume_changed)
        index(self._volume_cache, BY_CLAIM, _claim_key)
        self._classes = self.informer(STORAGECLASSES, self._class_changed)
        self._pods = self.informer(PODS, self._pod_changed)
        index(self._pods, PODS_BY_CLAIM, _claims_of)
        self._claims, self._volumes = Latest(self._claim_cache), Latest(self._volume_cache)
        self._store = Store(self.client, ctx.recorder(SOURCE), self._claims, self._volumes)
        self._recycler = Recycler(self.client, ctx.tasks, self._store, self._pods, PODS_BY_CLAIM)
        self._reclaimer = Reclaimer(self.client, self._store, self._recycler)
        self._provisioning = Provisioning(self._store, self._classes)

    def _claim_changed(self, kind: str, new: Object, old: Object | None) -> None:
        self.queue.add(CLAIM + key_of(new))
        for name in _volume_name(new):
            self.queue.add(VOLUME + name)
        for volume in self._volume_cache.by_index(BY_CLAIM, key_of(new)):
            self.queue.add(VOLUME + key_of(volume))

    def _volume_changed(self, kind: str, new: Object, old: Object | None) -> None:
        self.queue.add(VOLUME + key_of(new))
        for key in _claim_key(new):
            self.queue.add(CLAIM + key)
        for claim in self._claim_cache.by_index(BY_VOLUME, key_of(new)):
            self.queue.add(CLAIM + key_of(claim))
        if not new["spec"].get("claimRef"):
            self._enqueue_unbound(rules.class_of(new))

    def _class_changed(self, kind: str, new: Object, old: Object | None) -> None:
        for name in {new["metadata"]["name"], ""}:
            self._enqueue_unbound(name)

    def _pod_changed(self, kind: str, new: Object, old: Object | None) -> None:
        """Recycling goes on when its pod ends, or the last pod that used the volume."""
        name = recycled_by(new)
        if name:
            if kind == "DELETED":
                self._recycler.forget(new)
                self.queue.add_after(VOLUME + name, RECYCLE_SECONDS)
            else:
                self.queue.add(VOLUME + name)
        elif kind == "DELETED" or _is_finished(new):
            for claim in _claims_of(new):
                for volume in self._volume_cache.by_index(BY_CLAIM, claim):
                    if volume["spec"].get("persistentVolumeReclaimPolicy") == "Recycle":
                        self.queue.add(VOLUME + key_of(volume))

    def _enqueue_unbound(self, name: str) -> None:
        for claim in self._claim_cache.by_index(UNBOUND, name):
            self.queue.add(CLAIM + key_of(claim))

    async def _sync_claim(self, claim: Object) -> None:
        if rules.BIND_COMPLETED in rules.notes(claim):
            await self._sync_bound(claim)
        elif claim["spec"].get("volumeName"):
            await self._sync_asking(claim, claim["spec"]["volumeName"])
        else:
            await self._sync_open(claim)

    async def _sync_open(self, claim: Object) -> None:
        """A claim that takes any volume that suits it."""
        name = rules.class_of(claim)
        waits = rules.waits_for_consumer(claim, self._classes.get(name))
        volume = rules.best_match(self._volumes.list(), claim, only_reserved=waits)
        if volume is not None:
            await self._store.bind(volume, claim)
            return
        if await self._provisioning.give_default_class(claim):
            return
        if waits:
            self._tell_waiting(claim)
        elif name:
            await self._provisioning.start(claim, name)
            return
        else:
            self._store.tell(claim, "Normal", "FailedBinding", NO_VOLUME)
        await self._store.claim_status(claim, "Pending")

    def _tell_waiting(self, claim: Object) -> None:
        pods = self._pods.by_index(PODS_BY_CLAIM, key_of(claim))
        alive = sorted(pod["metadata"]["name"] for pod in pods if not _is_finished(pod))
        if alive:
            reason, text = "WaitForPodScheduled", f"waiting for pod {alive[0]} to be scheduled"
        else:
            reason, text = (
                "WaitForFirstConsumer",
                "waiting for first consumer to be created before binding",
            )
        self._store.tell(claim, "Normal", reason, text)

    async def _sync_asking(self, claim: Object, name: str) -> None:
        """A claim that asks for one volume by name."""
        volume = self._volumes.get(name)
        if volume is None:
            await self._store.claim_status(claim, "Pending")
            return
        if rules.is_reserved_for(volume, claim):
            await self._store.bind(volume, claim)
            return
        if not volume["spec"].get("claimRef"):
            why = rules.mismatch(volume, claim)
            if not why:
                await self._store.bind(volume, claim)
                return
            text = f'Cannot bind to requested volume "{name}": {why}'
            self._store.tell(claim, "Warning", "VolumeMismatch", text)
        else:
            text = f'volume "{name}" already bound to a different claim.'
            self._store.tell(claim, "Warning", "FailedBinding", text)
        await self._store.claim_status(claim, "Pending")

    async def _sync_bound(self, claim: Object) -> None:
        name = claim["spec"].get("volumeName")
        if not name:
            await self._store.lose(claim, "ClaimLost", LOST_REFERENCE)
            return
        volume = self._volumes.get(name)
        if volume is None:
            await self._store.lose(claim, "ClaimLost", LOST_VOLUME)
            return
        ref = volume["spec"].get("claimRef")
        if not ref or ref.get("uid") == claim["metadata"]["uid"]:
            await self._store.bind(volume, claim)
        else:
            await self._store.lose(claim, "ClaimMisbound", MISBOUND)

    async def _sync_volume(self, volume: Object) -> None:
        ref = volume["spec"].get("claimRef")
        if not ref or not ref.get("uid"):
            await self._store.phase(volume, "Available")
            return
        claim = await self._claimant(volume, ref)
        if claim is None:
            await self._release(volume)
        elif claim["spec"].get("volumeName") == volume["metadata"]["name"]:
            await self._store.phase(volume, "Bound")
        elif not claim["spec"].get("volumeName"):
            self._hand_over(volume, claim)
        elif _is_disposable(volume):
            await self._release(volume)
        else:
            await self._store.unbind(volume)

    def _hand_over(self, volume: Object, claim: Object) -> None:
        """A volume that is reserved for a claim which has none yet."""
        if rules.same_mode(volume, claim):
            self.queue.add(CLAIM + key_of(claim))
            return
        mine, theirs = volume["metadata"]["name"], claim["metadata"]["name"]
        text = f'requested PersistentVolumeClaim "{theirs}" due to incompatible volumeMode.'
        self._store.tell(volume, "Warning", "VolumeMismatch", f"Cannot bind PersistentVolume to {text}")
        text = f'"{mine}" to requested PersistentVolumeClaim due to incompatible volumeMode.'
        self._store.tell(claim, "Warning", "VolumeMismatch", f"Cannot bind PersistentVolume {text}")

    async def _claimant(self, volume: Object, ref: Object) -> Object | None:
        """The claim with the uid the volume names. Asks the API server before data could be lost."""
        key = f"{ref['namespace']}/{ref['name']}"
        claim = self._claims.get(key)
        if claim is None and (volume.get("status") or {}).get("phase") not in ("Released", "Failed"):
            try:
                claim = await self.client.get(PERSISTENTVOLUMECLAIMS, *reversed(split_key(key)))
            except StatusError as error:
                if error.code != 404:
                    raise
        return claim if claim is not None and claim["metadata"]["uid"] == ref["uid"] else None

    async def _release(self, volume: Object) -> None:
        if (volume.get("status") or {}).get("phase") not in ("Released", "Failed"):
            volume = await self._store.phase(volume, "Released")
        await self._reclaimer.reclaim(volume)


def _is_disposable(volume: Object) -> bool:
    """Provisioned for a claim that meanwhile has another volume."""
    return (
        rules.PROVISIONED_BY in rules.notes(volume)
        and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete"
    )


def _is_finished(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def _claims_of(pod: Object) -> Iterable[str]:
    return [f"{pod['metadata']['namespace']}/{name}" for name in rules.claims_of(pod)]


def _volume_name(claim: Object) -> Iterable[str]:
    name = claim["spec"].get("volumeName")
    return (name,) if name else ()


def _claim_key(volume: Object) -> Iterable[str]:
    ref = volume["spec"].get("claimRef")
    return (f"{ref.get('namespace')}/{ref.get('name')}",) if ref else ()


def _class_of_unbound(claim: Object) -> Iterable[str]:
    return () if claim["spec"].get("volumeName") else (rules.class_of(claim),)
