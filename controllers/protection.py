"""Claims, volumes and attribute classes that are in use are not gone when they are deleted.

Each has a finalizer that stays until nobody uses the object. Source of the rules: upstream's three protection
controllers.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

from ..apimachinery.gvk import GroupVersionResource
from ..apimachinery.volumes import claims_of
from ..client.informer import Informer, split_key
from ..client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, PODS, VOLUMEATTRIBUTESCLASSES
from . import pods as podlib
from .base import Controller
from .context import Context, index

Object = dict[str, Any]
BY_CLASS = "volume attributes classes"


class Protection(Controller):
    """Puts the finalizer on what has none, and takes it from what is deleted and not in use."""

    resource: ClassVar[GroupVersionResource]
    finalizer: ClassVar[str]

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._objects = self.informer(self.resource, self.on_change)

    @abstractmethod
    async def in_use(self, obj: Object) -> bool:
        """Whether somebody still needs the object."""

    async def reconcile(self, key: str) -> None:
        obj = self._objects.get(key)
        if obj is None:
            return
        finalizers = obj["metadata"].get("finalizers") or []
        going = "deletionTimestamp" in obj["metadata"]
        if not going and self.finalizer not in finalizers:
            await self._change(obj, [*finalizers, self.finalizer])
        elif going and self.finalizer in finalizers and not await self.in_use(obj):
            await self._change(obj, [name for name in finalizers if name != self.finalizer])

    async def _change(self, obj: Object, finalizers: list[str]) -> None:
        await self.client.update(
            self.resource, {**obj, "metadata": {**obj["metadata"], "finalizers": finalizers}}
        )

    def look_again(self, key: str) -> None:
        """Enqueues an object whose user changed, when it waits for that."""
        obj = self._objects.get(key)
        if obj is not None and "deletionTimestamp" in obj["metadata"]:
            self.queue.add(key)


class ClaimProtection(Protection):
    """A claim is in use while a pod that names it exists and has a node, unless the kubelet has done with it:
    such a pod may be waiting for this very claim, which it owns, to go first (foreground deletion)."""

    name = "persistentvolumeclaim-protection-controller"
    resource = PERSISTENTVOLUMECLAIMS
    finalizer = "kubernetes.io/pvc-protection"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self.informer(PODS, self._pod_changed)

    def _pod_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED" or podlib.is_shut_down(new):
            for name in claims_of(new):
                self.look_again(f"{new['metadata']['namespace']}/{name}")

    async def in_use(self, obj: Object) -> bool:
        """Asks the API server: a cache may not know the newest pod, and there is no way back."""
        namespace, name = split_key(f"{obj['metadata']['namespace']}/{obj['metadata']['name']}")
        pods = (await self.client.list(PODS, namespace))["items"]
        return any(
            pod["spec"].get("nodeName") and name in claims_of(pod) and not podlib.is_shut_down(pod)
            for pod in pods
        )


class VolumeProtection(Protection):
    """A volume is in use while it is bound."""

    name = "persistentvolume-protection-controller"
    resource = PERSISTENTVOLUMES
    finalizer = "kubernetes.io/pv-protection"

    async def in_use(self, obj: Object) -> bool:
        return bool((obj.get("status") or {}).get("phase") == "Bound")


class AttributesClassProtection(Protection):
    """A class is in use while a claim or a volume has it, wants it, or is being changed to it."""

    name = "volumeattributesclass-protection-controller"
    resource = VOLUMEATTRIBUTESCLASSES
    finalizer = "kubernetes.io/vac-protection"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._users: list[Informer] = []
        for r in (PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES):
            users = self.informer(r, self._user_changed)
            index(users, BY_CLASS, _classes)
            self._users.append(users)

    def _user_changed(self, kind: str, new: Object, old: Object | None) -> None:
        before = set(_classes(new if kind == "DELETED" else old or {}))
        after = set() if kind == "DELETED" else set(_classes(new))
        for name in before - after:
            self.look_again(name)

    async def in_use(self, obj: Object) -> bool:
        return any(users.by_index(BY_CLASS, obj["metadata"]["name"]) for users in self._users)


def _classes(user: Object) -> Iterable[str]:
    status = user.get("status") or {}
    names = (
        (user.get("spec") or {}).get("volumeAttributesClassName"),
        status.get("currentVolumeAttributesClassName"),
        (status.get("modifyVolumeStatus") or {}).get("targetVolumeAttributesClassName"),
    )
    return {name for name in names if name}
