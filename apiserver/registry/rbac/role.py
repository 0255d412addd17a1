"""Role: permissions in a namespace."""

from __future__ import annotations

from ....apimachinery import names
from ....apimachinery.field import FieldError
from ..printing import name_and_timestamp
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from . import columns
from .validation import validate_rules


class RoleStrategy(Strategy):
    """Rules of Roles."""

    metadata_checks = ("create", "update")
    emptied = (("rules",),)
    name_validator = staticmethod(names.path_segment_name)
    allow_create_on_update = True

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_rules(obj.get("rules"), namespaced=True)


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
