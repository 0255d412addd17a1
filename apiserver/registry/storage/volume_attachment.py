"""VolumeAttachment: the wish to attach a volume to a node."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import STATUS, Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import IMMUTABLE, invalid_struct, invalids
from ..validation.values import shown
from ..validation.volume_sources import csi_driver
from . import columns

EXACTLY_ONE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"


class VolumeAttachmentStrategy(Strategy):
    """Rules of VolumeAttachments."""

    metadata_checks = ("create",)
    returns_deleted = True
    has_status = True
    status_resets = ("metadata", "spec")
    allow_unconditional_update = False

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return _validate(obj.get("spec") or {})

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        spec, was = new.get("spec") or {}, old.get("spec") or {}
        errors = _validate(spec)
        if spec != was:
            errors.append(invalid_struct("spec", shown(_struct(spec)), IMMUTABLE))
        return errors


def _struct(spec: Object) -> Object:
    source = spec.get("source") or {}
    return {
        "Attacher": spec.get("attacher", ""),
        "Source": {
            "PersistentVolumeName": source.get("persistentVolumeName"),
            "InlineVolumeSpec": source.get("inlineVolumeSpec"),
        },
        "NodeName": spec.get("nodeName", ""),
    }


def _validate(spec: Object) -> list[FieldError]:
    errors = csi_driver(spec.get("attacher", ""), "spec.attacher")
    errors += _source(spec.get("source") or {}, "spec.source")
    node = spec.get("nodeName", "")
    return errors + invalids("spec.nodeName", node, names.dns1123_subdomain(node))


def _source(source: Object, path: str) -> list[FieldError]:
    volume, inline = source.get("persistentVolumeName"), source.get("inlineVolumeSpec")
    if volume is None and inline is None:
        return [field.required(path, EXACTLY_ONE)]
    if volume is not None and inline is not None:
        return [field.forbidden(path, EXACTLY_ONE)]
    if volume is None:
        return []
    at = f"{path}.persistentVolumeName"
    errors = [] if volume else [field.required(at, "must specify non empty persistentVolumeName")]
    return errors + invalids(at, volume, names.dns1123_subdomain(volume))


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj["spec"]
    volume = (spec.get("source") or {}).get("persistentVolumeName", "")
    facts = spec.get("attacher", ""), volume, spec.get("nodeName", "")
    attached = (obj.get("status") or {}).get("attached", False)
    return [obj["metadata"]["name"], *facts, attached, age(obj, now)]


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        kind="VolumeAttachment",
        plural="volumeattachments",
        namespaced=False,
        subresources=(STATUS,),
        strategy=VolumeAttachmentStrategy(),
        columns=columns.VOLUMEATTACHMENTS,
        cells=_cells,
    ),
)
