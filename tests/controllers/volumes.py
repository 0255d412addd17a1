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


def node(
    name: str = "n1", ready: bool = True, runtime: str = "wherry-simulated://1", **labels: str
) -> Object:
    """A node whose kubelet nobody can reach."""
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    meta = {"name": name, "labels": {"kubernetes.io/hostname": name, **labels}}
    info = {"containerRuntimeVersion": runtime}
    endpoint = {"kubeletEndpoint": {"Port": 1}}
    status = {
        "conditions": [condition],
        "nodeInfo": info,
        "daemonEndpoints": endpoint,
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
    }
    return {"kind": "Node", "metadata": meta, "spec": {}, "status": status}
