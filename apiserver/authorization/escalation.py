"""Nobody grants what they do not hold: the check on every write of a role or a binding.

Source: "Privilege escalation prevention and bootstrapping" in the RBAC documentation; the verbs `escalate`
(on roles) and `bind` (on the role referred to) lift it."""

from __future__ import annotations

from collections.abc import Iterable

from ...apimachinery import errors
from ...apimachinery.errors import StatusError
from ...apimachinery.field import quote
from ..registry.strategy import Object, User
from . import rules
from .attributes import Attributes, Authorizer
from .chain import MASTERS
from .rbac import GROUP, RbacAuthorizer

_ROLE_RESOURCES = {"Role": "roles", "ClusterRole": "clusterroles"}


class EscalationCheck:
    """Raises 403 for a write that would hand out more rights than its author has."""

    def __init__(self, rbac: RbacAuthorizer, authorizer: Authorizer) -> None:
        self._rbac = rbac
        self._authorizer = authorizer

    def role(self, user: User, resource: str, namespace: str, new: Object, old: Object | None = None) -> None:
        """`resource` is roles or clusterroles. An update that leaves everything but deletion fields is
        free."""
        name = new["metadata"].get("name", "")
        if self._free(user, old, new) or self._may(user, "escalate", resource, namespace, name):
            return
        self._confirm(user, namespace, resource, name, new.get("rules") or ())
        if (new.get("aggregationRule") or (old or {}).get("aggregationRule")) and rules.missing_rights(
            self._rbac.rules_for(user, namespace), rules.FULL_AUTHORITY
        ):
            why = "must have cluster-admin privileges to use the aggregationRule"
            raise errors.forbidden(GROUP, resource, name, why)

    def binding(
        self, user: User, resource: str, namespace: str, new: Object, old: Object | None = None
    ) -> None:
        """`resource` is rolebindings or clusterrolebindings."""
        name, ref = new["metadata"].get("name", ""), new.get("roleRef") or {}
        if self._free(user, old, new):
            return
        role_resource = _ROLE_RESOURCES.get(ref.get("kind", ""), "")
        role_name = ref.get("name", "")
        if role_resource and self._may(user, "bind", role_resource, namespace, role_name):
            return
        granted = self._rbac.role_rules(ref, namespace)
        if granted is None:
            raise errors.not_found(GROUP, resource, role_name)
        self._confirm(user, namespace, resource, name, granted)

    def _free(self, user: User, old: Object | None, new: Object) -> bool:
        return MASTERS in user.groups or (old is not None and _only_deletion_changes(old, new))

    def _may(self, user: User, verb: str, resource: str, namespace: str, name: str) -> bool:
        attrs = Attributes(user, verb, GROUP, "v1", resource, "", namespace, name)
        return self._authorizer.authorize(attrs).allowed

    def _confirm(
        self, user: User, namespace: str, resource: str, name: str, wanted: Iterable[Object]
    ) -> None:
        missing = rules.missing_rights(self._rbac.rules_for(user, namespace), wanted)
        if missing:
            raise _escalation(user, resource, name, missing)


def _escalation(user: User, resource: str, name: str, missing: list[Object]) -> StatusError:
    groups = "[" + " ".join(quote(g) for g in user.groups) + "]"
    why = (
        f"user {quote(user.name)} (groups={groups}) is attempting to grant RBAC permissions "
        "not currently held:\n" + "\n".join(rules.describe(missing))
    )
    return errors.forbidden(GROUP, resource, name, why)


def _only_deletion_changes(old: Object, new: Object) -> bool:
    """Whether only finalizers and owner references differ, which the garbage collector must be able to
    change."""
    skip = ("finalizers", "ownerReferences", "managedFields", "resourceVersion")

    def rest(obj: Object) -> Object:
        return {**obj, "metadata": {k: v for k, v in obj["metadata"].items() if k not in skip}}

    return rest(old) == rest(new)
