"""Signs approved requests of Kubernetes' own signers.

Source of the rules: upstream's certificate signing controllers.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from ...apimachinery.clock import rfc3339
from ...client.resources import CERTIFICATESIGNINGREQUESTS
from ..base import Controller
from ..context import Context
from . import requests
from .authority import Authority

Object = dict[str, Any]


class CertificateSigningController(Controller):
    """Without an authority nothing is signed."""

    name = "certificatesigningrequest-signing-controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        settings = ctx.settings
        files = settings.cluster_signing_cert_file, settings.cluster_signing_key_file
        self._authority = Authority(*files, settings.cluster_signing_duration) if all(files) else None
        self._requests = self.informer(CERTIFICATESIGNINGREQUESTS, self.on_change)

    async def reconcile(self, key: str) -> None:
        request = self._requests.get(key)
        if request is None or self._authority is None or not _is_due(request):
            return
        asked, spec, status = requests.parse(request), request["spec"], request.get("status") or {}
        why = requests.problem(request, asked)
        if why:
            await self._write(request, {**status, "conditions": [*status["conditions"], self._failure(why)]})
            return
        wish = spec.get("expirationSeconds")
        made = self._authority.sign(asked, spec.get("usages") or [], wish, self.clock.now())
        await self._write(request, {**status, "certificate": b64encode(made).decode()})

    def _failure(self, why: str) -> Object:
        return {
            "type": "Failed",
            "status": "True",
            "reason": "SignerValidationFailure",
            "message": why,
            "lastUpdateTime": rfc3339(self.clock.now()),
        }

    async def _write(self, request: Object, status: Object) -> None:
        body = {**request, "status": status}
        await self.client.update(CERTIFICATESIGNINGREQUESTS, body, subresource="status")


def _is_due(request: Object) -> bool:
    return (
        request["spec"].get("signerName") in requests.SIGNERS
        and requests.has(request, "Approved")
        and not requests.has(request, "Denied", "Failed")
        and not requests.is_issued(request)
    )
