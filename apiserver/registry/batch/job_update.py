"""What an update may change in a Job. Source: batch validation."""

from __future__ import annotations

from ....apimachinery import field
from ....apimachinery.field import FieldError
from ..apps.template import selector_shown
from ..strategy import Object
from ..validation.common import IMMUTABLE, immutable, invalid_struct
from .job_validation import immutable_object, validate_spec

SCHEDULING = ("nodeSelector", "tolerations", "schedulingGates")


def validate_spec_update(new: Object, old: Object) -> list[FieldError]:
    spec, was = new.get("spec") or {}, old.get("spec") or {}
    errors = validate_spec(spec, "spec")
    errors += _completions(spec, was)
    if spec.get("selector") != was.get("selector"):
        errors.append(invalid_struct("spec.selector", selector_shown(spec.get("selector")), IMMUTABLE))
    errors += _template(spec.get("template") or {}, was.get("template") or {}, movable=_movable(old))
    errors += immutable(spec.get("completionMode"), was.get("completionMode"), "spec.completionMode")
    errors += immutable_object(
        spec.get("podFailurePolicy"), was.get("podFailurePolicy"), "spec.podFailurePolicy"
    )
    for name in ("backoffLimitPerIndex", "managedBy"):
        errors += immutable(spec.get(name), was.get(name), f"spec.{name}")
    return errors + immutable_object(
        spec.get("successPolicy"), was.get("successPolicy"), "spec.successPolicy"
    )


def _completions(spec: Object, was: Object) -> list[FieldError]:
    value = spec.get("completions")
    if value == was.get("completions"):
        return []
    if spec.get("completionMode") != "Indexed":
        return immutable(value, was.get("completions"), "spec.completions")
    if value is not None and value == spec.get("parallelism"):
        return []
    why = "can only be modified in tandem with spec.parallelism"
    return [field.invalid("spec.completions", value, why)]


def _movable(old: Object) -> bool:
    """Where pods go and what they ask for may change while a Job is suspended and none of its pods runs."""
    spec, status = old.get("spec") or {}, old.get("status") or {}
    if not spec.get("suspend") or status.get("active"):
        return False
    conditions = status.get("conditions") or ()
    noted = any(c.get("type") == "Suspended" and c.get("status") == "True" for c in conditions)
    return noted or not status.get("startTime")


def _template(template: Object, was: Object, *, movable: bool) -> list[FieldError]:
    if not movable:
        return immutable_object(template, was, "spec.template")
    meta, meta_was = dict(template.get("metadata") or {}), dict(was.get("metadata") or {})
    for name in ("labels", "annotations"):
        meta.pop(name, None)
        meta_was.pop(name, None)
    errors = immutable_object(meta, meta_was, "spec.template.metadata")
    pod, pod_was = template.get("spec") or {}, was.get("spec") or {}
    return errors + immutable_object(_fixed(pod), _fixed(pod_was), "spec.template.spec")


def _fixed(spec: Object) -> Object:
    """The part of a pod spec that a suspended Job may not change."""
    kept = {key: value for key, value in spec.items() if key not in SCHEDULING}
    affinity = {k: v for k, v in (spec.get("affinity") or {}).items() if k != "nodeAffinity"}
    kept.pop("affinity", None)
    if affinity:
        kept["affinity"] = affinity
    for group in ("initContainers", "containers"):
        if group in kept:
            kept[group] = [{k: v for k, v in each.items() if k != "resources"} for each in kept[group]]
    return kept
