"""What may happen to a PersistentVolumeClaim after its creation, and how its two data sources go together."""

from __future__ import annotations

from ....apimachinery import field, names, quantity
from ..strategy import Object
from ..validation.claims import CLASS_ANNOTATION
from ..validation.common import IMMUTABLE, Errors, immutable, invalids
from ..validation.resources import is_native, validate_quantity

FROZEN = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound "
    "claims"
)
RESIZE_STATES = (
    "ControllerResizeInProgress",
    "ControllerResizeInfeasible",
    "NodeResizeInProgress",
    "NodeResizeInfeasible",
    "NodeResizePending",
)
SOURCES = (("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"))


def drop_other_sources(spec: Object, old: Object | None) -> None:
    """What never was: a source in another namespace (upstream's gate for it is off), and in dataSource, when
    it stands alone, other kinds than claims and snapshots. Sources that the object has are left alone.

    Source: KEP-1495."""
    before = old or {}
    if (spec.get("dataSourceRef") or {}).get("namespace") and before.get("dataSourceRef") is None:
        del spec["dataSourceRef"]
    if before.get("dataSource") is not None or before.get("dataSourceRef") is not None:
        return
    source = spec.get("dataSource")
    if source is None or spec.get("dataSourceRef") is not None:
        return
    if (source.get("apiGroup") or "", source.get("kind", "")) not in SOURCES:
        del spec["dataSource"]


def copy_source(spec: Object) -> None:
    """Of dataSource and dataSourceRef the one that is not set follows the other."""
    source, ref = spec.get("dataSource"), spec.get("dataSourceRef")
    if source is None and ref is not None and not ref.get("namespace"):
        spec["dataSource"] = {key: ref[key] for key in ("apiGroup", "kind", "name") if key in ref}
    elif ref is None and source is not None:
        spec["dataSourceRef"] = dict(source)


def _storage(claim: Object, part: str, *path: str) -> quantity.Quantity:
    node = claim.get(part) or {}
    for name in path:
        node = node.get(name) or {}
    return quantity.parse(node.get("storage", "0"))


def validate_claim_change(new: Object, old: Object) -> Errors:
    errors: Errors = []
    spec, was = dict(new["spec"]), dict(old["spec"])
    bound = (new.get("status") or {}).get("phase") == "Bound"
    if not was.get("volumeName") and "volumeName" in spec:
        was["volumeName"] = spec["volumeName"]
    errors += _class(new, old, spec, was)
    if bound:
        _forgive_growth(spec, was)
    if spec != was:
        errors.append(field.forbidden("spec", FROZEN))
    wanted, had = (_storage(claim, "spec", "resources", "requests") for claim in (new, old))
    if wanted < had and wanted <= _storage(old, "status", "capacity"):
        why = "field can not be less than status.capacity"
        errors.append(field.forbidden("spec.resources.requests.storage", why))
    errors += immutable(new["spec"].get("volumeMode"), old["spec"].get("volumeMode"), "volumeMode")
    return errors + _attributes_class(new["spec"], old["spec"])


def _forgive_growth(spec: Object, was: Object) -> None:
    """A bound claim may ask for more, or for another attributes class."""
    requests = (spec.get("resources") or {}).get("requests")
    if requests is not None:
        before = (was.get("resources") or {}).get("requests") or {}
        spec["resources"] = {**spec["resources"], "requests": {**requests, "storage": before.get("storage")}}
    if "volumeAttributesClassName" in spec:
        if "volumeAttributesClassName" in was:
            spec["volumeAttributesClassName"] = was["volumeAttributesClassName"]
        else:
            del spec["volumeAttributesClassName"]


def _class(new: Object, old: Object, spec: Object, was: Object) -> Errors:
    """The class may move from the old annotation to the field, and be set where there was none."""
    now = (new["metadata"].get("annotations") or {}).get(CLASS_ANNOTATION)
    before = (old["metadata"].get("annotations") or {}).get(CLASS_ANNOTATION)
    name = spec.get("storageClassName")
    unset = "storageClassName" not in was and name is not None
    if unset and before is not None and name == before and now in (None, before):
        del spec["storageClassName"]
        return []
    if unset and before in (None, name):
        del spec["storageClassName"]
    if (now or "") == (before or ""):
        return []
    return [field.invalid(f"metadata.annotations.{CLASS_ANNOTATION}", now or "", IMMUTABLE)]


def _attributes_class(spec: Object, was: Object) -> Errors:
    if was.get("volumeAttributesClassName") is None:
        return []
    path, name = "spec.volumeAttributesClassName", spec.get("volumeAttributesClassName")
    if name is None:
        return [field.forbidden(path, "update from non-nil value to nil is forbidden")]
    if not name:
        return [field.forbidden(path, "update from non-nil value to an empty string is forbidden")]
    return []


def _resource_key(name: str, path: str) -> Errors:
    messages = names.qualified_name(name)
    if messages:
        return invalids(path, name, messages)
    return [field.not_supported(path, name, ("storage",))] if is_native(name) and name != "storage" else []


def validate_claim_status(claim: Object) -> Errors:
    errors: Errors = []
    status = claim.get("status") or {}
    if not claim["spec"].get("accessModes"):
        errors.append(field.required("Spec.accessModes"))
    for name, text in (status.get("capacity") or {}).items():
        amount = quantity.parse(text)
        if amount.sign < 0:
            path, why = f"status.capacity[{name}]", "must be a valid resource quantity"
            errors.append(field.invalid(path, amount.whole(), why))
    for name, state in (status.get("allocatedResourceStatuses") or {}).items():
        errors += _resource_key(name, "status.allocatedResourceStatuses")
        if state not in RESIZE_STATES:
            errors.append(field.not_supported("status.allocatedResourceStatuses", name, RESIZE_STATES))
    for name, text in (status.get("allocatedResources") or {}).items():
        path = "status.allocatedResources"
        errors += _resource_key(name, path) or validate_quantity(
            "storage", quantity.parse(text), f"{path}[{name}]"
        )
    return errors


def class_annotation_warnings(meta: Object) -> list[str]:
    if CLASS_ANNOTATION not in (meta.get("annotations") or {}):
        return []
    why = 'deprecated since v1.8; use "storageClassName" attribute instead'
    return [f"metadata.annotations[{CLASS_ANNOTATION}]: {why}"]
