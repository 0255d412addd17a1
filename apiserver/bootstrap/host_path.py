"""The default StorageClass and its CSIDriver, for clusters that run nodes: volumes are directories there."""

from __future__ import annotations

from collections.abc import Iterator

from ...apimachinery.volumes import HOST_PATH_DRIVER, HOST_PATH_PROVISIONER
from .default import Default, metadata

GROUP = "storage.k8s.io"


def defaults(name: str) -> Iterator[Default]:
    """`name` is the class's; without one there is nothing."""
    if not name:
        return
    notes = {"storageclass.kubernetes.io/is-default-class": "true"}
    storage_class = {
        "kind": "StorageClass",
        "apiVersion": f"{GROUP}/v1",
        "metadata": metadata(name, annotations=notes),
        "provisioner": HOST_PATH_PROVISIONER,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }
    yield Default(group=GROUP, resource="storageclasses", obj=storage_class)
    driver = {
        "kind": "CSIDriver",
        "apiVersion": f"{GROUP}/v1",
        "metadata": metadata(HOST_PATH_DRIVER),
        "spec": {
            "attachRequired": False,
            "podInfoOnMount": False,
            "fsGroupPolicy": "File",
            "volumeLifecycleModes": ["Persistent"],
        },
    }
    yield Default(group=GROUP, resource="csidrivers", obj=driver)
