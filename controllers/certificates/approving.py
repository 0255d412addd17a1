"""Approves the requests of kubelets for their own client certificates, if they may make such requests.

Source of the rules: upstream's certificate approving controller.
"""

from __future__ import annotations

from typing import Any

from ...apimachinery.gvk import GroupVersionResource
from ...client.resources import CERTIFICATESIGNINGREQUESTS
from ..base import Controller
from ..context import Context
from . import requests

Object = dict[str, Any]
REVIEWS = GroupVersionResource("authorization.k8s.io", "v1", "subjectaccessreviews", False)
SELF = ("selfnodeclient", "Auto approving self kubelet client certificate after SubjectAccessReview.")
OTHER = ("nodeclient", "Auto approving kubelet client certificate after SubjectAccessReview.")
"""The permission asked about, and the message of the approval."""


class CertificateApprovingController(Controller):
    name = "certificatesigningrequest-approving-controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._requests = self.informer(CERTIFICATESIGNINGREQUESTS, self.on_change)

    async def reconcile(self, key: str) -> None:
        request = self._requests.get(key)
        if request is None or request["spec"].get("signerName") != requests.KUBELET_CLIENT:
            return
        if requests.is_issued(request) or requests.has(request, "Approved", "Denied"):
            return
        asked, spec = requests.parse(request), request["spec"]
        if requests.kubelet_client(asked, set(spec.get("usages") or ())):
            return
        own = spec.get("username") == requests.common_name(asked)
        for permission, message in (SELF, OTHER) if own else (OTHER,):
            if await self._may(spec, permission):
                await self._approve(request, message)
                return

    async def _may(self, spec: Object, permission: str) -> bool:
        asked = {
            "group": "certificates.k8s.io",
            "resource": "certificatesigningrequests",
            "subresource": permission,
            "verb": "create",
        }
        who = {key: spec[key] for key in ("uid", "groups", "extra") if spec.get(key)}
        body = {
            "kind": "SubjectAccessReview",
            "apiVersion": "authorization.k8s.io/v1",
            "spec": {"user": spec.get("username", ""), **who, "resourceAttributes": asked},
        }
        answer = await self.client.create(REVIEWS, body)
        return bool((answer.get("status") or {}).get("allowed"))

    async def _approve(self, request: Object, message: str) -> None:
        status = request.get("status") or {}
        condition = {"type": "Approved", "status": "True", "reason": "AutoApproved", "message": message}
        status = {**status, "conditions": [*(status.get("conditions") or ()), condition]}
        body = {**request, "status": status}
        await self.client.update(CERTIFICATESIGNINGREQUESTS, body, subresource="approval")
