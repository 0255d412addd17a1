"""The host-path-provisioner controller: makes a volume for every claim of a `wherry.dev/host-path` class, and
has the directory removed when nobody needs it.

Source of the rules, events and texts: external-provisioner and its library.
"""

from __future__ import annotations

from typing import Any

from ....apimachinery import volumes as rules
from ....apimachinery.errors import StatusError, is_reason
from ....client.errors import Unreachable
from ....client.informer import key_of
from ....client.resources import (
    NODES,
    PERSISTENTVOLUMECLAIMS,
    PERSISTENTVOLUMES,
    STORAGECLASSES,
    VOLUMEATTRIBUTESCLASSES,
)
from ...context import Context
from ..pairs import CLAIM, VOLUME, ClaimsAndVolumes
from . import volume as volumes
from .directory import remove
from .placement import NoPlaceError, choose

Object = dict[str, Any]


class HostPathProvisioner(ClaimsAndVolumes):
    name = "host-path-provisioner"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._stuck: set[str] = set()
        """Keys that a node, class or attributes class may help."""
        self._claims = self.informer(PERSISTENTVOLUMECLAIMS, self._claim_changed)
        self._volumes = self.informer(PERSISTENTVOLUMES, self._volume_changed)
        self._classes = self.informer(STORAGECLASSES, self._help_came)
        self._attributes = self.informer(VOLUMEATTRIBUTESCLASSES, self._help_came)
        self._nodes = self.informer(NODES, self._node_changed)
        self._recorder = ctx.recorder(rules.HOST_PATH_PROVISIONER)

    def _claim_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED":
            self._stuck.discard(CLAIM + key_of(new))
        elif rules.notes(new).get(rules.PROVISIONER) in rules.HOST_PATH_PROVISIONERS:
            self.queue.add(CLAIM + key_of(new))

    def _volume_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind != "DELETED" and _is_ours(new):
            self.queue.add(VOLUME + key_of(new))

    def _help_came(self, kind: str, new: Object, old: Object | None) -> None:
        for key in self._stuck:
            self.queue.add(key)

    def _node_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if old is None or kind == "DELETED" or _place(new) != _place(old):
            self._help_came(kind, new, old)

    async def reconcile(self, key: str) -> None:
        self._stuck.discard(key)
        await super().reconcile(key)

    async def _sync_claim(self, claim: Object) -> None:
        storage_class = self._classes.get(rules.class_of(claim))
        if storage_class is None:
            self._stuck.add(CLAIM + key_of(claim))
            return
        if not self._is_wanted(claim, storage_class):
            return
        text = f'External provisioner is provisioning volume for claim "{key_of(claim)}"'
        self._recorder.event(claim, "Normal", "Provisioning", text)
        try:
            volumes.check(claim, storage_class)
            self._check_attributes(claim)
            node = choose(claim, storage_class, self._nodes.list())
        except (volumes.InvalidArgumentError, NoPlaceError) as error:
            self._stuck.add(CLAIM + key_of(claim))
            await self._refuse(claim, storage_class, error)
            return
        try:
            made = await self.client.create(PERSISTENTVOLUMES, volumes.build(claim, storage_class, node))
        except StatusError as error:
            if not is_reason(error, "AlreadyExists"):
                raise
            return
        text = f"Successfully provisioned volume {made['metadata']['name']}"
        self._recorder.event(claim, "Normal", "ProvisioningSucceeded", text)

    def _is_wanted(self, claim: Object, storage_class: Object) -> bool:
        notes = rules.notes(claim)
        return (
            storage_class["provisioner"] in rules.HOST_PATH_PROVISIONERS
            and notes.get(rules.PROVISIONER) == storage_class["provisioner"]
            and not claim["spec"].get("volumeName")
            and "deletionTimestamp" not in claim["metadata"]
            and not rules.waits_for_consumer(claim, storage_class)
            and self._volumes.get(volumes.name_for(claim)) is None
        )

    def _check_attributes(self, claim: Object) -> None:
        name = claim["spec"].get("volumeAttributesClassName")
        if not name:
            return
        found = self._attributes.get(name)
        if found is None:
            text = f'volumeattributesclass.storage.k8s.io "{name}" not found'
            raise NoPlaceError(text)
        volumes.check_attributes(found)

    async def _refuse(self, claim: Object, storage_class: Object, error: Exception) -> None:
        """Says why; a choice of the scheduler that does not hold is taken back, so that it chooses anew."""
        name = storage_class["metadata"]["name"]
        text = f'failed to provision volume with StorageClass "{name}": {error}'
        self._recorder.event(claim, "Warning", "ProvisioningFailed", text)
        if isinstance(error, NoPlaceError) and error.reschedule:
            notes = {k: v for k, v in rules.notes(claim).items() if k != rules.SELECTED_NODE}
            changed = {**claim, "metadata": {**claim["metadata"], "annotations": notes}}
            await self.client.update(PERSISTENTVOLUMECLAIMS, changed)

    async def _sync_volume(self, volume: Object) -> None:
        delete = volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete"
        going = "deletionTimestamp" in volume["metadata"]
        phase = (volume.get("status") or {}).get("phase")
        if delete and (phase == "Released" or (going and phase != "Bound")):
            await self._delete(volume)
        elif delete != _is_kept(volume) and not (going and delete):
            await self._keep(volume, delete)

    async def _delete(self, volume: Object) -> None:
        try:
            await remove(self.client, volume, self._nodes.get)
        except Unreachable as error:
            self._stuck.add(VOLUME + key_of(volume))
            self._recorder.event(volume, "Warning", "VolumeFailedDelete", str(error))
            raise
        meta = volume["metadata"]
        if "deletionTimestamp" not in meta:
            await self.client.delete(PERSISTENTVOLUMES, meta["name"], uid=meta["uid"])
            volume = await self.client.get(PERSISTENTVOLUMES, meta["name"]) if _is_kept(volume) else volume
        if _is_kept(volume):
            await self._keep(volume, False)

    async def _keep(self, volume: Object, keep: bool) -> None:
        """The finalizer is there as long as there is a directory to remove with the volume."""
        meta = volume["metadata"]
        others = [name for name in meta.get("finalizers") or () if name != volumes.FINALIZER]
        finalizers = [*others, volumes.FINALIZER] if keep else others
        await self.client.update(
            PERSISTENTVOLUMES, {**volume, "metadata": {**meta, "finalizers": finalizers}}
        )


def _place(node: Object) -> tuple[Any, ...]:
    """What of a node decides whether it can have volumes."""
    conditions = (node.get("status") or {}).get("conditions") or ()
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
    return ready, node["spec"].get("unschedulable"), node["metadata"].get("labels")


def _is_ours(volume: Object) -> bool:
    return rules.notes(volume).get(rules.PROVISIONED_BY) == rules.HOST_PATH_PROVISIONER


def _is_kept(volume: Object) -> bool:
    return volumes.FINALIZER in (volume["metadata"].get("finalizers") or ())
