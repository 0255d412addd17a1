"""Node: a machine that runs pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.gvk import GroupVersionKind
from ..printing import NONE, UNKNOWN, age
from ..resource import Resource, Subresource
from ..strategy import Object, Strategy
from .columns import NODES

ROLE_PREFIX = "node-role.kubernetes.io/"
ROLE_LABEL = "kubernetes.io/role"


class NodeStrategy(Strategy):
    """The spec is nearly frozen; the kubelet writes the status."""

    has_status = True


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
        info.get("kernelVersion") or UNKNOWN,
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
