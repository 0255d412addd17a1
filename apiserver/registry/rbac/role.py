"""Role: permissions in a namespace."""

from __future__ import annotations

from ..printing import name_and_timestamp
from ..resource import Resource
from ..strategy import Strategy
from . import columns


class RoleStrategy(Strategy):
    """Rules of Roles."""

    allow_create_on_update = True


RESOURCES = (
    Resource(
        group="rbac.authorization.k8s.io",
        kind="Role",
        plural="roles",
        strategy=RoleStrategy(),
        columns=columns.ROLES,
        cells=name_and_timestamp,
    ),
)
