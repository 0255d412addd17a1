"""ReplicationController: keeps a number of pods of one template alive."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ....apimachinery.gvk import GroupVersionKind
from ..apps.template import is_next_generation
from ..defaults.pod_spec import default_pod_spec
from ..printing import age, containers, labels
from ..resource import Resource, ScalePaths, Subresource
from ..strategy import Context, Object, Strategy
from ..validation.common import Errors, nonnegative, supported
from ..validation.pod_template import validate_pod_template_spec
from ..validation.pod_warnings import template_warnings
from .pod_columns import REPLICATIONCONTROLLERS

COUNTS = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration")


class ReplicationControllerStrategy(Strategy):
    """Selector and labels default to those of the template."""

    pod_spec = ("spec", "template", "spec")
    has_status = True
    name_validator = staticmethod(names.declared_subdomain)
    tracks_generation = True
    orphans_by_default = True

    def default(self, obj: Object) -> None:
        spec = obj.get("spec") or {}
        template = spec.get("template")
        if template is None:
            return
        own = (template.get("metadata") or {}).get("labels")
        if own:
            if not spec.get("selector"):
                spec["selector"] = dict(own)
            if not obj["metadata"].get("labels"):
                obj["metadata"]["labels"] = dict(own)
        if "spec" in template:
            default_pod_spec(template["spec"])

    def prepare_status(self, ctx: Context, new: Object, old: Object) -> None:
        """Whoever reads it sees the labels of the template where it has none of its own."""
        template = (new.get("spec") or {}).get("template") or {}
        own = (template.get("metadata") or {}).get("labels")
        if own and not new["metadata"].get("labels"):
            new["metadata"]["labels"] = dict(own)

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        obj["status"] = {"replicas": 0}

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        spec = obj.get("spec") or {}
        errors = nonnegative(spec.get("minReadySeconds", 0), "spec.minReadySeconds")
        if not spec.get("selector"):
            errors.append(field.required("spec.selector"))
        errors += nonnegative(spec.get("replicas", 0), "spec.replicas")
        return errors + validate_rc_template(spec, "spec.template")

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_replica_status(new.get("status") or {})

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        if old is not None and not is_next_generation(new, old):
            return []
        # Of an update upstream judges the template that was.
        template = ((new if old is None else old).get("spec") or {}).get("template")
        return template_warnings(template, "spec.template") if template else []


def validate_rc_template(spec: Object, path: str) -> Errors:
    """The template, which the selector must match and whose pods run for good."""
    template = spec.get("template")
    if template is None:
        return [field.required(path)]
    errors: Errors = []
    selector = spec.get("selector") or {}
    labels = (template.get("metadata") or {}).get("labels")
    if selector and not selector.items() <= (labels or {}).items():
        why = "`selector` does not match template `labels`"
        errors.append(field.invalid(f"{path}.metadata.labels", labels, why))
    errors += validate_pod_template_spec(template, path)
    pod = template.get("spec") or {}
    errors += supported(pod.get("restartPolicy", ""), ("Always",), f"{path}.spec.restartPolicy")
    if "activeDeadlineSeconds" in pod:
        why = "activeDeadlineSeconds in ReplicationController is not Supported"
        errors.append(field.forbidden(f"{path}.spec.activeDeadlineSeconds", why))
    return errors


def validate_replica_status(status: Object, path: str = "status") -> Errors:
    """Counts that fit together: ready and available ones are among all, available ones among the ready."""
    errors: Errors = []
    counts = {name: status.get(name, 0) for name in COUNTS}
    for name, count in counts.items():
        errors += nonnegative(count, f"{path}.{name}")
    for name in ("fullyLabeledReplicas", "readyReplicas", "availableReplicas"):
        if counts[name] > counts["replicas"]:
            why = "cannot be greater than status.replicas"
            errors.append(field.invalid(f"{path}.{name}", counts[name], why))
    if counts["availableReplicas"] > counts["readyReplicas"]:
        available = counts["availableReplicas"]
        why = "cannot be greater than readyReplicas"
        errors.append(field.invalid(f"{path}.availableReplicas", available, why))
    return errors


def cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    names, images = containers((spec.get("template") or {}).get("spec") or {})
    return [
        obj["metadata"]["name"],
        spec.get("replicas", 0),
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        age(obj, now),
        names,
        images,
        labels(spec.get("selector")),
    ]


RESOURCES = (
    Resource(
        kind="ReplicationController",
        plural="replicationcontrollers",
        short_names=("rc",),
        categories=("all",),
        subresources=(
            Subresource("scale", ("get", "patch", "update"), GroupVersionKind("autoscaling", "v1", "Scale")),
            Subresource("status", ("get", "patch", "update")),
        ),
        scale=ScalePaths(),
        strategy=ReplicationControllerStrategy(),
        columns=REPLICATIONCONTROLLERS,
        cells=cells,
        selectable={"status.replicas": lambda obj: str((obj.get("status") or {}).get("replicas", 0))},
    ),
)
