"""PodTemplate: a stored pod template, without a controller of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import containers, labels
from ..resource import Resource
from ..strategy import Object, Strategy
from .columns import PODTEMPLATES


class PodTemplateStrategy(Strategy):
    """Only defaults and validation of the template."""

    tracks_generation = True


def cells(obj: Object, now: datetime) -> list[Any]:
    template = obj.get("template") or {}
    names, images = containers(template.get("spec") or {})
    return [obj["metadata"]["name"], names, images, labels((template.get("metadata") or {}).get("labels"))]


RESOURCES = (
    Resource(
        kind="PodTemplate",
        plural="podtemplates",
        strategy=PodTemplateStrategy(),
        columns=PODTEMPLATES,
        cells=cells,
    ),
)
