"""ControllerRevision: an immutable snapshot of a StatefulSet or DaemonSet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.errors import qualified
from ....apimachinery.gvk import parse_group_version
from ..printing import NONE, age
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class ControllerRevisionStrategy(Strategy):
    """Rules of ControllerRevisions."""


def _cells(obj: Object, now: datetime) -> list[Any]:
    owner = NONE
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            group = parse_group_version(reference.get("apiVersion", "")).group
            owner = f"{qualified(group, reference.get('kind', '').lower())}/{reference.get('name', '')}"
    return [obj["metadata"]["name"], owner, obj.get("revision", 0), age(obj, now)]


RESOURCES = (
    Resource(
        group="apps",
        kind="ControllerRevision",
        plural="controllerrevisions",
        strategy=ControllerRevisionStrategy(),
        columns=columns.CONTROLLERREVISIONS,
        cells=_cells,
    ),
)
