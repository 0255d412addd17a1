"""What makes a StatefulSet invalid. Source: apps validation."""

from __future__ import annotations

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..strategy import Object
from ..validation.claims import validate_claim_spec
from ..validation.common import Errors, invalid_struct, invalids, nonnegative
from ..validation.metadata import validate_annotations, validate_labels
from ..validation.pod_annotations import validate_pod_annotations
from ..validation.pod_template import validate_pod_template_spec
from ..validation.values import (
    count_or_percent,
    go_struct,
    not_above_100_percent,
    positive_count_or_percent,
    shown,
)
from .template import parse_selector, selector_shown, validate_always, validate_match, validate_selector

RETENTION = ("Retain", "Delete")


def default_claim_template(claim: Object) -> None:
    """A claim in a set is a whole object: kind, volume mode and phase are filled in."""
    claim.setdefault("kind", "PersistentVolumeClaim")
    claim.setdefault("apiVersion", "v1")
    claim.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
    claim.setdefault("status", {}).setdefault("phase", "Pending")


def validate_spec(spec: Object, path: str, *, new: bool = False) -> Errors:
    """`new` sets must name their Service by a DNS label and have valid claims; older ones may keep what they
    have, and change neither."""
    errors = _pod_management(spec.get("podManagementPolicy", ""), f"{path}.podManagementPolicy")
    errors += _update_strategy(spec.get("updateStrategy") or {}, f"{path}.updateStrategy")
    retention = spec.get("persistentVolumeClaimRetentionPolicy") or {}
    for name, value in retention.items():
        if value not in RETENTION:
            at = f"{path}.persistentVolumeClaimRetentionPolicy.{name}"
            errors.append(field.not_supported(at, value, RETENTION))
    claims = spec.get("volumeClaimTemplates") or []
    for i, claim in enumerate(claims if new else ()):
        errors += validate_claim_spec(claim.get("spec") or {}, f"{path}.volumeClaimTemplates[{i}].spec")
    errors += nonnegative(spec.get("replicas", 0), f"{path}.replicas")
    errors += nonnegative(spec.get("minReadySeconds", 0), f"{path}.minReadySeconds")
    if spec.get("ordinals") is not None:
        errors += nonnegative(spec["ordinals"].get("start", 0), f"{path}.ordinals.start")
    service = spec.get("serviceName", "")
    if new and service:
        errors += invalids(f"{path}.serviceName", service, names.dns1123_label(service))
    errors += validate_selector(spec.get("selector"), f"{path}.selector", "statefulset")
    return errors + _template(spec, claims, path)


def _template(spec: Object, claims: list[Object], path: str) -> Errors:
    selector = parse_selector(spec.get("selector"))
    if selector is None:
        text = f"Invalid value: {selector_shown(spec.get('selector'))}"
        errors = [FieldError("FieldValueInvalid", f"{path}.selector", text)]
        return errors + validate_always(spec.get("template") or {}, f"{path}.template", "StatefulSet")
    at = f"{path}.template"
    template = _with_claims(spec.get("template") or {}, claims)
    meta, pod = template.get("metadata") or {}, template["spec"]
    errors = validate_match(selector, template, at)
    errors += validate_pod_template_spec(template, at)
    errors += validate_labels(meta.get("labels") or {}, f"{at}.labels")
    annotations = meta.get("annotations") or {}
    errors += validate_annotations(annotations, f"{at}.annotations")
    errors += validate_pod_annotations(annotations, pod, f"{at}.annotations")
    return errors + validate_always(template, at, "StatefulSet")


def _with_claims(template: Object, claims: list[Object]) -> Object:
    """The template with a volume per claim, as the pods will have; a claim hides a volume of its name."""
    spec = template.get("spec") or {}
    if not claims:
        return {**template, "spec": spec}
    claimed = dict.fromkeys((claim.get("metadata") or {}).get("name", "") for claim in claims)
    volumes = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claimed]
    volumes += [volume for volume in spec.get("volumes") or () if volume.get("name") not in claimed]
    return {**template, "spec": {**spec, "volumes": volumes}}


def _pod_management(policy: str, path: str) -> Errors:
    if not policy:
        return [field.required(path)]
    if policy in ("OrderedReady", "Parallel"):
        return []
    return [field.invalid(path, policy, "must be 'OrderedReady' or 'Parallel'")]


def _update_strategy(strategy: Object, path: str) -> Errors:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    if not kind:
        return [field.required(path)]
    if kind == "OnDelete":
        if rolling is None:
            return []
        value = shown(_rolling_struct(rolling))
        return [
            invalid_struct(f"{path}.rollingUpdate", value, "only allowed for updateStrategy 'RollingUpdate'")
        ]
    if kind != "RollingUpdate":
        value = shown({"Type": kind, "RollingUpdate": None if rolling is None else _rolling_struct(rolling)})
        return [invalid_struct(path, value, "must be 'RollingUpdate' or 'OnDelete'")]
    return _rolling(rolling or {}, f"{path}.rollingUpdate")


def _rolling_struct(rolling: Object) -> Object:
    return go_struct({"partition": 0, **rolling}, "partition", "maxUnavailable")


def _rolling(rolling: Object, path: str) -> Errors:
    errors = nonnegative(rolling.get("partition", 0), f"{path}.partition")
    unavailable = rolling.get("maxUnavailable")
    if unavailable is None:
        return errors
    at = f"{path}.maxUnavailable"
    errors += positive_count_or_percent(unavailable, at)
    if count_or_percent(unavailable) == 0:
        errors.append(field.invalid(at, unavailable, "cannot be 0"))
    return errors + not_above_100_percent(unavailable, at)
