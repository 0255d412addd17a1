"""Bootstrap tokens: expired ones are deleted, and live ones sign what the public may know of the cluster.

The signatures (RFC 7515, detached) let a joining machine that knows a token trust `kube-public/cluster-info`.
Source of the rules: upstream's token cleaner and bootstrap signer, which are off by default there, too.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import datetime
from typing import Any

import orjson

from ..apimachinery.clock import parse_rfc3339
from ..apimachinery.errors import StatusError
from ..client.resources import CONFIGMAPS, SECRETS
from .base import Controller
from .context import Context

Object = dict[str, Any]
TYPE = "bootstrap.kubernetes.io/token"
TOKENS, PUBLIC = "kube-system", "kube-public"
INFO = f"{PUBLIC}/cluster-info"
ONLY_TOKENS = f"metadata.namespace={TOKENS},type={TYPE}"
ONLY_INFO = f"metadata.name=cluster-info,metadata.namespace={PUBLIC}"
"""Field selectors of the token Secrets and of the ConfigMap."""
SIGNATURE = "jws-kubeconfig-"
SIGNING = "usage-bootstrap-signing"


def values(secret: Object) -> dict[str, str]:
    """The token's data as text; what is no text is left out."""
    found = {}
    for key, value in (secret.get("data") or {}).items():
        try:
            found[key] = b64decode(value).decode()
        except (NotBase64, UnicodeDecodeError):
            continue
    return found


def seconds_left(token: dict[str, str], now: datetime) -> float | None:
    """Until the token expires; None for one that does not. A date that cannot be read is past."""
    text = token.get("expiration")
    if not text:
        return None
    try:
        return (parse_rfc3339(text) - now).total_seconds()
    except ValueError:
        return 0.0


class TokenCleaner(Controller):
    name = "token-cleaner-controller"
    default_on = False

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._secrets = self.informer(SECRETS, self._changed, fields=ONLY_TOKENS)

    async def reconcile(self, key: str) -> None:
        secret = self._secrets.get(key)
        left = seconds_left(values(secret), self.clock.now()) if secret is not None else None
        if secret is None or left is None:
            return
        if left > 0:
            self.queue.add_after(key, left)
            return
        meta = secret["metadata"]
        try:
            await self.client.delete(SECRETS, meta["name"], meta["namespace"], uid=meta["uid"])
        except StatusError as error:
            if error.code not in (404, 409):
                raise

    def _changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind != "DELETED":
            self.enqueue(new)


class BootstrapSigner(Controller):
    name = "bootstrap-signer-controller"
    default_on = False

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self.workers = 1
        self._maps = self.informer(CONFIGMAPS, self.on_change, fields=ONLY_INFO)
        self._secrets = self.informer(SECRETS, self._secret_changed, fields=ONLY_TOKENS)

    async def reconcile(self, key: str) -> None:
        info = self._maps.get(key)
        data = (info or {}).get("data") or {}
        if info is None or "kubeconfig" not in data:
            return
        kept = {name: value for name, value in data.items() if not name.startswith(SIGNATURE)}
        wanted = {**kept, **self._signatures(data["kubeconfig"])}
        if wanted != data:
            await self.client.update(CONFIGMAPS, {**info, "data": wanted})

    def _signatures(self, text: str) -> dict[str, str]:
        now = self.clock.now()
        found = {}
        for secret in self._secrets.list(TOKENS):
            token = values(secret)
            left = seconds_left(token, now)
            if token.get(SIGNING) != "true" or (left is not None and left <= 0):
                continue
            if left is not None:
                self.queue.add_after(INFO, left)
            if token.get("token-id") and token.get("token-secret"):
                found[SIGNATURE + token["token-id"]] = signature(
                    text, token["token-id"], token["token-secret"]
                )
        return found

    def _secret_changed(self, kind: str, new: Object, old: Object | None) -> None:
        self.queue.add(INFO)


def signature(text: str, token_id: str, secret: str) -> str:
    """HEADER..SIGNATURE by HS256 over the text, with the whole token as its key.

    By hand, since PyJWT warns of keys as short as bootstrap tokens are.
    """
    header = _encoded(orjson.dumps({"alg": "HS256", "kid": token_id}))
    signed = f"{header}.{_encoded(text.encode())}".encode()
    made = hmac.digest(f"{token_id}.{secret}".encode(), signed, "sha256")
    return f"{header}..{_encoded(made)}"


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
