"""Issuing service-account tokens: the claims of a TokenRequest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ...apimachinery.clock import Clock
from ..registry.strategy import Object
from .account_tokens import AccountTokens
from .identities import account_user_name

MAGIC_EXPIRY = 3607
"""What mounted tokens ask for: extended to a year, with `warnafter` telling the time asked for."""
EXTENDED_EXPIRY = 365 * 24 * 3600


class Issued(NamedTuple):
    token: str
    expires: float
    """Unix time shown to the caller."""
    token_id: str


class TokenIssuer:
    """Signs tokens for accounts, optionally bound to a pod, secret or node."""

    def __init__(self, tokens: AccountTokens, clock: Clock, new_uid: Callable[[], str]) -> None:
        self.tokens = tokens
        self._clock = clock
        self._new_uid = new_uid

    def issue(
        self,
        account: Object,
        *,
        audiences: Sequence[str],
        seconds: int,
        bound: Object | None = None,
        bound_kind: str = "",
        node: Object | None = None,
    ) -> Issued:
        """`bound_kind` is Pod, Secret or Node. `node` is the one a bound pod runs on."""
        meta = account["metadata"]
        now = int(self._clock.now().timestamp())
        private: dict[str, Any] = {"namespace": meta["namespace"], "serviceaccount": _reference(account)}
        if bound is not None:
            private[bound_kind.lower()] = _reference(bound)
        if node is not None:
            private["node"] = _reference(node)
        lasts = seconds
        if seconds == MAGIC_EXPIRY and set(audiences) <= set(self.tokens.audiences):
            private["warnafter"] = now + seconds
            lasts = EXTENDED_EXPIRY
        token_id = self._new_uid()
        claims = {
            "aud": list(audiences),
            "exp": now + lasts,
            "iat": now,
            "iss": self.tokens.issuer,
            "jti": token_id,
            "kubernetes.io": private,
            "nbf": now,
            "sub": account_user_name(meta["namespace"], meta["name"]),
        }
        return Issued(self.tokens.keys.sign(claims), now + seconds, token_id)


def _reference(obj: Object) -> dict[str, str]:
    return {"name": obj["metadata"]["name"], "uid": obj["metadata"]["uid"]}
