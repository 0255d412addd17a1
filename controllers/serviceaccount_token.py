"""Long-lived tokens in Secrets of type kubernetes.io/service-account-token.

A Secret that names an account is given its token; one whose account is gone is deleted. An account no longer
names a Secret that is gone. Source of the rules: upstream's tokens controller.
"""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

from ..apimachinery.account_keys import LEGACY_CLAIM, LEGACY_ISSUER, AccountKeys
from ..apimachinery.errors import StatusError
from ..client.informer import key_of, split_key
from ..client.resources import SECRETS, SERVICEACCOUNTS
from .base import Controller
from .context import Context
from .root_ca import bundle

Object = dict[str, Any]
TYPE = "kubernetes.io/service-account-token"
NAME = "kubernetes.io/service-account.name"
UID = "kubernetes.io/service-account.uid"
ONLY = f"type={TYPE}"
"""The field selector of such Secrets."""


class ServiceAccountTokenController(Controller):
    """Without a signing key no tokens are made."""

    name = "serviceaccount-token-controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        path = ctx.settings.service_account_private_key_file
        self._keys = AccountKeys(Path(path).read_bytes()) if path else None
        self._ca = bundle(ctx.settings.root_ca_file, ctx.client)
        self._gone: dict[str, dict[str, str]] = {}
        """Annotations of Secrets that were deleted, by key."""
        self._accounts = self.informer(SERVICEACCOUNTS, self._account_changed)
        self._secrets = self.informer(SECRETS, self._secret_changed, fields=ONLY)

    async def reconcile(self, key: str) -> None:
        secret = self._secrets.get(key)
        if secret is None:
            await self._forget(key)
            return
        self._gone.pop(key, None)
        account = await self._account(secret)
        if account is None:
            await self._delete(secret)
        elif self._keys is not None:
            data = self._missing(self._keys, account, secret)
            if data:
                await self._fill(secret, account, data)

    def _secret_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED":
            self._gone[key_of(new)] = _annotations(new)
        self.enqueue(new)

    def _account_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "MODIFIED":
            return
        meta = new["metadata"]
        for secret in self._secrets.list(meta["namespace"]):
            if _annotations(secret).get(NAME) == meta["name"]:
                self.enqueue(secret)

    async def _forget(self, key: str) -> None:
        """Takes a Secret that is gone out of its account's list."""
        notes = self._gone.get(key, {})
        namespace, name = split_key(key)
        account = self._accounts.get(f"{namespace}/{notes.get(NAME, '')}")
        if account is not None and _same(account, notes):
            left = [ref for ref in account.get("secrets") or () if ref.get("name") != name]
            if left != (account.get("secrets") or []):
                try:
                    await self.client.update(SERVICEACCOUNTS, {**account, "secrets": left})
                except StatusError as error:
                    if error.code != 404:
                        raise
        self._gone.pop(key, None)

    async def _account(self, secret: Object) -> Object | None:
        """The live account that the Secret means; a cache may not know a new one yet."""
        notes = _annotations(secret)
        namespace, _ = split_key(key_of(secret))
        found = self._accounts.get(f"{namespace}/{notes.get(NAME, '')}")
        if found is None or not _same(found, notes):
            try:
                found = await self.client.get(SERVICEACCOUNTS, notes.get(NAME, ""), namespace)
            except StatusError as error:
                if error.code != 404:
                    raise
                return None
        return found if _same(found, notes) else None

    async def _delete(self, secret: Object) -> None:
        meta = secret["metadata"]
        try:
            await self.client.delete(SECRETS, meta["name"], meta["namespace"], uid=meta["uid"])
        except StatusError as error:
            if error.reason not in ("NotFound", "Conflict"):
                raise

    def _missing(self, keys: AccountKeys, account: Object, secret: Object) -> dict[str, str]:
        """The data (base64) that the Secret lacks; certificates that are not ours are replaced."""
        data = secret.get("data") or {}
        out: dict[str, str] = {}
        if self._ca and data.get("ca.crt") != (ca := _base64(self._ca)):
            out["ca.crt"] = ca
        if not data.get("namespace"):
            out["namespace"] = _base64(secret["metadata"]["namespace"])
        if not data.get("token"):
            out["token"] = _base64(keys.sign(_claims(account, secret)))
        return out

    async def _fill(self, secret: Object, account: Object, data: dict[str, str]) -> None:
        meta, owner = secret["metadata"], account["metadata"]
        notes = {**_annotations(secret), NAME: owner["name"], UID: owner["uid"]}
        body = {
            **secret,
            "metadata": {**meta, "annotations": notes},
            "data": {**(secret.get("data") or {}), **data},
        }
        await self.client.update(SECRETS, body)


def _annotations(secret: Object) -> dict[str, str]:
    return secret["metadata"].get("annotations") or {}


def _same(account: Object, notes: dict[str, str]) -> bool:
    return not notes.get(UID) or notes[UID] == account["metadata"]["uid"]


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def _claims(account: Object, secret: Object) -> dict[str, Any]:
    meta = account["metadata"]
    return {
        "iss": LEGACY_ISSUER,
        "sub": f"system:serviceaccount:{meta['namespace']}:{meta['name']}",
        f"{LEGACY_CLAIM}namespace": meta["namespace"],
        f"{LEGACY_CLAIM}secret.name": secret["metadata"]["name"],
        f"{LEGACY_CLAIM}service-account.name": meta["name"],
        f"{LEGACY_CLAIM}service-account.uid": meta["uid"],
    }
