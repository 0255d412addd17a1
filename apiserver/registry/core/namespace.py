"""Namespace: a scope for names, with a life of its own (Active, Terminating)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import ALL_VERBS, Resource, Subresource
from ..strategy import Object, Strategy
from .columns import NAMESPACES


class NamespaceStrategy(Strategy):
    """Deletion waits for `spec.finalizers`, which only the finalize subresource empties."""

    has_status = True


def phase(obj: Object) -> str:
    return str((obj.get("status") or {}).get("phase", ""))


def cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], phase(obj), age(obj, now)]


RESOURCES = (
    Resource(
        kind="Namespace",
        plural="namespaces",
        short_names=("ns",),
        namespaced=False,
        verbs=tuple(verb for verb in ALL_VERBS if verb != "deletecollection"),
        subresources=(
            Subresource("finalize", ("update",)),
            Subresource("status", ("get", "patch", "update")),
        ),
        strategy=NamespaceStrategy(),
        columns=NAMESPACES,
        cells=cells,
        selectable={"name": lambda obj: str(obj["metadata"]["name"]), "status.phase": phase},
    ),
)
