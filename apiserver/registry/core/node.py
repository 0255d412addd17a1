"""Node: a machine that runs pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field, quantity
from ....apimachinery.field import FieldError
from ....apimachinery.gvk import GroupVersionKind
from ..defaults.resources import round_up
from ..printing import NONE, UNKNOWN, age
from ..resource import Resource, Subresource
from ..strategy import Context, Object, Strategy
from ..validation.addresses import validate_cidr
from ..validation.common import Errors, duplicate_struct, struct
from ..validation.resources import validate_quantity
from ..validation.scheduling import validate_taints
from .columns import NODES
from .declared_features import validate_declared_features

ROLE_PREFIX = "node-role.kubernetes.io/"
ROLE_LABEL = "kubernetes.io/role"


class NodeStrategy(Strategy):
    """The spec is nearly frozen; the kubelet writes the status, and may do so while it creates the node."""

    has_status = True
    keeps_new_status = True
    metadata_checks = ("create", "update")

    def default(self, obj: Object) -> None:
        spec, status = obj.setdefault("spec", {}), obj.setdefault("status", {})
        sync_first(spec, "podCIDR", "podCIDRs")
        if "capacity" in status:
            round_up(status["capacity"])
            status.setdefault("allocatable", dict(status["capacity"]))
        round_up(status.get("allocatable"))

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        obj["spec"].pop("configSource", None)
        (obj.get("status") or {}).pop("config", None)

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        if "configSource" not in old["spec"]:
            new["spec"].pop("configSource", None)

    def prepare_status(self, ctx: Context, new: Object, old: Object) -> None:
        if "config" not in (old.get("status") or {}):
            (new.get("status") or {}).pop("config", None)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        errors = validate_taints(obj["spec"].get("taints") or (), "metadata.taints")
        errors += _validate_status(obj.get("status") or {}, swap=True)
        return errors + validate_pod_cidrs(obj["spec"].get("podCIDRs") or [])

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return self.validate_create(ctx, new) + self.validate_status(ctx, new, old)

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        errors = _validate_status(new.get("status") or {})
        errors += _addresses((new.get("status") or {}).get("addresses") or [])
        return errors + _kept(new["spec"], old["spec"])

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        found = []
        if "configSource" in new["spec"]:
            found.append("spec.configSource: the feature is no longer supported")
        if new["spec"].get("externalID"):
            found.append("spec.externalID: this field is deprecated, and is unused by Kubernetes")
        return found


def _validate_status(status: Object, *, swap: bool = False) -> Errors:
    errors = validate_node_resources(status)
    capacity = ((status.get("nodeInfo") or {}).get("swap") or {}).get("capacity")
    if swap and capacity is not None and capacity <= 0:
        why = "must be greater than zero"
        errors.append(field.invalid("metadata.nodeSwapStatus.capacity", capacity, why))
    return errors + validate_declared_features(status.get("declaredFeatures") or ())


def sync_first(obj: Object, one: str, many: str) -> None:
    """Upstream keeps an old single field and the first of a newer list the same; the single one wins."""
    value, values = obj.get(one), obj.get(many)
    if value and (not values or values[0] != value):
        obj[many] = [value]
    elif values and not value:
        obj[one] = values[0]


def validate_node_resources(status: Object) -> Errors:
    errors: Errors = []
    for kind in ("capacity", "allocatable"):
        for name, text in (status.get(kind) or {}).items():
            errors += validate_quantity(name, quantity.parse(text), f"status.{kind}.{name}")
    return errors


def validate_pod_cidrs(cidrs: list[str]) -> Errors:
    """At most one network per IP family."""
    path = "spec.podCIDRs"
    errors: Errors = []
    for i, value in enumerate(cidrs):
        errors += validate_cidr(value, f"{path}[{i}]")
    if len(cidrs) < 2:
        return errors
    if len(cidrs) > 2 or len({":" in value for value in cidrs}) < 2:
        errors.append(field.invalid(path, cidrs, "may specify no more than one CIDR for each IP family"))
    return errors


def _addresses(addresses: list[Object]) -> Errors:
    errors: Errors = []
    seen: set[tuple[str, str]] = set()
    for i, entry in enumerate(addresses):
        pair = entry.get("type", ""), entry.get("address", "")
        if pair in seen:
            shown = struct({"Type": pair[0], "Address": pair[1]}, "Type", "Address")
            errors.append(duplicate_struct(f"status.addresses[{i}]", shown))
        seen.add(pair)
    return errors


def _kept(new: Object, old: Object) -> Errors:
    errors: Errors = []
    once = 'except from "" to valid'
    cidrs, before = new.get("podCIDRs") or [], old.get("podCIDRs") or []
    if before:
        why = f"node updates may not change podCIDR {once}"
        changed = 1 if len(cidrs) != len(before) else sum(a != b for a, b in zip(cidrs, before, strict=True))
        errors += [field.forbidden("spec.podCIDRs", why)] * changed
    if old.get("providerID") and old["providerID"] != new.get("providerID"):
        why = f"node updates may not change providerID {once}"
        errors.append(field.forbidden("spec.providerID", why))
    errors += validate_taints(new.get("taints") or (), "metadata.taints")
    if new.get("externalID", "") != old.get("externalID", ""):
        errors.append(field.forbidden("spec.externalID", "may not be updated"))
    return errors


def roles(labels: dict[str, str]) -> str:
    found = {name[len(ROLE_PREFIX) :] for name in labels if name.startswith(ROLE_PREFIX)}
    found.add(labels.get(ROLE_LABEL, ""))
    found.discard("")
    return ",".join(sorted(found)) or NONE


def state(obj: Object) -> str:
    """`Ready`, `NotReady` or `Unknown`, with `,SchedulingDisabled` while cordoned."""
    words = [
        "Ready" if condition.get("status") == "True" else "NotReady"
        for condition in (obj.get("status") or {}).get("conditions") or ()
        if condition.get("type") == "Ready"
    ][-1:] or ["Unknown"]
    if (obj.get("spec") or {}).get("unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def address(status: Object, kind: str) -> str:
    return next((a["address"] for a in status.get("addresses") or () if a.get("type") == kind), NONE)


def kernel(info: Object) -> str:
    """`6.1.0 (amd64)`."""
    version = str(info.get("kernelVersion") or UNKNOWN)
    return f"{version} ({info['architecture']})" if info.get("architecture") else version


def cells(obj: Object, now: datetime) -> list[Any]:
    meta, status = obj["metadata"], obj.get("status") or {}
    info = status.get("nodeInfo") or {}
    return [
        meta["name"],
        state(obj),
        roles(meta.get("labels") or {}),
        age(obj, now),
        info.get("kubeletVersion", ""),
        address(status, "InternalIP"),
        address(status, "ExternalIP"),
        info.get("osImage") or UNKNOWN,
        kernel(info),
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


def unschedulable(obj: Object) -> str:
    return "true" if (obj.get("spec") or {}).get("unschedulable") else "false"


RESOURCES = (
    Resource(
        kind="Node",
        plural="nodes",
        short_names=("no",),
        namespaced=False,
        subresources=(
            Subresource(
                "proxy",
                ("create", "delete", "get", "patch", "update"),
                GroupVersionKind("", "v1", "NodeProxyOptions"),
            ),
            Subresource("status", ("get", "patch", "update")),
        ),
        strategy=NodeStrategy(),
        columns=NODES,
        cells=cells,
        selectable={"spec.unschedulable": unschedulable},
    ),
)
