"""Claims, volumes and classes for tests."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


def volume(name: str = "v", size: str = "1Gi", cls: str = "fast", **spec: Any) -> Object:
    base: Object = {
        "capacity": {"storage": size},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "hostPath": {"path": "/d"},
    }
    if cls:
        base["storageClassName"] = cls
    return {"kind": "PersistentVolume", "metadata": {"name": name}, "spec": {**base, **spec}}


def claim(name: str = "c", size: str = "1Gi", cls: str | None = "fast", **spec: Any) -> Object:
    base: Object = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    if cls is not None:
        base["storageClassName"] = cls
    meta = {"name": name, "namespace": "default"}
    return {"kind": "PersistentVolumeClaim", "metadata": meta, "spec": {**base, **spec}}


def storage_class(name: str = "fast", provisioner: str = "csi.example.com", **more: Any) -> Object:
    return {"kind": "StorageClass", "metadata": {"name": name}, "provisioner": provisioner, **more}
