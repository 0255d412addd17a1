"""Carries what the informers hear into cache and queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..client.informer import key_of
from ..client.watch import DELETED
from .changes import (
    DEVICE_CLASS,
    NAMESPACE,
    NODE,
    POD,
    RESOURCE_CLAIM,
    RESOURCE_SLICE,
    WAITING_POD,
    Action,
    Change,
    bare,
    node_actions,
    of_object,
    pod_actions,
)
from .devices import Devices
from .dra.claims import NotUsable, claims_of
from .pod import DEFAULT_SCHEDULER, PodInfo, Templates
from .scheduler import Scheduler
from .storage import Storage

Object = dict[str, Any]
Handler = Callable[[str, Object, Object | None], None]

_NODE_SPEC = ("unschedulable", "taints")
_NODE_STATUS = ("allocatable", "declaredFeatures", "images")


class Feed:
    """Its methods are informer handlers."""

    def __init__(self, scheduler: Scheduler, storage: Storage, devices: Devices) -> None:
        self._scheduler = scheduler
        self._storage = storage
        self._devices = devices
        self._early: dict[str, Object] = {}
        """Pods that are not looked at before their ResourceClaims exist."""
        self._cache = scheduler.cache
        self._queue = scheduler.queue
        self._templates = Templates()

    def on_node(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == DELETED:
            self._cache.remove_node(new["metadata"]["name"])
            self._storage.changed()
            self._node_changed(Action.Delete, new, None)
        elif old is None:
            self._cache.set_node(new)
            self._node_changed(Action.Add, None, new)
        else:
            if not _alike(new, old):
                self._cache.set_node(new)
            if actions := node_actions(new, old):
                self._node_changed(actions, old, new)

    def _node_changed(self, actions: Action, old: Object | None, new: Object | None) -> None:
        if self._scheduler.listens:
            self._scheduler.happened(Change(NODE, actions, bare(old), bare(new)))

    def on_namespace(self, kind: str, new: Object, old: Object | None) -> None:
        name, now = new["metadata"]["name"], new["metadata"].get("labels") or {}
        if kind == DELETED:
            self._cache.namespaces.pop(name, None)
        elif self._cache.namespaces.get(name) != now:
            self._cache.namespaces[name] = now
            self._scheduler.happened(of_object(NAMESPACE, False, new, old))

    def on_storage(self, resource: str) -> Handler:
        """For claims, volumes and what describes them: any may be what a pod waits for."""

        def on_event(kind: str, new: Object, old: Object | None) -> None:
            self._storage.changed()
            self._scheduler.happened(of_object(resource, kind == DELETED, new, old))

        return on_event

    def on_claim(self, kind: str, new: Object, old: Object | None) -> None:
        self._devices.claim_changed(key_of(new), gone=kind == DELETED)
        self._devices_changed(of_object(RESOURCE_CLAIM, kind == DELETED, new, old))

    def on_slice(self, kind: str, new: Object, old: Object | None) -> None:
        self._devices.slices_changed()
        self._devices_changed(of_object(RESOURCE_SLICE, kind == DELETED, new, old))

    def on_class(self, kind: str, new: Object, old: Object | None) -> None:
        """A class may stand behind a resource that nodes themselves need not have then."""
        if self._devices.classes_changed():
            self._cache.void_verdicts()
        self._devices_changed(of_object(DEVICE_CLASS, kind == DELETED, new, old))

    def _devices_changed(self, change: Change) -> None:
        for obj in list(self._early.values()):
            self._waiting(obj)
        self._scheduler.happened(change)

    def on_pod(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == DELETED or (new.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
            self._gone(new)
        elif new["spec"].get("nodeName"):
            self._placed(new)
        else:
            self._waiting(new)

    def _gone(self, obj: Object) -> None:
        key = key_of(obj)
        self._early.pop(key, None)
        waiting = self._queue.remove(key)
        if waiting is not None:
            self._denominate(waiting)
        pod = self._cache.remove_pod(key)
        if pod is not None:
            self._scheduler.abandon(pod)
            self._scheduler.happened(Change(POD, Action.Delete, pod, None))

    def _placed(self, obj: Object) -> None:
        if self._cache.touch(obj):
            return
        pod = self._templates.info(obj)
        self._early.pop(pod.key, None)
        waiting = self._queue.remove(pod.key)
        if waiting is not None:
            self._denominate(waiting)
        known = self._cache.pod(pod.key)
        before = PodInfo(known.obj, known.template, known.affinity) if known is not None else None
        self._cache.confirm(pod)
        actions = pod_actions(pod, before) if before is not None else Action.Add
        self._scheduler.happened(Change(POD, actions, before, pod))

    def _waiting(self, obj: Object) -> None:
        if obj["spec"].get("schedulerName", DEFAULT_SCHEDULER) not in self._scheduler.desks:
            return
        key = key_of(obj)
        if self._cache.is_assumed(key):
            return
        if "deletionTimestamp" in obj["metadata"]:
            self._gone(obj)
            return
        if not self._has_claims(obj):
            self._early[key] = obj
            return
        self._early.pop(key, None)
        pod = self._templates.info(obj)
        gates = self._scheduler.desk(pod).framework.profile.gates
        entry = self._queue.get(key)
        before = entry.pod if entry is not None else None
        if before is not None:
            self._keep_nomination(before, pod)
        elif pod.nominated:
            self._cache.nominate(pod, pod.nominated)
        self._queue.put(pod, gates=gates)
        if before is not None and before.uid == pod.uid:
            actions = pod_actions(pod, before)
            if actions != Action.Update or before.generation != pod.generation:
                self._scheduler.changed_itself(Change(WAITING_POD, actions, before, pod))

    def _has_claims(self, obj: Object) -> bool:
        if not obj["spec"].get("resourceClaims"):
            return True
        try:
            claims_of(obj, self._devices.claims.get)
        except NotUsable:
            return False
        return True

    def _keep_nomination(self, before: PodInfo, pod: PodInfo) -> None:
        """Our own knowledge of the nomination is newer than what an update carries, unless the update is
        about just that: others may nominate a node too."""
        told = (before.obj.get("status") or {}).get("nominatedNodeName", "") != pod.nominated
        node = pod.nominated if told else before.nominated
        self._cache.clear_nomination(before)
        pod.nominated = ""
        self._cache.nominate(pod, node)

    def _denominate(self, pod: PodInfo) -> None:
        if pod.nominated:
            gone = Change(POD, Action.Delete, PodInfo(pod.obj, pod.template, pod.affinity), None)
            gone.old.nominated = pod.nominated
            self._cache.clear_nomination(pod)
            self._scheduler.happened(gone, up_to=pod.priority)


def _alike(new: Object, old: Object) -> bool:
    """Whether two states of a node (heartbeats differ) are the same to the scheduler."""
    spec, status = (
        (new.get("spec") or {}, old.get("spec") or {}),
        (new.get("status") or {}, old.get("status") or {}),
    )
    return (
        new["metadata"].get("labels") == old["metadata"].get("labels")
        and all(spec[0].get(name) == spec[1].get(name) for name in _NODE_SPEC)
        and all(status[0].get(name) == status[1].get(name) for name in _NODE_STATUS)
    )
