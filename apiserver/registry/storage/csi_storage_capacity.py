"""CSIStorageCapacity: how much a driver can still provision."""

from __future__ import annotations

from ....apimachinery import names
from ....apimachinery.field import FieldError
from ..apps.template import selector_shown
from ..printing import name_and_timestamp
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import IMMUTABLE, immutable, invalid_struct, invalids, nonnegative_quantity
from ..validation.pod_warnings import NODE_LABELS, term_warnings
from ..validation.selectors import validate_label_selector
from . import columns


class CSIStorageCapacityStrategy(Strategy):
    """Rules of CSIStorageCapacitys."""

    metadata_checks = ("create", "update")
    allow_unconditional_update = False

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        errors = validate_label_selector(obj.get("nodeTopology"), "nodeTopology")
        name = obj.get("storageClassName", "")
        errors += invalids("storageClassName", name, names.dns1123_subdomain(name))
        if obj.get("capacity") is not None:
            errors += nonnegative_quantity(obj["capacity"], "capacity")
        return errors

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        errors = self.validate_create(ctx, new)
        topology = new.get("nodeTopology")
        if topology != old.get("nodeTopology"):
            errors.append(invalid_struct("nodeTopology", selector_shown(topology), IMMUTABLE))
        of_class, was = (each.get("storageClassName") for each in (new, old))
        return errors + immutable(of_class, was, "storageClassName")

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        topology = new.get("nodeTopology") or {}
        labels = (key for key in topology.get("matchLabels") or () if key in NODE_LABELS)
        return [
            *term_warnings(topology, "nodeTopology"),
            *(f"nodeTopology.matchLabels.{key}: {NODE_LABELS[key]}" for key in labels),
        ]


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        kind="CSIStorageCapacity",
        plural="csistoragecapacities",
        strategy=CSIStorageCapacityStrategy(),
        columns=columns.CSISTORAGECAPACITIES,
        cells=name_and_timestamp,
    ),
)
