"""ClusterRole: permissions everywhere."""

from __future__ import annotations

from ..printing import name_and_timestamp
from ..resource import Resource
from ..strategy import Strategy
from . import columns


class ClusterRoleStrategy(Strategy):
    """Rules of ClusterRoles."""

    allow_create_on_update = True


RESOURCES = (
    Resource(
        group="rbac.authorization.k8s.io",
        kind="ClusterRole",
        plural="clusterroles",
        namespaced=False,
        strategy=ClusterRoleStrategy(),
        columns=columns.CLUSTERROLES,
        cells=name_and_timestamp,
    ),
)
