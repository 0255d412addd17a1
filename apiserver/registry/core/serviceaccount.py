"""ServiceAccount: an identity for processes in pods."""

from __future__ import annotations

from ....apimachinery.gvk import GroupVersionKind
from ..resource import Resource, Subresource
from ..strategy import Context, Object, Strategy
from .columns import SERVICEACCOUNTS

TOKEN_REQUEST = GroupVersionKind("authentication.k8s.io", "v1", "TokenRequest")


MOUNTABLE = "kubernetes.io/enforce-mountable-secrets"
DEPRECATED = (
    f"metadata.annotations[{MOUNTABLE}]: deprecated in v1.32+; prefer separate namespaces to isolate access "
    "to mounted secrets"
)


class ServiceAccountStrategy(Strategy):
    """References to secrets are names, and nothing more."""

    metadata_checks = ("update", "create")
    returns_deleted = True

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        if obj.get("secrets"):
            obj["secrets"] = [{k: v for k, v in secret.items() if k == "name"} for secret in obj["secrets"]]

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        self.prepare_create(ctx, new)

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        if old is not None and MOUNTABLE in (old["metadata"].get("annotations") or {}):
            return []
        return [DEPRECATED] if MOUNTABLE in (new["metadata"].get("annotations") or {}) else []


RESOURCES = (
    Resource(
        kind="ServiceAccount",
        plural="serviceaccounts",
        short_names=("sa",),
        subresources=(Subresource("token", ("create",), TOKEN_REQUEST),),
        strategy=ServiceAccountStrategy(),
        columns=SERVICEACCOUNTS,
    ),
)
