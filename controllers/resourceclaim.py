"""The resourceclaim-controller: makes claims from templates, and frees devices that no pod uses any more.

Source of the rules: upstream's pkg/controller/resourceclaim.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..apimachinery.errors import StatusError
from ..apimachinery.resource_claims import FINALIZER, claim_names
from ..client.informer import key_of, split_key
from ..client.resources import PODS, RESOURCECLAIMS, RESOURCECLAIMTEMPLATES
from . import metrics
from .base import Controller
from .context import Context, index

Object = dict[str, Any]

ENTRY = "resource.kubernetes.io/pod-claim-name"
MANAGER = "ResourceClaimController"
MAX_BASE = 57
"""Letters of a name before its last hyphen and five random ones."""
BY_POD = "resource claims by owning pod"
BY_TEMPLATE = "pods by resource claim template"
BY_CLAIM = "pods by resource claim"
CLAIM, POD = "claim ", "pod "


class ResourceClaimController(Controller):
    """Keys are `claim NAMESPACE/NAME` and `pod NAMESPACE/NAME`."""

    name = "resourceclaim-controller"
    queue_name = "resource_claim"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._pods = self.informer(PODS, self._pod_changed)
        index(self._pods, BY_TEMPLATE, _templates)
        index(self._pods, BY_CLAIM, _claims)
        self._claims = self.informer(RESOURCECLAIMS, self._claim_changed)
        index(self._claims, BY_POD, _owning_pod)
        self._templates = self.informer(RESOURCECLAIMTEMPLATES, self._template_changed)
        self._recorder = ctx.recorder("resource_claim")
        self._made: dict[tuple[str, str], str] = {}
        """Claims by uid and entry of their pods, which the cache may not know yet."""

    def _pod_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if not new["spec"].get("resourceClaims"):
            return
        if kind == "DELETED":
            for entry in new["spec"]["resourceClaims"]:
                self._made.pop((new["metadata"]["uid"], entry["name"]), None)
        if kind != "DELETED" and not _is_done(new):
            self.queue.add(POD + key_of(new))
            return
        for name in claim_names(new).values():
            if name is not None:
                self.queue.add(f"{CLAIM}{new['metadata']['namespace']}/{name}")

    def _claim_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind != "DELETED":
            self.queue.add(CLAIM + key_of(new))
            for pod in self._pods.by_index(BY_CLAIM, key_of(new)):
                if not _is_done(pod):
                    self.queue.add(POD + key_of(pod))
            return
        for uid in _owning_pod(new):
            self._made.pop((uid, _entry_of(new)), None)

    def _template_changed(self, kind: str, new: Object, old: Object | None) -> None:
        for pod in self._pods.by_index(BY_TEMPLATE, key_of(new)):
            self.queue.add(POD + key_of(pod))

    async def reconcile(self, key: str) -> None:
        if key.startswith(POD):
            pod = self._pods.get(key.removeprefix(POD))
            if pod is not None and "deletionTimestamp" not in pod["metadata"]:
                await self._sync_pod(pod)
            return
        claim = self._claims.get(key.removeprefix(CLAIM))
        if claim is not None:
            await self._sync_claim(claim)

    async def _sync_pod(self, pod: Object) -> None:
        """Makes what is missing and writes the names of all claims to the pod's status."""
        known = claim_names(pod)
        made = {}
        for entry in pod["spec"]["resourceClaims"]:
            name, template = entry["name"], entry.get("resourceClaimTemplateName")
            if template and name in known:
                made[name] = known[name] or await self._make(pod, name, template)
        if any(known[name] is None and made[name] for name in made):
            await self._write_names(pod, {name: claim for name, claim in made.items() if claim})
        if pod["spec"].get("nodeName"):
            for name in known.values():
                if name is not None:
                    await self._reserve(pod, name)

    async def _reserve(self, pod: Object, name: str) -> None:
        """For a pod that was given its node by somebody else than the scheduler."""
        meta = pod["metadata"]
        claim = self._claims.get(f"{meta['namespace']}/{name}")
        status = (claim or {}).get("status") or {}
        users = status.get("reservedFor") or []
        if claim is None or not status.get("allocation") or any(u["uid"] == meta["uid"] for u in users):
            return
        mine = {"resource": "pods", "name": meta["name"], "uid": meta["uid"]}
        await self._save({**claim, "status": {**status, "reservedFor": [*users, mine]}}, subresource="status")

    async def _make(self, pod: Object, entry: str, template_name: str) -> str | None:
        """The name of the claim for an entry, made if need be; None while its template is missing."""
        mine = self._claims.by_index(BY_POD, pod["metadata"]["uid"])
        found = next((c for c in mine if _entry_of(c) == entry), None)
        if found is not None:
            return str(found["metadata"]["name"])
        own = (pod["metadata"]["uid"], entry)
        if own in self._made:
            return self._made[own]
        template = self._templates.get(f"{pod['metadata']['namespace']}/{template_name}")
        if template is None:
            why = f'resourceclaimtemplate.resource.k8s.io "{template_name}" not found'
            text = f'PodResourceClaim {entry}: resource claim template "{template_name}": {why}'
            self._recorder.event(pod, "Warning", "FailedResourceClaimCreation", text)
            return None
        created = await self._create(_claim(pod, entry, template))
        self._made[own] = str(created["metadata"]["name"])
        return self._made[own]

    async def _create(self, claim: Object) -> Object:
        requests = (claim["spec"].get("devices") or {}).get("requests") or ()
        admin = any((request.get("exactly") or {}).get("adminAccess") for request in requests)
        made = "failure"
        try:
            created = await self.client.create(RESOURCECLAIMS, claim)
            made = "success"
        finally:
            metrics.CLAIMS_MADE.labels(made, "true" if admin else "false").inc()
        return created

    async def _write_names(self, pod: Object, made: dict[str, str]) -> None:
        meta = pod["metadata"]
        statuses = [{"name": name, "resourceClaimName": claim} for name, claim in made.items()]
        applied = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {name: meta[name] for name in ("name", "namespace", "uid")},
            "status": {"resourceClaimStatuses": statuses},
        }
        await self.client.patch(
            PODS,
            meta["name"],
            applied,
            meta["namespace"],
            kind="apply",
            subresource="status",
            field_manager=MANAGER,
            force=True,
        )

    async def _sync_claim(self, claim: Object) -> None:
        """Takes users away that are gone.

        A claim that never had one is left alone: the scheduler may be about to allocate it.
        """
        status = claim.get("status") or {}
        users = status.get("reservedFor") or []
        left = [user for user in users if await self._uses(user, claim["metadata"]["namespace"])]
        if left != users:
            # Without users the devices are free again, and what drivers said of them is past.
            kept = {**status, "reservedFor": left} if left else {}
            claim = await self._save({**claim, "status": kept}, subresource="status")
        if not left and (users or "deletionTimestamp" in claim["metadata"]):
            await self._unprotect(claim)
        await self._end(claim)

    async def _save(self, claim: Object, *, subresource: str = "") -> Object:
        return await self.client.update(RESOURCECLAIMS, claim, subresource=subresource)

    async def _uses(self, user: Object, namespace: str) -> bool:
        """Whether a pod still needs its devices. Users of other kinds are never doubted."""
        if user.get("resource") != "pods" or user.get("apiGroup"):
            return True
        pod = self._pods.get(f"{namespace}/{user['name']}") or await self._asked(user["name"], namespace)
        return pod is not None and pod["metadata"]["uid"] == user["uid"] and not _is_done(pod)

    async def _asked(self, name: str, namespace: str) -> Object | None:
        """A pod that the cache does not know may be new: the scheduler can be ahead of it."""
        try:
            return await self.client.get(PODS, name, namespace)
        except StatusError as error:
            if error.code != 404:
                raise
            return None

    async def _unprotect(self, claim: Object) -> None:
        """Frees a claim and takes the finalizer that kept it while it was allocated."""
        if (claim.get("status") or {}).get("allocation"):
            claim = await self._save({**claim, "status": {}}, subresource="status")
        finalizers = claim["metadata"].get("finalizers") or []
        if FINALIZER in finalizers:
            meta = {**claim["metadata"], "finalizers": [f for f in finalizers if f != FINALIZER]}
            await self._save({**claim, "metadata": meta})

    async def _end(self, claim: Object) -> None:
        """Deletes a claim that was made for a pod which has finished."""
        namespace, _ = split_key(key_of(claim))
        for owner in claim["metadata"].get("ownerReferences") or ():
            pod = self._pods.get(f"{namespace}/{owner['name']}") if owner["kind"] == "Pod" else None
            if pod is None or pod["metadata"]["uid"] != owner["uid"] or not _is_done(pod):
                continue
            if "deletionTimestamp" not in claim["metadata"]:
                meta = claim["metadata"]
                await self.client.delete(RESOURCECLAIMS, meta["name"], namespace, uid=meta["uid"])


def _is_done(pod: Object) -> bool:
    """Its containers will not run again: it has ended, or it goes and never had a node."""
    if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return True
    return "deletionTimestamp" in pod["metadata"] and not pod["spec"].get("nodeName")


def _entry_of(claim: Object) -> str:
    return str((claim["metadata"].get("annotations") or {}).get(ENTRY, ""))


def _owning_pod(claim: Object) -> Iterable[str]:
    owners = claim["metadata"].get("ownerReferences") or ()
    return [owner["uid"] for owner in owners if owner["kind"] == "Pod" and owner.get("controller")]


def _templates(pod: Object) -> Iterable[str]:
    names = (e.get("resourceClaimTemplateName") for e in pod["spec"].get("resourceClaims") or ())
    return {f"{pod['metadata']['namespace']}/{name}" for name in names if name}


def _claims(pod: Object) -> Iterable[str]:
    if not pod["spec"].get("resourceClaims"):
        return ()
    return {f"{pod['metadata']['namespace']}/{name}" for name in claim_names(pod).values() if name}


def _base(pod: str, entry: str) -> str:
    """Both names, each cut in proportion where they leave no room for what makes the name unique."""
    length = len(pod) + 1 + len(entry)
    if length > MAX_BASE:
        pod, entry = (text[: len(text) * MAX_BASE // length] for text in (pod, entry))
    return f"{pod}-{entry}-"


def _claim(pod: Object, entry: str, template: Object) -> Object:
    meta, spec = pod["metadata"], template["spec"]
    own = spec.get("metadata") or {}
    owner = {"apiVersion": "v1", "kind": "Pod", "name": meta["name"], "uid": meta["uid"], "controller": True}
    made: Object = {
        "generateName": _base(meta["name"], entry),
        "namespace": meta["namespace"],
        "annotations": {**(own.get("annotations") or {}), ENTRY: entry},
        "ownerReferences": [owner],
    }
    if own.get("labels"):
        made["labels"] = own["labels"]
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaim",
        "metadata": made,
        "spec": spec["spec"],
    }
