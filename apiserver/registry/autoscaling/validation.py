"""What makes a HorizontalPodAutoscaler invalid (v2 form). Source: autoscaling validation."""

from __future__ import annotations

from collections.abc import Callable

from ....apimachinery import field, names, quantity
from ....apimachinery.gvk import parse_group_version
from ..strategy import Object
from ..validation.common import Errors, invalids, nonnegative, nonnegative_quantity

METRIC_TYPES = ("ContainerResource", "External", "Object", "Pods", "Resource")
TARGET_TYPES = ("Utilization", "Value", "AverageValue")
SELECT_POLICIES = ("Disabled", "Max", "Min")
POLICY_TYPES = ("Percent", "Pods")
MAX_PERIOD = 1800
MAX_WINDOW = 3600
POSITIVE = "must be greater than zero"


def validate(obj: Object) -> Errors:
    spec, path = obj.get("spec") or {}, "spec"
    least, most = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    errors: Errors = []
    if least is not None and least < 1:
        errors.append(field.invalid(f"{path}.minReplicas", least, "must be greater than or equal to 1"))
    if most == 0:
        errors.append(field.required(f"{path}.maxReplicas", "must be set and greater than 0"))
    elif most < 0:
        errors.append(field.invalid(f"{path}.maxReplicas", most, "must be greater than or equal to 1"))
    if least is not None and most < least:
        why = "must be greater than or equal to `minReplicas`"
        errors.append(field.invalid(f"{path}.maxReplicas", most, why))
    errors += _reference(spec.get("scaleTargetRef") or {}, f"{path}.scaleTargetRef", grouped=True)
    errors += _metrics(spec.get("metrics") or [], f"{path}.metrics", least)
    for direction in ("scaleUp", "scaleDown"):
        rules = (spec.get("behavior") or {}).get(direction)
        if rules is not None:
            errors += _rules(rules, f"{path}.behavior.{direction}")
    return errors


def validate_status(status: Object) -> Errors:
    errors: Errors = []
    for name in ("currentReplicas", "desiredReplicas"):
        errors += nonnegative(status.get(name) or 0, f"status.{name}")
    return errors


def _reference(reference: Object, path: str, *, grouped: bool = False) -> Errors:
    errors: Errors = []
    for name in ("kind", "name"):
        value = reference.get(name, "")
        if not value:
            errors.append(field.required(f"{path}.{name}"))
        else:
            errors += invalids(f"{path}.{name}", value, names.path_segment_name(value))
    version = reference.get("apiVersion", "")
    problem = _version_problem(version, reference.get("kind", ""), grouped)
    if problem:
        errors.append(field.invalid(f"{path}.apiVersion", version, problem))
    return errors


def _version_problem(version: str, kind: str, grouped: bool) -> str:
    try:
        group = parse_group_version(version).group
    except ValueError as error:
        return str(error)
    if grouped and not group and (version, kind) != ("v1", "ReplicationController"):
        return "apiVersion must specify API group"
    return ""


def _metrics(metrics: list[Object], path: str, least: int | None) -> Errors:
    errors: Errors = []
    for i, metric in enumerate(metrics):
        errors += _metric(metric, f"{path}[{i}]")
    if least == 0 and not any(metric.get("type") in ("Object", "External") for metric in metrics):
        why = "must specify at least one Object or External metric to support scaling to zero replicas"
        errors.append(field.forbidden(path, why))
    return errors


def _metric(metric: Object, path: str) -> Errors:
    kind = metric.get("type", "")
    errors: Errors = []
    if not kind:
        errors.append(field.required(f"{path}.type", "must specify a metric source type"))
    if kind not in METRIC_TYPES:
        errors.append(field.not_supported(f"{path}.type", kind, METRIC_TYPES))
    present = [name for name in SOURCES if metric.get(name) is not None]
    if present:
        errors += SOURCES[present[0]](metric[present[0]], f"{path}.{present[0]}")
    expected = kind[:1].lower() + kind[1:]
    if kind not in METRIC_TYPES:
        errors.append(field.not_supported(f"{path}.type", kind, METRIC_TYPES))
    elif expected not in present:
        why = "must populate information for the given metric source"
        errors.append(field.required(f"{path}.{expected}", why))
    if len(present) != 1:
        why = "must populate the given metric source only"
        errors += [field.forbidden(f"{path}.{name}", why) for name in present if name != expected]
    return errors


def _object(source: Object, path: str) -> Errors:
    target = source.get("target") or {}
    errors = _reference(source.get("describedObject") or {}, f"{path}.describedObject")
    errors += _identifier(source.get("metric") or {}, f"{path}.metric")
    errors += _target(target, f"{path}.target")
    if target.get("value") is None and target.get("averageValue") is None:
        why = "must set either a target value or averageValue"
        errors.append(field.required(f"{path}.target.averageValue", why))
    return errors


def _external(source: Object, path: str) -> Errors:
    target = source.get("target") or {}
    errors = _identifier(source.get("metric") or {}, f"{path}.metric") + _target(target, f"{path}.target")
    value, average = target.get("value"), target.get("averageValue")
    if value is not None and average is not None:
        why = "may not set both a target value for metric and a per-pod target"
        errors.append(field.forbidden(f"{path}.target.value", why))
    if value is None and average is None:
        why = "must set either a target value for metric or a per-pod target"
        errors.append(field.required(f"{path}.target.averageValue", why))
    return errors


def _pods(source: Object, path: str) -> Errors:
    target = source.get("target") or {}
    errors = _identifier(source.get("metric") or {}, f"{path}.metric") + _target(target, f"{path}.target")
    average = target.get("averageValue")
    if average is None or quantity.parse(average).sign <= 0:
        why = "must specify a positive target averageValue"
        errors.append(field.required(f"{path}.target.averageValue", why))
    return errors


def _resource(source: Object, path: str) -> Errors:
    errors: Errors = []
    if not source.get("name"):
        errors.append(field.required(f"{path}.name", "must specify a resource name"))
    return errors + _resource_target(source.get("target") or {}, f"{path}.target")


def _container_resource(source: Object, path: str) -> Errors:
    errors: Errors = []
    if not source.get("name"):
        errors.append(field.required(f"{path}.name", "must specify a resource name"))
    if not source.get("container"):
        errors.append(field.required(f"{path}.container", "must specify a container"))
    return errors + _resource_target(source.get("target") or {}, f"{path}.target")


SOURCES: dict[str, Callable[[Object, str], Errors]] = {
    "object": _object,
    "external": _external,
    "pods": _pods,
    "resource": _resource,
    "containerResource": _container_resource,
}


def _resource_target(target: Object, path: str) -> Errors:
    errors = _target(target, path)
    value, utilization = target.get("averageValue"), target.get("averageUtilization")
    if value is None and utilization is None:
        why = "must set either a target raw value or a target utilization"
        errors.append(field.required(f"{path}.averageUtilization", why))
    if value is not None and utilization is not None:
        why = "may not set both a target raw value and a target utilization"
        errors.append(field.forbidden(f"{path}.averageValue", why))
    return errors


def _identifier(metric: Object, path: str) -> Errors:
    name = metric.get("name", "")
    if not name:
        return [field.required(f"{path}.name", "must specify a metric name")]
    return invalids(f"{path}.name", name, names.path_segment_name(name))


def _target(target: Object, path: str) -> Errors:
    kind = target.get("type", "")
    errors: Errors = []
    if not kind:
        errors.append(field.required(f"{path}.type", "must specify a metric target type"))
    if kind not in TARGET_TYPES:
        why = "must be either Utilization, Value, or AverageValue"
        errors.append(field.invalid(f"{path}.type", kind, why))
    for name in ("value", "averageValue"):
        text = target.get(name)
        if text is not None and quantity.parse(text).sign <= 0:
            errors.append(field.invalid(f"{path}.{name}", text, "must be positive"))
    utilization = target.get("averageUtilization")
    if utilization is not None and utilization < 1:
        errors.append(field.invalid(f"{path}.averageUtilization", utilization, "must be greater than 0"))
    return errors


def _rules(rules: Object, path: str) -> Errors:
    errors: Errors = []
    window, select = rules.get("stabilizationWindowSeconds"), rules.get("selectPolicy")
    if window is not None:
        at = f"{path}.stabilizationWindowSeconds"
        if window < 0:
            errors.append(field.invalid(at, window, "must be greater than or equal to zero"))
        if window > MAX_WINDOW:
            errors.append(field.invalid(at, window, f"must be less than or equal to {MAX_WINDOW}"))
    if select is not None and select not in SELECT_POLICIES:
        errors.append(field.not_supported(f"{path}.selectPolicy", select, SELECT_POLICIES))
    policies = rules.get("policies") or []
    if not policies:
        errors.append(field.required(f"{path}.policies", "must specify at least one Policy"))
    for i, policy in enumerate(policies):
        errors += _policy(policy, f"{path}.policies[{i}]")
    if rules.get("tolerance") is not None:
        errors += nonnegative_quantity(rules["tolerance"], f"{path}.tolerance")
    return errors


def _policy(policy: Object, path: str) -> Errors:
    kind, value, period = policy.get("type", ""), policy.get("value", 0), policy.get("periodSeconds", 0)
    errors: Errors = []
    if kind not in POLICY_TYPES:
        errors.append(field.not_supported(f"{path}.type", kind, POLICY_TYPES))
    if value <= 0:
        errors.append(field.invalid(f"{path}.value", value, POSITIVE))
    if period <= 0:
        errors.append(field.invalid(f"{path}.periodSeconds", period, POSITIVE))
    if period > MAX_PERIOD:
        why = f"must be less than or equal to {MAX_PERIOD}"
        errors.append(field.invalid(f"{path}.periodSeconds", period, why))
    return errors
