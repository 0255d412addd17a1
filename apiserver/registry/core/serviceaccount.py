"""ServiceAccount: an identity for processes in pods."""

from __future__ import annotations

from ....apimachinery.gvk import GroupVersionKind
from ..resource import Resource, Subresource
from ..strategy import Strategy
from .columns import SERVICEACCOUNTS

TOKEN_REQUEST = GroupVersionKind("authentication.k8s.io", "v1", "TokenRequest")


class ServiceAccountStrategy(Strategy):
    """Neutral, but that a deletion answers with the account."""

    metadata_checks = ("update", "create")
    returns_deleted = True


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
