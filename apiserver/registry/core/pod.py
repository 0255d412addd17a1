"""Pod: containers that run together on one node."""

from __future__ import annotations

from collections.abc import Callable

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ....apimachinery.gvk import GroupVersionKind
from ..defaults.pod_spec import default_pod, sync_service_account
from ..resource import Resource, Subresource
from ..strategy import Context, Object, Strategy
from ..validation.containers import validate_init_resizes
from ..validation.known_specs import KnownSpecs
from ..validation.pod_annotations import validate_pod_annotations, validate_profiles_agree
from ..validation.pod_spec import validate_pod_spec
from ..validation.pod_warnings import pod_warnings
from .pod_cells import FINISHED, cells, row_conditions
from .pod_columns import PODS
from .pod_create import apply_app_armor, apply_label_keys, new_status
from .pod_parts import KEEPERS, validate_ephemeral_update, validate_resize
from .pod_status import drop_gated_status, keep_observed, status_warnings, validate_pod_status
from .pod_update import validate_annotation_update, validate_spec_update

HOST_NAME = (
    "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; "
    "a DNS label is recommended: [{}]"
)
VALID: KnownSpecs = KnownSpecs()
QUIET: KnownSpecs = KnownSpecs()
"""Specs without problems, and without warnings when there are no annotations."""


class PodStrategy(Strategy):
    """Runs on its node until its grace period is over; hardly anything of its spec may change."""

    pod_spec = ("spec",)
    has_status = True
    status_resets = ("spec", "metadata.deletionTimestamp", "metadata.ownerReferences")
    keeps_new_status = True  # until prepare_create
    tracks_generation = True
    metadata_checks = ("update", "create")
    server_subresources = frozenset(("binding",))
    returns_deleted = True

    def default(self, obj: Object) -> None:
        default_pod(obj)
        status = obj.get("status")
        if status:
            _sync_ips(status)

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        spec = obj.setdefault("spec", {})
        sync_service_account(spec)
        if spec.get("terminationGracePeriodSeconds", 0) < 0:
            spec["terminationGracePeriodSeconds"] = 1
        apply_label_keys(spec, obj["metadata"].get("labels") or {})
        warnings = apply_app_armor(obj)
        if ctx.notes is not None:
            ctx.notes.extend(warnings)
        obj["status"] = new_status(ctx, spec, (obj.get("status") or {}).get("qosClass"))

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        spec = obj["spec"]
        annotations = obj["metadata"].get("annotations")
        errors = validate_pod(obj) + validate_init_resizes(spec, "spec")
        if spec.get("ephemeralContainers"):
            errors.append(field.forbidden("spec.ephemeralContainers", "cannot be set on create"))
        if spec.get("nodeName") and spec.get("schedulingGates"):
            why = "cannot be set until all schedulingGates have been cleared"
            errors.append(field.forbidden("spec.nodeName", why))
        return errors + validate_profiles_agree(annotations, spec, "spec")

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        keep = KEEPERS.get(ctx.subresource)
        if keep is not None:
            keep(new, old)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        if ctx.subresource == "binding":
            return []
        errors = validate_pod(new)
        if ctx.subresource == "resize":
            return errors + validate_resize(new, old)
        errors += validate_annotation_update(new, old)
        if ctx.subresource == "ephemeralcontainers":
            return errors + validate_ephemeral_update(new, old)
        return errors + validate_spec_update(new["spec"], old["spec"])

    def prepare_status(self, ctx: Context, new: Object, old: Object) -> None:
        status = new.setdefault("status", {})
        before = old.get("status") or {}
        if not status.get("qosClass") and "qosClass" in before:
            status["qosClass"] = before["qosClass"]
        keep_observed(status, before)
        drop_gated_status(status)

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_annotation_update(new, old) + validate_pod_status(new, old)

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        if old is not None:
            return []
        messages = names.dns1123_label(new["metadata"].get("name", ""))
        found = [HOST_NAME.format(" ".join(messages))] if messages else []
        if new["metadata"].get("annotations"):
            return found + pod_warnings(new)
        return found + QUIET.check(new["spec"], lambda: pod_warnings(new))

    def status_warnings(self, ctx: Context, new: Object, old: Object) -> list[str]:
        return status_warnings(new.get("status") or {})

    def grace_period(self, ctx: Context, obj: Object, requested: int | None) -> int | None:
        spec = obj["spec"]
        if not spec.get("nodeName") or (obj.get("status") or {}).get("phase") in FINISHED:
            return 0
        seconds: int = spec.get("terminationGracePeriodSeconds", 0) if requested is None else requested
        return seconds if seconds >= 0 else 1


def validate_pod(pod: Object) -> list[FieldError]:
    """What holds for a pod at any time."""
    spec, meta = pod.get("spec") or {}, pod["metadata"]
    errors = validate_pod_annotations(meta.get("annotations"), spec, "metadata.annotations")
    name = meta.get("name", "")
    return errors + VALID.check(spec, lambda: validate_pod_spec(spec, "spec", pod_name=name, is_pod=True))


def _sync_ips(status: Object) -> None:
    """The old single address and the first of the newer list are the same; the single one wins."""
    ip, ips = status.get("podIP"), status.get("podIPs")
    if ip and (not ips or ips[0].get("ip") != ip):
        status["podIPs"] = [{"ip": ip}]
    elif ips and not ip:
        status["podIP"] = ips[0].get("ip", "")


def _in(part: str, name: str) -> Callable[[Object], str]:
    return lambda obj: str((obj.get(part) or {}).get(name, ""))


SELECTABLE: dict[str, Callable[[Object], str]] = {
    **{
        f"spec.{name}": _in("spec", name)
        for name in ("nodeName", "restartPolicy", "schedulerName", "serviceAccountName")
    },
    **{f"status.{name}": _in("status", name) for name in ("phase", "podIP", "nominatedNodeName")},
    "status.podIPs": _in("status", "podIP"),
    "spec.hostNetwork": lambda obj: "true" if (obj.get("spec") or {}).get("hostNetwork") else "false",
}

_STREAM = ("create", "get")
_CHANGE = ("get", "patch", "update")

RESOURCES = (
    Resource(
        kind="Pod",
        plural="pods",
        short_names=("po",),
        categories=("all",),
        subresources=(
            Subresource("attach", _STREAM, GroupVersionKind("", "v1", "PodAttachOptions")),
            Subresource("binding", ("create",), GroupVersionKind("", "v1", "Binding")),
            Subresource("ephemeralcontainers", _CHANGE),
            Subresource("eviction", ("create",), GroupVersionKind("policy", "v1", "Eviction")),
            Subresource("exec", _STREAM, GroupVersionKind("", "v1", "PodExecOptions")),
            Subresource("log", ("get",)),
            Subresource("portforward", _STREAM, GroupVersionKind("", "v1", "PodPortForwardOptions")),
            Subresource(
                "proxy",
                ("create", "delete", "get", "patch", "update"),
                GroupVersionKind("", "v1", "PodProxyOptions"),
            ),
            Subresource("resize", _CHANGE),
            Subresource("status", _CHANGE),
        ),
        strategy=PodStrategy(),
        columns=PODS,
        cells=cells,
        row_conditions=row_conditions,
        selectable=SELECTABLE,
    ),
)
