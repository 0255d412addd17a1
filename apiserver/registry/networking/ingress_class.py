"""IngressClass: which controller serves an Ingress."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.errors import qualified
from ..printing import NONE, age
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class IngressClassStrategy(Strategy):
    """Rules of IngressClasss."""

    tracks_generation = True


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec") or {}
    target = spec.get("parameters")
    parameters = NONE
    if target:
        parameters = (
            f"{qualified(target.get('apiGroup') or '', target.get('kind', ''))}/{target.get('name', '')}"
        )
    return [obj["metadata"]["name"], spec.get("controller", ""), parameters, age(obj, now)]


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        kind="IngressClass",
        plural="ingressclasses",
        namespaced=False,
        strategy=IngressClassStrategy(),
        columns=columns.INGRESSCLASSES,
        cells=_cells,
    ),
)
