"""Removes requests that nobody needs any more: decided an hour ago, or undecided for a day.

Source of the rules: upstream's certificate cleaner.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Coroutine, Iterable
from datetime import datetime, timedelta
from typing import Any

from ...apimachinery.clock import parse_rfc3339
from ...client.resources import CERTIFICATESIGNINGREQUESTS
from ..base import Controller
from ..context import Context
from . import requests

Object = dict[str, Any]
PERIOD = 3600.0
DECIDED, PENDING = timedelta(hours=1), timedelta(hours=24)


class CertificateCleaner(Controller):
    name = "certificatesigningrequest-cleaner-controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self.workers = 1
        self._requests = self.informer(CERTIFICATESIGNINGREQUESTS)

    def loops(self) -> Iterable[tuple[str, Coroutine[Any, Any, None]]]:
        return (("rounds", self._rounds()),)

    async def reconcile(self, key: str) -> None:
        request = self._requests.get(key)
        if request is not None and is_over(request, self.clock.now()):
            await self.client.delete(CERTIFICATESIGNINGREQUESTS, key, uid=request["metadata"]["uid"])

    async def _rounds(self) -> None:
        while True:
            for request in self._requests.list():
                self.enqueue(request)
            await self.clock.sleep(PERIOD)


def is_over(request: Object, now: datetime) -> bool:
    conditions = (request.get("status") or {}).get("conditions") or []
    if not conditions:
        return parse_rfc3339(request["metadata"]["creationTimestamp"]) + PENDING < now
    issued = requests.is_issued(request)
    for condition in conditions:
        counts = condition.get("type") == "Denied" or (condition.get("type") == "Approved" and issued)
        since = condition.get("lastUpdateTime")
        if counts and since and parse_rfc3339(since) + DECIDED < now:
            return True
    return issued and requests.has(request, "Approved") and _expires(request) < now


def _expires(request: Object) -> datetime:
    from cryptography import x509

    return x509.load_pem_x509_certificate(b64decode(request["status"]["certificate"])).not_valid_after_utc
