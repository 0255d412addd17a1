"""RoleBinding: who has a role in a namespace."""

from __future__ import annotations

from ..resource import Resource
from ..strategy import Strategy
from . import columns
from .bindings import binding_cells


class RoleBindingStrategy(Strategy):
    """Rules of RoleBindings."""

    allow_create_on_update = True


RESOURCES = (
    Resource(
        group="rbac.authorization.k8s.io",
        kind="RoleBinding",
        plural="rolebindings",
        strategy=RoleBindingStrategy(),
        columns=columns.ROLEBINDINGS,
        cells=binding_cells,
    ),
)
