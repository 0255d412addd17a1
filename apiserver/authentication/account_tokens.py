"""Service-account tokens: issuing, verifying, and checking that what they are bound to still exists.

A token is a JWT (RFC 7519) signed ES256 with the cluster's service-account key; the private claim
`kubernetes.io` names the namespace, the account and the object the token is bound to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import jwt

from ...apimachinery.account_keys import LEGACY_CLAIM, LEGACY_ISSUER, AccountKeys
from ...apimachinery.clock import Clock, parse_rfc3339
from ...apimachinery.field import quote
from ..registry.strategy import Object, Reader, User
from .identities import AUTHENTICATED, account_groups, account_user_name
from .recall import Standing
from .token_use import INVALID_SINCE

ISSUER = "https://kubernetes.default.svc"
EXTRA_PREFIX = "authentication.kubernetes.io/"
DELETION_LEEWAY = 60.0
"""Seconds for which a token outlives the start of its pod's deletion plus its grace period."""
_MOST_TOKENS = 10_000


class TokenError(Exception):
    """A token that was ours but does not authenticate; the text is shown in TokenReviews."""


class Verified(NamedTuple):
    """A token's claims, its signature and dates having been checked."""

    claims: dict[str, Any]
    audiences: tuple[str, ...]
    expires: float
    user: User


class AccountTokens:
    """Verifies tokens; a verified one is remembered until it expires, its bound objects are looked up each
    time."""

    def __init__(
        self,
        keys: AccountKeys,
        reader: Reader,
        clock: Clock,
        *,
        issuer: str = ISSUER,
        audiences: Sequence[str] = (),
    ) -> None:
        self.keys = keys
        self.issuer = issuer
        self.audiences = tuple(audiences) or (issuer,)
        """What this API server answers to."""
        self._reader = reader
        self._clock = clock
        self._known: dict[str, Verified] = {}
        self.used: Callable[[Object], None] = lambda secret: None
        """Hears of each Secret whose token authenticates somebody."""

    def user(self, token: str, audiences: Iterable[str] = ()) -> tuple[User, tuple[str, ...]] | None:
        """The account's user and the audiences it shares with the wanted ones; None when the token is not of
        this issuer or is expired. TokenError when it is, but does not hold."""
        verified = self._known.get(token) or self._verify(token)
        if verified is None:
            return None
        if verified.expires <= self._clock.now().timestamp():
            self._known.pop(token, None)
            raise TokenError("service account token has expired")
        wanted = tuple(audiences) or self.audiences
        shared = tuple(a for a in wanted if a in verified.audiences)
        if not shared:
            raise TokenError(
                f"token audiences {_list(verified.audiences)} is invalid for the target audiences "
                f"{_list(wanted)}"
            )
        self._check_bound(verified.claims)
        return verified.user, shared

    def standing(self, token: str) -> Standing | None:
        """How long the token that `user` has just taken stands; None when each use of it must be looked at:
        a Secret is told of its uses, and what is being deleted dies by the clock."""
        verified = self._known.get(token)
        if verified is None:
            return None
        kinds = []
        for kind, namespace, wanted in _bound_to(verified.claims):
            found = self._reader.get("", kind, namespace, wanted["name"])
            if found is None or found["metadata"].get("deletionTimestamp") or not wanted.get("uid"):
                return None
            kinds.append(kind)
        return Standing(verified.user, verified.expires, tuple(kinds))

    def _verify(self, token: str) -> Verified | None:
        if token.count(".") != 2:
            return None
        try:
            claims = self.keys.verify(token)
        except jwt.InvalidTokenError:
            return None
        verified = (
            self._bound_claims(claims) if claims.get("iss") == self.issuer else self._legacy_claims(claims)
        )
        if verified is not None:
            if len(self._known) >= _MOST_TOKENS:
                self._known.clear()
            self._known[token] = verified
        return verified

    def _bound_claims(self, claims: dict[str, Any]) -> Verified | None:
        private = claims.get("kubernetes.io") or {}
        namespace, account = private.get("namespace"), private.get("serviceaccount") or {}
        name = account.get("name") or ""
        if not namespace or claims.get("sub") != account_user_name(namespace, name):
            return None
        audience = claims.get("aud") or ()
        audiences = (audience,) if isinstance(audience, str) else tuple(audience)
        user = _user(namespace, name, account.get("uid", ""), _extra(claims, private))
        return Verified(private, audiences, float(claims.get("exp", 0)), user)

    def _legacy_claims(self, claims: dict[str, Any]) -> Verified | None:
        if claims.get("iss") != LEGACY_ISSUER:
            return None
        prefix = LEGACY_CLAIM
        namespace, name = (
            claims.get(prefix + "namespace", ""),
            claims.get(prefix + "service-account.name", ""),
        )
        if claims.get("sub") != account_user_name(namespace, name):
            return None
        uid = claims.get(prefix + "service-account.uid", "")
        private = {
            "namespace": namespace,
            "serviceaccount": {"name": name, "uid": uid},
            "secret": {"name": claims.get(prefix + "secret.name", "")},
        }
        return Verified(private, self.audiences, float("inf"), _user(namespace, name, uid, {}))

    def _check_bound(self, private: dict[str, Any]) -> None:
        for kind, namespace, wanted in _bound_to(private):
            found = self._reader.get("", kind, namespace, wanted["name"])
            self._alive(found, wanted.get("uid", ""))
            if found is not None and kind == "secrets" and not wanted.get("uid"):
                self._use(found, f"{namespace}/{private['serviceaccount']['name']}")

    def _use(self, secret: Object, account: str) -> None:
        """A long-lived token, which may have been marked as used by nobody."""
        meta = secret["metadata"]
        if (meta.get("labels") or {}).get(INVALID_SINCE):
            raise TokenError(
                f"the token in secret {meta['namespace']}/{meta['name']} for service account {account} has "
                "been marked invalid. Use tokens from the TokenRequest API or manually created secret-based "
                f"tokens, or remove the '{INVALID_SINCE}' label from the secret to temporarily allow use of "
                "this token"
            )
        self.used(secret)

    def _alive(self, found: Object | None, uid: str) -> None:
        if found is None or (uid and found["metadata"].get("uid") != uid):
            raise TokenError("service account token has been invalidated")
        deleted = found["metadata"].get("deletionTimestamp")
        if deleted and (self._clock.now() - parse_rfc3339(deleted)).total_seconds() > DELETION_LEEWAY:
            raise TokenError("service account token has been invalidated")


def _bound_to(private: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Plural, namespace and claim (name and uid) of everything that must be there for the token to hold. The
    node of a pod's token need not."""
    namespace = private["namespace"]
    yield "serviceaccounts", namespace, private["serviceaccount"]
    if pod := private.get("pod"):
        yield "pods", namespace, pod
    if secret := private.get("secret"):
        yield "secrets", namespace, secret
    if (node := private.get("node")) and "pod" not in private:
        yield "nodes", "", node


def _user(namespace: str, name: str, uid: str, extra: dict[str, tuple[str, ...]]) -> User:
    return User(account_user_name(namespace, name), uid, (*account_groups(namespace), AUTHENTICATED), extra)


def _extra(claims: dict[str, Any], private: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    out: dict[str, tuple[str, ...]] = {}
    if jti := claims.get("jti"):
        out[EXTRA_PREFIX + "credential-id"] = (f"JTI={jti}",)
    for kind in ("pod", "node"):
        bound = private.get(kind)
        if bound:
            out[f"{EXTRA_PREFIX}{kind}-name"] = (bound["name"],)
            if uid := bound.get("uid"):
                out[f"{EXTRA_PREFIX}{kind}-uid"] = (uid,)
    return dict(sorted(out.items()))


def _list(values: Sequence[str]) -> str:
    return "[" + " ".join(quote(v) for v in values) + "]"
