"""RoleBinding: who has a role in a namespace."""

from __future__ import annotations

from ....apimachinery import names
from ....apimachinery.field import FieldError
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from . import columns
from .bindings import binding_cells
from .validation import default_binding, validate_binding, validate_role_ref_kept

ROLE_KINDS = ("Role", "ClusterRole")


class RoleBindingStrategy(Strategy):
    """Rules of RoleBindings."""

    metadata_checks = ("create", "update")
    name_validator = staticmethod(names.path_segment_name)
    allow_create_on_update = True

    def default(self, obj: Object) -> None:
        default_binding(obj)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_binding(obj, ROLE_KINDS, namespaced=True)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return self.validate_create(ctx, new) + validate_role_ref_kept(new, old)


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
