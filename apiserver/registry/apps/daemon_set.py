"""DaemonSet: one pod on every node that fits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import errors, field, strconv
from ....apimachinery.field import FieldError
from ..printing import age, containers, labels, selector
from ..resource import STATUS, Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import nonnegative
from ..validation.pod_template import validate_pod_template_spec
from ..validation.pod_warnings import template_warnings
from ..validation.selectors import validate_label_selector
from ..validation.values import (
    count_or_percent,
    go_struct,
    not_above_100_percent,
    positive_count_or_percent,
    shown,
)
from . import columns
from .status import validate_status
from .template import (
    default_template,
    parse_selector,
    validate_always,
    validate_match,
    validate_same_selector,
)

TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
COUNTS = (
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "observedGeneration",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
    "collisionCount",
)


class DaemonSetStrategy(Strategy):
    """Rules of DaemonSets."""

    pod_spec = ("spec", "template", "spec")
    has_status = True
    tracks_generation = True

    def default(self, obj: Object) -> None:
        spec = obj.setdefault("spec", {})
        default_template(spec)
        strategy = spec.setdefault("updateStrategy", {})
        if not strategy.get("type"):
            strategy["type"] = "RollingUpdate"
        if strategy["type"] == "RollingUpdate":
            strategy.setdefault("rollingUpdate", {}).setdefault("maxUnavailable", 1)
        if "rollingUpdate" in strategy:
            for name in ("maxUnavailable", "maxSurge"):
                strategy["rollingUpdate"].setdefault(name, 0)
        spec.setdefault("revisionHistoryLimit", 10)
        _annotations(obj).setdefault(TEMPLATE_GENERATION, "0")

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        """One that was read elsewhere goes on counting where it was."""
        _annotations(obj)[TEMPLATE_GENERATION] = str(max(_generation(obj), 1))

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        _generation(new)
        changed = new["spec"].get("template") != old["spec"].get("template")
        _annotations(new)[TEMPLATE_GENERATION] = str(_generation(old) + changed)

    def prepare_status(self, ctx: Context, new: Object, old: Object) -> None:
        """The annotation is a field of the spec, which status writes leave as it is."""
        text = (old["metadata"].get("annotations") or {}).get(TEMPLATE_GENERATION, "0")
        _annotations(new)[TEMPLATE_GENERATION] = text

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return _validate(obj.get("spec") or {}, "spec")

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        spec, was = new.get("spec") or {}, old.get("spec") or {}
        return validate_same_selector(spec, was) + _validate(spec, "spec")

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        template = new["spec"].get("template") or {}
        changed = old is None or template != old["spec"].get("template")
        return template_warnings(template, "spec.template") if changed else []

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_status(new, old, COUNTS)


def _annotations(obj: Object) -> dict[str, str]:
    meta: Object = obj.setdefault("metadata", {})
    if meta.get("annotations") is None:
        meta["annotations"] = {}
    annotations: dict[str, str] = meta["annotations"]
    return annotations


def _generation(obj: Object) -> int:
    """400 for what is no number: the annotation is a field that is decoded with the others."""
    text = (obj["metadata"].get("annotations") or {}).get(TEMPLATE_GENERATION, "0")
    try:
        return strconv.parse_int(text)
    except ValueError as error:
        raise errors.bad_request(
            f'DaemonSet in version "v1" cannot be handled as a DaemonSet: {error}'
        ) from None


def _validate(spec: Object, path: str) -> list[FieldError]:
    selector, template = spec.get("selector"), spec.get("template") or {}
    errors = validate_label_selector(selector, f"{path}.selector")
    parsed = parse_selector(selector)
    if parsed is not None:
        errors += validate_match(parsed, template, f"{path}.template")
    if selector is not None and not selector.get("matchLabels") and not selector.get("matchExpressions"):
        why = "empty selector is invalid for daemonset"
        errors.append(field.invalid(f"{path}.selector", {}, why))
    errors += validate_pod_template_spec(template, f"{path}.template")
    errors += validate_always(template, f"{path}.template", "DaemonSet")
    errors += nonnegative(spec.get("minReadySeconds", 0), f"{path}.minReadySeconds")
    errors += _strategy(spec.get("updateStrategy") or {}, f"{path}.updateStrategy")
    if spec.get("revisionHistoryLimit") is not None:
        errors += nonnegative(spec["revisionHistoryLimit"], f"{path}.revisionHistoryLimit")
    return errors


def _strategy(strategy: Object, path: str) -> list[FieldError]:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    if kind == "OnDelete":
        return []
    if kind == "RollingUpdate":
        if rolling is None:
            return [field.required(f"{path}.rollingUpdate")]
        return _rolling(rolling, f"{path}.rollingUpdate")
    struct = None
    if rolling is not None:
        struct = go_struct({"maxUnavailable": 0, "maxSurge": 0, **rolling}, "maxUnavailable", "maxSurge")
    value = shown({"Type": kind, "RollingUpdate": struct})
    text = f'Unsupported value: {value}: supported values: "RollingUpdate", "OnDelete"'
    return [FieldError("FieldValueNotSupported", path, text)]


def _rolling(rolling: Object, path: str) -> list[FieldError]:
    unavailable, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    errors: list[FieldError] = []
    for check in (positive_count_or_percent, not_above_100_percent):
        errors += check(unavailable, f"{path}.maxUnavailable")
        errors += check(surge, f"{path}.maxSurge")
    has_unavailable, has_surge = count_or_percent(unavailable) != 0, count_or_percent(surge) != 0
    if has_unavailable and has_surge:
        why = "may not be set when maxUnavailable is non-zero"
        errors.append(field.invalid(f"{path}.maxSurge", surge, why))
    if not has_unavailable and not has_surge:
        errors.append(field.required(f"{path}.maxUnavailable", "cannot be 0 when maxSurge is 0"))
    return errors


_COUNTS = (
    "desiredNumberScheduled",
    "currentNumberScheduled",
    "numberReady",
    "updatedNumberScheduled",
    "numberAvailable",
)


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    pod = spec["template"].get("spec") or {}
    counts = [status.get(field, 0) for field in _COUNTS]
    nodes = labels(pod.get("nodeSelector"))
    chosen = selector(spec.get("selector"))
    return [obj["metadata"]["name"], *counts, nodes, age(obj, now), *containers(pod), chosen]


RESOURCES = (
    Resource(
        group="apps",
        kind="DaemonSet",
        plural="daemonsets",
        short_names=("ds",),
        categories=("all",),
        subresources=(STATUS,),
        strategy=DaemonSetStrategy(),
        columns=columns.DAEMONSETS,
        cells=_cells,
        converted_annotations=(TEMPLATE_GENERATION,),
    ),
)
