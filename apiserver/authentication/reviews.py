"""TokenReview and SelfSubjectReview: whose a token is, and who I am."""

from __future__ import annotations

from ..registry.strategy import Object, User
from .bearer import BearerTokens


def user_info(user: User) -> Object:
    """authentication/v1 UserInfo; empty parts are left out."""
    out: Object = {}
    if user.name:
        out["username"] = user.name
    if user.uid:
        out["uid"] = user.uid
    if user.groups:
        out["groups"] = list(user.groups)
    if user.extra:
        out["extra"] = {key: list(values) for key, values in user.extra.items()}
    return out


def review_token(review: Object, tokens: BearerTokens) -> Object:
    """The TokenReview with its status filled in."""
    spec = review["spec"]
    verdict = tokens.review(spec["token"], spec.get("audiences") or ())
    status: Object
    if verdict.user is None:
        status = {"user": {}, "error": verdict.error}
    else:
        status = {
            "authenticated": True,
            "user": user_info(verdict.user),
            "audiences": list(verdict.audiences),
        }
    return {**review, "status": status}


def review_self(user: User, now: str) -> Object:
    return {
        "kind": "SelfSubjectReview",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"creationTimestamp": now},
        "status": {"userInfo": user_info(user)},
    }
