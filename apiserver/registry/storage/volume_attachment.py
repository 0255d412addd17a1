"""VolumeAttachment: the wish to attach a volume to a node."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import STATUS, Resource
from ..strategy import Object, Strategy
from . import columns


class VolumeAttachmentStrategy(Strategy):
    """Rules of VolumeAttachments."""

    has_status = True
    allow_unconditional_update = False


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
