"""Bootstrap tokens: `ID.SECRET`, kept as Secrets of type bootstrap.kubernetes.io/token in kube-system.

Source: "Authenticating with Bootstrap Tokens" in the Kubernetes documentation.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re

from ...apimachinery.clock import Clock, parse_rfc3339
from ..registry.strategy import Object, Reader, User
from .identities import with_authenticated

NAMESPACE = "kube-system"
TYPE = "bootstrap.kubernetes.io/token"
DEFAULT_GROUP = "system:bootstrappers"
_SHAPE = re.compile(r"\A([a-z0-9]{6})\.([a-z0-9]{16})\Z")
_GROUP_SHAPE = re.compile(r"\Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\Z")


class BootstrapTokens:
    """Looks tokens up in the Secrets, so that a deleted Secret ends its token at once."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    def user(self, token: str) -> User | None:
        shape = _SHAPE.match(token)
        if shape is None:
            return None
        token_id, secret = shape.groups()
        found = self._reader.get("", "secrets", NAMESPACE, f"bootstrap-token-{token_id}")
        if found is None or found.get("type") != TYPE or found["metadata"].get("deletionTimestamp"):
            return None
        data = _decoded(found)
        if data.get("token-id") != token_id or not hmac.compare_digest(data.get("token-secret", ""), secret):
            return None
        if data.get("usage-bootstrap-authentication") != "true" or self._expired(data.get("expiration", "")):
            return None
        groups = _groups(data.get("auth-extra-groups", ""))
        return (
            None if groups is None else with_authenticated(User(f"system:bootstrap:{token_id}", "", groups))
        )

    def _expired(self, text: str) -> bool:
        if not text:
            return False
        try:
            return parse_rfc3339(text) <= self._clock.now()
        except ValueError:
            return True


def _decoded(secret: Object) -> dict[str, str]:
    try:
        return {k: base64.b64decode(v).decode() for k, v in (secret.get("data") or {}).items()}
    except (binascii.Error, UnicodeDecodeError):
        return {}


def _groups(extra: str) -> tuple[str, ...] | None:
    """The token's groups, None when one is not a bootstrappers' group."""
    groups = sorted({g.strip() for g in extra.split(",") if g.strip()})
    if not all(_GROUP_SHAPE.match(g) for g in groups):
        return None
    return (DEFAULT_GROUP, *groups)
