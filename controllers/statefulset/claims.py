"""The volume claims of a set's pods: made before the pod, and kept or deleted as the set's policy says."""

from __future__ import annotations

from typing import Any

from ...apimachinery.errors import StatusError
from ...apimachinery.gvk import GroupVersionKind
from ...client.client import Client
from ...client.events import EventRecorder
from ...client.informer import Informer
from ...client.resources import PERSISTENTVOLUMECLAIMS
from .. import pods as podlib
from ..base import Told
from ..ownership import controller_reference
from . import facts

Object = dict[str, Any]
POD = GroupVersionKind("", "v1", "Pod")


class ClaimError(Told):
    """Some claims of a pod cannot be used or made; the text names them."""


class Claims:
    def __init__(self, client: Client, informer: Informer, recorder: EventRecorder) -> None:
        self._client = client
        self._claims = informer
        self._recorder = recorder

    def _existing(self, owner: Object, pod: Object) -> list[Object]:
        namespace = owner["metadata"]["namespace"]
        found = (self._claims.get(f"{namespace}/{name}") for name in facts.claim_names(owner, pod).values())
        return [claim for claim in found if claim is not None]

    def are_stale(self, owner: Object, pod: Object) -> bool:
        """Whether a claim still goes with an earlier pod of the name, so that a new one must wait."""
        if _policy(owner, "whenScaled") == "Retain":
            return False
        return any(
            podlib.is_deleted(claim) or _has_stale(claim, pod, POD) for claim in self._existing(owner, pod)
        )

    async def make(self, owner: Object, pod: Object) -> None:
        """Makes the missing ones. Tries all; ClaimError then says what failed."""
        failures: list[str] = []
        namespace = owner["metadata"]["namespace"]
        names = facts.claim_names(owner, pod)
        for template in owner["spec"].get("volumeClaimTemplates") or ():
            name = names[template["metadata"]["name"]]
            found = self._claims.get(f"{namespace}/{name}")
            if found is None:
                failures += await self._create(owner, pod, facts.claim(owner, template, name))
            elif podlib.is_deleted(found):
                failures.append(f"pvc {name} is being deleted")
        if failures:
            raise ClaimError(", ".join(failures) if len(failures) == 1 else f"[{', '.join(failures)}]")

    async def _create(self, owner: Object, pod: Object, claim: Object) -> list[str]:
        name, pod_name = claim["metadata"]["name"], pod["metadata"]["name"]
        where = f"Pod {pod_name} in StatefulSet {owner['metadata']['name']}"
        try:
            await self._client.create(PERSISTENTVOLUMECLAIMS, claim)
        except StatusError as error:
            if error.reason != "AlreadyExists":
                text = f"Create Claim {name} for {where} failed error: {error}"
                self._recorder.event(owner, "Warning", "FailedCreate", text)
            return [f"failed to create PVC {name}: {error}"]
        self._recorder.event(owner, "Normal", "SuccessfulCreate", f"Create Claim {name} {where} success")
        return []

    def follow_policy(self, owner: Object, pod: Object) -> bool:
        """Whether the owners of the pod's claims are those of the policy."""
        return all(_is_right(claim, owner, pod) for claim in self._existing(owner, pod))

    async def apply_policy(self, owner: Object, pod: Object) -> None:
        """Gives the claims the owners with which the garbage collector will delete them in time."""
        for claim in self._existing(owner, pod):
            if _has_foreign_controller(claim, owner, pod):
                name = claim["metadata"]["name"]
                text = (  # the spelling is upstream's
                    f"PersistentVolumeClaim {name} has a conflicting OwnerReference that acts as a manging "
                    "controller, the retention policy is ignored for this claim"
                )
                self._recorder.event(owner, "Warning", "ConflictingController", text)
            if not _is_right(claim, owner, pod):
                changed = {**claim, "metadata": {**claim["metadata"], "ownerReferences": []}}
                changed["metadata"]["ownerReferences"] = _wanted(claim, owner, pod)
                await self._client.update(PERSISTENTVOLUMECLAIMS, changed)


def _policy(owner: Object, when: str) -> str:
    return str((owner["spec"].get("persistentVolumeClaimRetentionPolicy") or {}).get(when, "Retain"))


def _speaks_of(ref: Object, obj: Object, kind: GroupVersionKind) -> bool:
    return bool(
        ref["kind"] == kind.kind
        and ref["apiVersion"] == kind.api_version
        and ref["name"] == obj["metadata"]["name"]
    )


def _refs(claim: Object) -> list[Object]:
    return claim["metadata"].get("ownerReferences") or []


def _owns(claim: Object, obj: Object) -> bool:
    uid = obj["metadata"].get("uid")
    return any(ref["uid"] == uid for ref in _refs(claim))


def _has_stale(claim: Object, obj: Object, kind: GroupVersionKind) -> bool:
    """Whether an earlier object of the name is an owner."""
    uid = obj["metadata"].get("uid")
    return any(_speaks_of(ref, obj, kind) and ref["uid"] != uid for ref in _refs(claim))


def _has_foreign_controller(claim: Object, owner: Object, pod: Object) -> bool:
    for ref in _refs(claim):
        ours = _speaks_of(ref, owner, facts.KIND) or _speaks_of(ref, pod, POD)
        if ref.get("controller") and not ours:
            return True
    return False


def _kept(claim: Object, owner: Object, pod: Object) -> list[Object]:
    """The owners that are none of our business."""
    return [
        ref
        for ref in _refs(claim)
        if not _speaks_of(ref, owner, facts.KIND) and not _speaks_of(ref, pod, POD)
    ]


def _wanted(claim: Object, owner: Object, pod: Object) -> list[Object]:
    """The set owns what goes with it, a pod that was scaled away what goes with the pod."""
    kept = _kept(claim, owner, pod)
    if _has_foreign_controller(claim, owner, pod):
        return kept
    if _policy(owner, "whenScaled") == "Delete" and not facts.in_range(owner, pod):
        return [*kept, controller_reference(pod, POD)]
    if _policy(owner, "whenDeleted") == "Delete":
        return [*kept, controller_reference(owner, facts.KIND)]
    return kept


def _is_right(claim: Object, owner: Object, pod: Object) -> bool:
    if _has_stale(claim, owner, facts.KIND) or _has_stale(claim, pod, POD):
        return False
    have, wanted = _refs(claim), _wanted(claim, owner, pod)
    return len(have) == len(wanted) and all(
        any(
            ref["uid"] == want["uid"] and bool(ref.get("controller")) == bool(want.get("controller"))
            for ref in have
        )
        for want in wanted
    )
