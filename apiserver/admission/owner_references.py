"""OwnerReferencesPermissionEnforcement (off by default): owners are set by those who may delete, and deletion
is blocked by those who may set the owner's finalizers.

Source: kubernetes plugin/pkg/admission/gc.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..authorization.attributes import Attributes as Access
from ..authorization.attributes import Authorizer
from ..registry.strategy import Object, Reader
from .matching import Scopes
from .plugin import CREATE, WRITES, Attributes, Plugin, forbidden

NAME = "OwnerReferencesPermissionEnforcement"


class _Owners:
    def __init__(self, authorizer: Authorizer, scopes: Scopes) -> None:
        self._authorizer = authorizer
        self._scopes = scopes

    def validate(self, attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
        owners, before = _owners(obj), _owners(old)
        if owners == before:
            return
        if attrs.operation != CREATE:
            self._require(
                attrs, self._deletion(attrs), "cannot set an ownerRef on a resource you can't delete"
            )
        why = (
            "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set "
            "finalizers on"
        )
        for owner in _newly_blocking(owners, before):
            for access in self._finalizers(attrs, owner):
                self._require(attrs, access, why)

    def _require(self, attrs: Attributes, access: Access, why: str) -> None:
        decision = self._authorizer.authorize(access)
        if not decision.allowed:
            raise forbidden(attrs, f"{why}: {decision.reason}, <nil>")

    def _deletion(self, attrs: Attributes) -> Access:
        return Access(
            attrs.user,
            "delete",
            attrs.group,
            attrs.version,
            attrs.resource,
            attrs.subresource,
            attrs.namespace,
            attrs.name,
        )

    def _finalizers(self, attrs: Attributes, owner: Object) -> Iterator[Access]:
        """Updates of the finalizers of every resource whose kind the owner has."""
        version, kind = owner.get("apiVersion", ""), owner.get("kind", "")
        found = [s for s in self._scopes.values() if s.api_version == version and s.kind == kind]
        if not found:
            raise forbidden(
                attrs,
                f"cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion "
                f'{version} Kind {kind}: no matches for kind "{kind}" in version "{version}"',
            )
        for scope in found:
            namespace = attrs.namespace if scope.namespaced else ""
            name = owner.get("name", "")
            yield Access(
                attrs.user,
                "update",
                scope.group,
                scope.resource.version,
                scope.plural,
                "finalizers",
                namespace,
                name,
            )


def _owners(obj: Object | None) -> list[Object]:
    return ((obj or {}).get("metadata") or {}).get("ownerReferences") or []


def _newly_blocking(owners: list[Object], before: list[Object]) -> list[Object]:
    blocked = {owner.get("uid") for owner in before if owner.get("blockOwnerDeletion")}
    return [o for o in owners if o.get("blockOwnerDeletion") and o.get("uid") not in blocked]


def plugin(authorizer: Authorizer, scopes: Scopes) -> Plugin:
    return Plugin(
        name=NAME,
        on={("", "pods/status"): frozenset()},
        validate=_Owners(authorizer, scopes).validate,
        anywhere=WRITES,
    )
