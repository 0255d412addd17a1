"""Pod: containers that run together on one node."""

from __future__ import annotations

from collections.abc import Callable

from ....apimachinery.gvk import GroupVersionKind
from ..resource import Resource, Subresource
from ..strategy import Object, Strategy
from .columns import PODS
from .pod_cells import cells, row_conditions


class PodStrategy(Strategy):
    """Runs on its node until its grace period is over; hardly anything of its spec may change."""

    has_status = True
    tracks_generation = True


def _in(part: str, name: str) -> Callable[[Object], str]:
    return lambda obj: str((obj.get(part) or {}).get(name, ""))


SELECTABLE: dict[str, Callable[[Object], str]] = {
    **{
        f"spec.{name}": _in("spec", name)
        for name in ("nodeName", "restartPolicy", "schedulerName", "serviceAccountName")
    },
    **{f"status.{name}": _in("status", name) for name in ("phase", "podIP", "nominatedNodeName")},
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
