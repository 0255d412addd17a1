"""PodTemplate: a stored pod template, without a controller of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.field import FieldError
from ..defaults.pod_spec import default_pod_spec
from ..printing import containers, labels
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.pod_template import validate_pod_template_spec
from ..validation.pod_warnings import template_warnings
from .pod_columns import PODTEMPLATES


class PodTemplateStrategy(Strategy):
    """Only defaults and validation of the template."""

    pod_spec = ("template", "spec")
    tracks_generation = True
    returns_deleted = True

    def default(self, obj: Object) -> None:
        spec = (obj.get("template") or {}).get("spec")
        if spec is not None:
            default_pod_spec(spec)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_pod_template_spec(obj.get("template") or {}, "template")

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        if old is not None and new["metadata"].get("generation") == old["metadata"].get("generation"):
            return []
        return template_warnings(new.get("template") or {}, "template")


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
