"""The authorizers in order: `system:masters` may everything, then nodes, then RBAC."""

from __future__ import annotations

from collections.abc import Sequence

from .attributes import ALLOWED, NO_OPINION, Attributes, Authorizer, Decision

MASTERS = "system:masters"


class ChainAuthorizer:
    """The first authorizer that allows decides; refusals' reasons are joined, one a line."""

    def __init__(self, authorizers: Sequence[Authorizer]) -> None:
        self._authorizers = tuple(authorizers)

    def authorize(self, attrs: Attributes) -> Decision:
        if MASTERS in attrs.user.groups:
            return ALLOWED
        reasons = []
        for authorizer in self._authorizers:
            decision = authorizer.authorize(attrs)
            if decision.allowed:
                return decision
            if decision.reason:
                reasons.append(decision.reason)
        return Decision(False, "\n".join(reasons)) if reasons else NO_OPINION


class AlwaysAllow:
    """Upstream's `--authorization-mode=AlwaysAllow`."""

    def authorize(self, attrs: Attributes) -> Decision:
        return ALLOWED
