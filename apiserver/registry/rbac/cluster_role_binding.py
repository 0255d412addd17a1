"""ClusterRoleBinding: who has a role everywhere."""

from __future__ import annotations

from ..resource import Resource
from ..strategy import Strategy
from . import columns
from .bindings import binding_cells


class ClusterRoleBindingStrategy(Strategy):
    """Rules of ClusterRoleBindings."""

    allow_create_on_update = True


RESOURCES = (
    Resource(
        group="rbac.authorization.k8s.io",
        kind="ClusterRoleBinding",
        plural="clusterrolebindings",
        namespaced=False,
        strategy=ClusterRoleBindingStrategy(),
        columns=columns.CLUSTERROLEBINDINGS,
        cells=binding_cells,
    ),
)
