"""The escalation check on roles and bindings, where upstream's RBAC storage makes it: after the other
mutators."""

from __future__ import annotations

from ..authorization.escalation import EscalationCheck
from ..authorization.rbac import GROUP
from ..registry.strategy import Object, Reader
from .plugin import WRITES, Attributes, Plugin


def plugin(check: EscalationCheck) -> Plugin:
    def admit(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
        kind_check = check.role if attrs.resource in ("roles", "clusterroles") else check.binding
        kind_check(attrs.user, attrs.resource, attrs.namespace, obj, old)

    kinds = ("roles", "clusterroles", "rolebindings", "clusterrolebindings")
    return Plugin(name="RBACEscalation", on={(GROUP, kind): WRITES for kind in kinds}, mutate=admit)
