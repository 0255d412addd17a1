"""StatefulSet: pods with names and volumes of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..printing import age, containers
from ..resource import SCALE, STATUS, Resource, ScalePaths
from ..strategy import Context, Object, Strategy
from ..validation.claims import claim_warnings
from ..validation.pod_warnings import template_warnings
from . import columns
from .stateful_set_validation import default_claim_template, validate_spec
from .status import validate_status
from .template import default_template, is_next_generation

MUTABLE = {
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
}
FORBIDDEN = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
    "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
    "'minReadySeconds' are forbidden"
)
KEEPS_ALL = (
    "spec.revisionHistoryLimit: a negative value retains all historical revisions; "
    "a value >= 0 is recommended"
)
COUNTS = (
    "replicas",
    "readyReplicas",
    "currentReplicas",
    "updatedReplicas",
    "availableReplicas",
    "observedGeneration",
    "collisionCount",
)
LIMITS = (
    ("readyReplicas", "replicas", "status.replicas"),
    ("currentReplicas", "replicas", "status.replicas"),
    ("updatedReplicas", "replicas", "status.replicas"),
    ("availableReplicas", "replicas", "status.replicas"),
    ("availableReplicas", "readyReplicas", "status.readyReplicas"),
)


class StatefulSetStrategy(Strategy):
    """Rules of StatefulSets."""

    pod_spec = ("spec", "template", "spec")
    has_status = True
    tracks_generation = True

    name_validator = staticmethod(names.dns1123_label)

    def default(self, obj: Object) -> None:
        spec = obj.setdefault("spec", {})
        spec.setdefault("replicas", 1)
        default_template(spec)
        spec.setdefault("podManagementPolicy", "OrderedReady")
        strategy = spec.setdefault("updateStrategy", {})
        if not strategy.get("type"):
            strategy["type"] = "RollingUpdate"
        if strategy["type"] == "RollingUpdate":
            strategy.setdefault("rollingUpdate", {}).setdefault("partition", 0)
        retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
        retention.setdefault("whenDeleted", "Retain")
        retention.setdefault("whenScaled", "Retain")
        spec.setdefault("revisionHistoryLimit", 10)
        for claim in spec.get("volumeClaimTemplates") or ():
            default_claim_template(claim)

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        _rolling(obj).pop("maxUnavailable", None)

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        if "maxUnavailable" not in _rolling(old):
            _rolling(new).pop("maxUnavailable", None)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_spec(obj.get("spec") or {}, "spec", new=True)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        spec, was = new.get("spec") or {}, old.get("spec") or {}
        errors = validate_spec(spec, "spec")
        if any(spec.get(key) != was.get(key) for key in {*spec, *was} - MUTABLE):
            errors.append(field.forbidden("spec", FORBIDDEN))
        return errors

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_status(new, old, COUNTS, LIMITS)

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        changed = old is None or is_next_generation(new, old)
        found = template_warnings(new["spec"].get("template") or {}, "spec.template") if changed else []
        for i, claim in enumerate(new["spec"].get("volumeClaimTemplates") or ()):
            path = f"spec.volumeClaimTemplates[{i}]" + ("" if old is None else ".Spec")
            found += claim_warnings(claim.get("spec") or {}, path)
        return [*found, KEEPS_ALL] if (new["spec"].get("revisionHistoryLimit") or 0) < 0 else found


def _rolling(obj: Object) -> Object:
    """The parameters of a rolling update. `maxUnavailable` is none yet: its feature gate,
    MaxUnavailableStatefulSet, is off in 1.36, so that it is dropped unless it is there already."""
    strategy: Object = (obj.get("spec") or {}).get("updateStrategy") or {}
    return strategy.get("rollingUpdate") or {}


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    names, images = containers(spec["template"].get("spec") or {})
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    return [obj["metadata"]["name"], ready, age(obj, now), names, images]


RESOURCES = (
    Resource(
        group="apps",
        kind="StatefulSet",
        plural="statefulsets",
        short_names=("sts",),
        categories=("all",),
        subresources=(
            STATUS,
            SCALE,
        ),
        scale=ScalePaths(),
        strategy=StatefulSetStrategy(),
        columns=columns.STATEFULSETS,
        cells=_cells,
    ),
)
