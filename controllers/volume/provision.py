"""Claims that no existing volume suits: whom they wait for, and which class those without one are given."""

from __future__ import annotations

from typing import Any

from ...apimachinery import volumes as rules
from ...client.informer import Informer
from . import plugins
from .store import Store

Object = dict[str, Any]

DEFAULT_CLASS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)


class Provisioning:
    """Volumes are made by provisioners outside, which the annotations on a claim call."""

    def __init__(self, store: Store, classes: Informer) -> None:
        self._store = store
        self._classes = classes

    async def give_default_class(self, claim: Object) -> bool:
        """Sets the newest default class on a claim that names none. False when there is nothing to set."""
        if claim["spec"].get("storageClassName") is not None or rules.class_of(claim):
            return False
        defaults = [c for c in self._classes.list() if _is_default(c)]
        if not defaults:
            return False
        newest = max(c["metadata"]["creationTimestamp"] for c in defaults)
        name = min(c["metadata"]["name"] for c in defaults if c["metadata"]["creationTimestamp"] == newest)
        await self._store.save_claim({**claim, "spec": {**claim["spec"], "storageClassName": name}})
        return True

    async def start(self, claim: Object, name: str) -> None:
        """Asks the provisioner of the class `name` for a volume, or says why it cannot be asked."""
        storage_class = self._classes.get(name)
        if storage_class is None:
            text = f'storageclass.storage.k8s.io "{name}" not found'
            self._store.tell(claim, "Warning", "ProvisioningFailed", text)
            return
        provisioner: str = storage_class["provisioner"]
        if plugins.is_internal(provisioner):
            if provisioner == plugins.DELETES:
                await self._call(claim, provisioner)
            self._store.tell(claim, "Warning", "ProvisioningFailed", plugins.no_provisioner(provisioner))
            return
        provisioner = plugins.MIGRATED.get(provisioner, provisioner)
        await self._call(claim, provisioner)
        text = (
            f"Waiting for a volume to be created either by the external provisioner '{provisioner}' or "
            "manually by the system administrator. If volume creation is delayed, please verify that the "
            "provisioner is running and correctly registered."
        )
        self._store.tell(claim, "Normal", "ExternalProvisioning", text)

    async def _call(self, claim: Object, provisioner: str) -> None:
        notes = dict(rules.notes(claim))
        if notes.get(rules.PROVISIONER) == provisioner and notes.get(rules.PROVISIONER_BETA) == provisioner:
            return
        notes |= {rules.PROVISIONER: provisioner, rules.PROVISIONER_BETA: provisioner}
        await self._store.save_claim({**claim, "metadata": {**claim["metadata"], "annotations": notes}})


def _is_default(storage_class: Object) -> bool:
    notes = rules.notes(storage_class)
    return any(notes.get(name) == "true" for name in DEFAULT_CLASS)
