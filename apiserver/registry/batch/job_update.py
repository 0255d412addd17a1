"""What an update may change in a Job. Source: batch validation."""

from __future__ import annotations

from ....apimachinery import field
from ....apimachinery.field import FieldError
from ..apps.template import selector_shown
from ..strategy import Object
from ..validation.common import IMMUTABLE, immutable, invalid_struct
from ..validation.internal_form import pod_spec, pod_template, struct
from ..validation.values import shown
from .job_validation import validate_spec

POLICIES = {"podFailurePolicy": "batch.v1.PodFailurePolicy", "successPolicy": "batch.v1.SuccessPolicy"}
SCHEDULING = ("nodeSelector", "tolerations", "schedulingGates")


def validate_spec_update(new: Object, old: Object) -> list[FieldError]:
    spec, was = new.get("spec") or {}, old.get("spec") or {}
    errors = validate_spec(spec, "spec")
    errors += _completions(spec, was)
    if spec.get("selector") != was.get("selector"):
        errors.append(invalid_struct("spec.selector", selector_shown(spec.get("selector")), IMMUTABLE))
    errors += _template(spec.get("template") or {}, was.get("template") or {}, movable=_movable(old))
    errors += immutable(spec.get("completionMode"), was.get("completionMode"), "spec.completionMode")
    errors += _policy(spec, was, "podFailurePolicy")
    for name in ("backoffLimitPerIndex", "managedBy"):
        errors += immutable(spec.get(name), was.get(name), f"spec.{name}")
    return errors + _policy(spec, was, "successPolicy")


def _policy(spec: Object, was: Object, name: str) -> list[FieldError]:
    value = spec.get(name)
    if value == was.get(name):
        return []
    return [_changed(f"spec.{name}", struct(POLICIES[name], value))]


def _changed(path: str, value: Object | None) -> FieldError:
    return invalid_struct(path, shown(value), IMMUTABLE)


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
        return [] if template == was else [_changed("spec.template", pod_template(template))]
    pod, pod_was = template.get("spec") or {}, was.get("spec") or {}
    if _fixed(pod) == _fixed(pod_was):
        return []
    return [_changed("spec.template.spec", pod_spec(pod))]


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
