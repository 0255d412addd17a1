"""VolumeAttachment: the wish to attach a volume to a node."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..core.volume_spec import validate_inline_volume_spec
from ..printing import age
from ..resource import STATUS, Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import IMMUTABLE, invalid_struct, invalids
from ..validation.values import shown
from ..validation.volume_sources import csi_driver
from . import columns

MAX_METADATA = 256 * 1024
MAX_MESSAGE = 1024
EXACTLY_ONE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"


class VolumeAttachmentStrategy(Strategy):
    """Rules of VolumeAttachments."""

    metadata_checks = ("create",)
    returns_deleted = True
    has_status = True
    status_resets = ("metadata", "spec")
    allow_unconditional_update = False

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return _validate(obj)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        spec, was = new.get("spec") or {}, old.get("spec") or {}
        errors = _validate(new)
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


def _validate(obj: Object) -> list[FieldError]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    source = spec.get("source") or {}
    errors = csi_driver(spec.get("attacher", ""), "spec.attacher")
    errors += _source(source, "spec.source")
    node = spec.get("nodeName", "")
    errors += invalids("spec.nodeName", node, names.dns1123_subdomain(node))
    metadata = status.get("attachmentMetadata") or {}
    if sum(len(f"{key}{value}".encode()) for key, value in metadata.items()) > MAX_METADATA:
        errors.append(field.too_long("status.attachmentMetadata", MAX_METADATA))
    for name in ("attachError", "detachError"):
        errors += _error(status.get(name) or {}, f"status.{name}")
    volume = source.get("persistentVolumeName")
    if volume is None:
        return errors
    return errors + invalids("spec.source.persistentVolumeName", volume, names.dns1123_subdomain(volume))


def _error(error: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if len(error.get("message", "").encode()) > MAX_MESSAGE:
        errors.append(field.too_long(f"{path}.message", MAX_METADATA))  # upstream names the wrong limit
    code = error.get("errorCode", 0)
    if code < 0:
        errors.append(field.invalid(f"{path}.errorCode", code, names.in_range(0, 2**31 - 1)))
    return errors


def _source(source: Object, path: str) -> list[FieldError]:
    volume, inline = source.get("persistentVolumeName"), source.get("inlineVolumeSpec")
    if volume is None and inline is None:
        return [field.required(path, EXACTLY_ONE)]
    if volume is not None and inline is not None:
        return [field.forbidden(path, EXACTLY_ONE)]
    if inline is not None:
        return validate_inline_volume_spec(inline, f"{path}.inlineVolumeSpec")
    at = f"{path}.persistentVolumeName"
    return [] if volume else [field.required(at, "must specify non empty persistentVolumeName")]


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
