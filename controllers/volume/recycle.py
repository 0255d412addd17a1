"""Recycling: a pod empties a released volume, which then is free for the next claim.

Source of the rules: upstream's recycler, its pod template and time limits. Only host paths and NFS exports
can be recycled.
"""

from __future__ import annotations

import asyncio
from typing import Any

from ...apimachinery import quantity
from ...apimachinery.errors import StatusError, is_reason
from ...client.client import Client
from ...client.errors import Unreachable
from ...client.informer import Informer, key_of
from ...client.resources import EVENTS, PODS
from ...client.tasks import Tasks
from .store import Store

Object = dict[str, Any]

NAMESPACE = "default"
IMAGE = "registry.k8s.io/build-image/debian-base:bookworm-v1.0.6"
SCRUB = 'test -e /scrub && find /scrub -mindepth 1 -delete && test -z "$(ls -A /scrub)" || exit 1'
SOURCES = {"hostPath": 60, "nfs": 300}
"""What can be recycled, and how many seconds that may take at least."""
SECONDS_PER_GI = 30
NO_PLUGIN = "No recycler plugin found for the volume!"
FAILED = "VolumeFailedRecycle"


PREFIX = "recycler-for-"


def pod_name(volume: Object) -> str:
    return f"{PREFIX}{volume['metadata']['name']}"


def recycled_by(pod: Object) -> str:
    """The name of the volume that the pod empties; empty for other pods."""
    name = str(pod["metadata"]["name"])
    ours = pod["metadata"]["namespace"] == NAMESPACE and name.startswith(PREFIX)
    return name.removeprefix(PREFIX) if ours else ""


class Recycler:
    """Knows its pods by uid: one that somebody else made under the name says nothing about the volume."""

    def __init__(self, client: Client, tasks: Tasks, store: Store, pods: Informer, users: str) -> None:
        """`users` is the index of `pods` by claim."""
        self._client = client
        self._tasks = tasks
        self._store = store
        self._pods = pods
        self._users = users
        self._own: dict[str, str] = {}
        """uid of the pod by the volume's name."""
        self._relays: dict[str, asyncio.Task[Any]] = {}

    async def recycle(self, volume: Object) -> None:
        """One step; called again whenever the pod or a pod that uses the volume changes."""
        if not any(source in volume["spec"] for source in SOURCES):
            await self._store.fail(volume, FAILED, NO_PLUGIN)
            return
        pod = self._pods.get(f"{NAMESPACE}/{pod_name(volume)}")
        if pod is not None and "deletionTimestamp" in pod["metadata"]:
            return
        if pod is not None and pod["metadata"]["uid"] != self._own.get(volume["metadata"]["name"]):
            await self._remove(pod)
        elif pod is not None:
            await self._watch_end(volume, pod)
        elif self._in_use(volume):
            text = f"Volume is used by pods: {','.join(self._in_use(volume))}"
            self._store.tell(volume, "Normal", FAILED, text)
        elif volume["metadata"]["name"] not in self._own:
            await self._start(volume)

    def forget(self, pod: Object) -> None:
        """A pod is gone; if it was one of ours, its volume can be tried again."""
        for name, uid in list(self._own.items()):
            if uid == pod["metadata"]["uid"]:
                del self._own[name]
                self._relays.pop(name).cancel()

    def _in_use(self, volume: Object) -> list[str]:
        ref = volume["spec"].get("claimRef") or {}
        pods = self._pods.by_index(self._users, f"{ref.get('namespace')}/{ref.get('name')}")
        ended = ("Succeeded", "Failed")
        return sorted(key_of(p) for p in pods if (p.get("status") or {}).get("phase") not in ended)

    async def _start(self, volume: Object) -> None:
        name = volume["metadata"]["name"]
        try:
            pod = await self._client.create(PODS, _pod(volume))
        except StatusError as error:
            if not is_reason(error, "AlreadyExists"):
                text = f"Recycle failed: unexpected error creating recycler pod:  {error}"
                await self._store.fail(volume, FAILED, text)
            raise
        self._own[name] = pod["metadata"]["uid"]
        self._relays[name] = self._tasks.spawn(f"events of {pod_name(volume)}", self._relay(volume, pod))

    async def _watch_end(self, volume: Object, pod: Object) -> None:
        status = pod.get("status") or {}
        if status.get("phase") == "Succeeded":
            await self._remove(pod)
            self._store.tell(volume, "Normal", "VolumeRecycled", "Volume recycled")
            await self._store.unbind(volume)
        elif status.get("phase") == "Failed":
            await self._remove(pod)
            why = status.get("message") or "pod failed, pod.Status.Message unknown"
            await self._store.fail(volume, FAILED, f"Recycle failed: failed to recycle volume: {why}")

    async def _remove(self, pod: Object) -> None:
        meta = pod["metadata"]
        await self._client.delete(PODS, meta["name"], NAMESPACE, uid=meta["uid"])

    async def _relay(self, volume: Object, pod: Object) -> None:
        """Tells of the volume what is told of its pod, until cancelled or the watch breaks."""
        meta = pod["metadata"]
        try:
            async for event in self._client.watch(
                EVENTS,
                NAMESPACE,
                resource_version=meta["resourceVersion"],
                field_selector=f"involvedObject.name={meta['name']}",
                bookmarks=False,
            ):
                if event.type == "ADDED":
                    text = f"Recycler pod: {event.object.get('message', '')}"
                    self._store.tell(volume, event.object.get("type", "Normal"), "RecyclerPod", text)
        except (StatusError, Unreachable):
            # The events are a courtesy; the end of the pod is heard from the informer.
            return


def _pod(volume: Object) -> Object:
    source = next(name for name in SOURCES if name in volume["spec"])
    container = {
        "name": "pv-recycler",
        "image": IMAGE,
        "command": ["/bin/sh"],
        "args": ["-c", SCRUB],
        "volumeMounts": [{"name": "vol", "mountPath": "/scrub"}],
    }
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": pod_name(volume), "namespace": NAMESPACE},
        "spec": {
            "activeDeadlineSeconds": _seconds(volume, SOURCES[source]),
            "restartPolicy": "Never",
            "volumes": [{"name": "vol", source: volume["spec"][source]}],
            "containers": [container],
        },
    }


def _seconds(volume: Object, least: int) -> int:
    gi = quantity.whole((volume["spec"].get("capacity") or {}).get("storage", "0")) // 2**30
    return max(gi * SECONDS_PER_GI, least)
