"""Takes away long-lived account tokens that were made automatically (before 1.24) and that nobody uses.

A Secret unused for a period is marked invalid first, and deleted when it stays so for another one. Source of
the rules: upstream's legacy service account token cleaner.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from datetime import date, timedelta
from typing import Any

from ..apimachinery.errors import StatusError
from ..apimachinery.volumes import secrets_of
from ..client.informer import key_of
from ..client.resources import CONFIGMAPS, PODS, SECRETS, SERVICEACCOUNTS
from .base import Controller
from .context import Context
from .serviceaccount_token import NAME, ONLY, UID

Object = dict[str, Any]

PERIOD = 24 * 3600.0
USED = "kubernetes.io/legacy-token-last-used"
INVALID = "kubernetes.io/legacy-token-invalid-since"
TRACKING = ("kube-system", "kube-apiserver-legacy-service-account-token-tracking")
"""The ConfigMap in which the API server says since when it notes the use of tokens."""


class LegacyTokenCleaner(Controller):
    name = "legacy-serviceaccount-token-cleaner-controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self.workers = 1
        self._after = timedelta(seconds=ctx.settings.legacy_service_account_token_clean_up_period)
        self._accounts = self.informer(SERVICEACCOUNTS)
        self._secrets = self.informer(SECRETS, fields=ONLY)
        self._pods = self.informer(PODS)

    def loops(self) -> Iterable[tuple[str, Coroutine[Any, Any, None]]]:
        return (("sweeps", self._tick()),)

    async def _tick(self) -> None:
        while True:
            self.queue.add("sweep")
            await self.clock.sleep(PERIOD)

    async def reconcile(self, key: str) -> None:
        since = await self._tracked_since()
        limit = (self.clock.now() - self._after).date()
        if since is None or since >= limit:
            return
        for account in self._accounts.list():
            for entry in account.get("secrets") or ():
                secret = self._secrets.get(f"{account['metadata']['namespace']}/{entry.get('name', '')}")
                if secret is not None and _is_token_of(secret, account):
                    await self._look_at(secret, limit)

    async def _tracked_since(self) -> date | None:
        namespace, name = TRACKING
        try:
            found = await self.client.get(CONFIGMAPS, name, namespace)
        except StatusError as error:
            if error.code != 404:
                raise
            return None
        return _date((found.get("data") or {}).get("since", ""))

    async def _look_at(self, secret: Object, limit: date) -> None:
        labels = secret["metadata"].get("labels") or {}
        used = _date(labels.get(USED, ""))
        if USED in labels and (used is None or used >= limit):
            return
        if INVALID not in labels:
            if not self._mounted(secret):
                await self._change(secret, {INVALID: self.clock.now().date().isoformat()})
            return
        invalid = _date(labels[INVALID])
        if invalid is not None and invalid < limit and not self._mounted(secret):
            meta = secret["metadata"]
            await self.client.delete(
                SECRETS,
                meta["name"],
                meta["namespace"],
                uid=meta["uid"],
                resource_version=meta["resourceVersion"],
            )

    async def _change(self, secret: Object, labels: Object) -> None:
        meta = secret["metadata"]
        patch = {
            "metadata": {"uid": meta["uid"], "resourceVersion": meta["resourceVersion"], "labels": labels}
        }
        await self.client.patch(SECRETS, meta["name"], patch, meta["namespace"])

    def _mounted(self, secret: Object) -> bool:
        meta = secret["metadata"]
        return any(meta["name"] in secrets_of(pod) for pod in self._pods.list(meta["namespace"]))


def _is_token_of(secret: Object, account: Object) -> bool:
    notes = secret["metadata"].get("annotations") or {}
    meta = account["metadata"]
    mine = notes.get(NAME) == meta["name"] and notes.get(UID) in (None, "", meta["uid"])
    return mine and key_of(secret).startswith(f"{meta['namespace']}/")


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
