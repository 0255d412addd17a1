"""The ephemeral-volume controller: makes the claims of pods' ephemeral volumes."""

from __future__ import annotations

from typing import Any

from ...client.informer import key_of
from ...client.resources import PERSISTENTVOLUMECLAIMS, PODS
from ..base import Controller
from ..context import Context

Object = dict[str, Any]


class EphemeralVolumeController(Controller):
    """A claim belongs to its pod and goes with it; one of the same name that does not is left alone."""

    name = "ephemeral-volume-controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._pods = self.informer(PODS, self._pod_changed)
        self._claims = self.informer(PERSISTENTVOLUMECLAIMS, self._claim_changed)
        self._recorder = ctx.recorder("ephemeral_volume")

    def _pod_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind != "DELETED" and _ephemeral(new):
            self.enqueue(new)

    def _claim_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED":
            for owner in new["metadata"].get("ownerReferences") or ():
                if owner["kind"] == "Pod" and owner.get("controller"):
                    self.queue.add(f"{new['metadata']['namespace']}/{owner['name']}")

    async def reconcile(self, key: str) -> None:
        pod = self._pods.get(key)
        if pod is None or "deletionTimestamp" in pod["metadata"]:
            return
        for volume in _ephemeral(pod):
            await self._provide(pod, volume)

    async def _provide(self, pod: Object, volume: Object) -> None:
        claim = _claim(pod, volume)
        known = self._claims.get(key_of(claim))
        if known is None:
            await self.client.create(PERSISTENTVOLUMECLAIMS, claim)
        elif not _belongs(known, pod):
            text = f"PVC {key_of(claim)} was not created for pod {key_of(pod)} (pod is not owner)"
            self._recorder.event(
                pod, "Warning", "FailedBinding", f"ephemeral volume {volume['name']}: {text}"
            )


def _ephemeral(pod: Object) -> list[Object]:
    return [volume for volume in pod["spec"].get("volumes") or () if "ephemeral" in volume]


def _belongs(claim: Object, pod: Object) -> bool:
    owners = claim["metadata"].get("ownerReferences") or ()
    return any(owner["uid"] == pod["metadata"]["uid"] and owner.get("controller") for owner in owners)


def _claim(pod: Object, volume: Object) -> Object:
    template, meta = volume["ephemeral"]["volumeClaimTemplate"], pod["metadata"]
    own = template.get("metadata") or {}
    owner = {
        "apiVersion": "v1",
        "kind": "Pod",
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    return {
        "kind": "PersistentVolumeClaim",
        "apiVersion": "v1",
        "metadata": {
            **{name: own[name] for name in ("labels", "annotations") if own.get(name)},
            "name": f"{meta['name']}-{volume['name']}",
            "namespace": meta["namespace"],
            "ownerReferences": [owner],
        },
        "spec": template["spec"],
    }
