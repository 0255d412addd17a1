"""StorageClass: a way to provision volumes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class StorageClassStrategy(Strategy):
    """Rules of StorageClasss."""


_DEFAULT = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")


def _is_default(obj: Object) -> bool:
    annotations = obj["metadata"].get("annotations") or {}
    return any(annotations.get(name) == "true" for name in _DEFAULT)


def _cells(obj: Object, now: datetime) -> list[Any]:
    name = obj["metadata"]["name"]
    if _is_default(obj):
        name += " (default)"
    policy, mode = obj.get("reclaimPolicy", "Delete"), obj.get("volumeBindingMode", "Immediate")
    expansion = obj.get("allowVolumeExpansion", False)
    return [name, obj.get("provisioner", ""), policy, mode, expansion, age(obj, now)]


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        kind="StorageClass",
        plural="storageclasses",
        short_names=("sc",),
        namespaced=False,
        strategy=StorageClassStrategy(),
        columns=columns.STORAGECLASSES,
        cells=_cells,
    ),
)
