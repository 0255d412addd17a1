"""The PersistentVolume that is made for a claim, and what of a claim or class cannot be had.

Source: the fields and texts of external-provisioner; what is refused is what a directory cannot be.
"""

from __future__ import annotations

from typing import Any

from ....apimachinery import volumes as rules
from ....client.events import reference
from . import placement

Object = dict[str, Any]

FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer"
"""Keeps the object until the directory is gone."""
FS_TYPE = "csi.storage.k8s.io/fstype"
RESERVED = "csi.storage.k8s.io/"
MODES = frozenset({"ReadWriteOnce", "ReadWriteOncePod"})
TUNABLE = frozenset({"iops", "throughput", "provisioned-iops", "provisioned-throughput", "type"})
"""Parameters of attribute classes that are taken and change nothing: a directory is as fast as its disk."""


class InvalidArgumentError(Exception):
    """What is asked for cannot be had; the text is a CSI driver's answer."""

    def __init__(self, message: str) -> None:
        super().__init__(f"rpc error: code = InvalidArgument desc = {message}")


def name_for(claim: Object) -> str:
    return f"pvc-{claim['metadata']['uid']}"


def check(claim: Object, storage_class: Object) -> None:
    """Raises InvalidArgumentError. Parameters mean something to the built-in provisioner under its own name
    only: minikube's and kind's take any."""
    spec = claim["spec"]
    own = storage_class["provisioner"] == rules.HOST_PATH_PROVISIONER
    for key in (storage_class.get("parameters") or {}) if own else ():
        if key.startswith(RESERVED) and key != FS_TYPE:
            text = f'found unknown parameter key "{key}" with reserved namespace {RESERVED}'
            raise InvalidArgumentError(text)
        if key != FS_TYPE:
            raise InvalidArgumentError(f'unknown parameter "{key}"')
    if spec.get("volumeMode") == "Block":
        raise InvalidArgumentError("volume mode Block is not supported, only Filesystem")
    if spec.get("selector") is not None:
        raise InvalidArgumentError("claim Selector is not supported")
    if spec.get("dataSource") or spec.get("dataSourceRef"):
        raise InvalidArgumentError("data sources are not supported")
    for mode in spec.get("accessModes") or ():
        if mode not in MODES:
            raise InvalidArgumentError(f"access mode {mode} is not supported: the volume is on one node")


def check_attributes(attributes_class: Object) -> None:
    """Raises InvalidArgumentError when the class is another driver's or names what there is not."""
    if attributes_class["driverName"] != rules.HOST_PATH_DRIVER:
        name = attributes_class["metadata"]["name"]
        raise InvalidArgumentError(
            f'VolumeAttributesClass "{name}" is for driver {attributes_class["driverName"]}'
        )
    for key in attributes_class.get("parameters") or {}:
        if key not in TUNABLE:
            raise InvalidArgumentError(f'unknown mutable parameter "{key}"')


def build(claim: Object, storage_class: Object, node: Object) -> Object:
    """The volume for `claim` on `node`, reserved for it."""
    spec, name = claim["spec"], name_for(claim)
    policy = storage_class.get("reclaimPolicy") or "Delete"
    fs_type = (storage_class.get("parameters") or {}).get(FS_TYPE)
    source = {
        "driver": rules.HOST_PATH_DRIVER,
        "volumeHandle": name,
        **({"fsType": fs_type} if fs_type else {}),
        "volumeAttributes": {rules.HOST_PATH_NODE: node["metadata"]["name"]},
    }
    optional = {
        "storageClassName": rules.class_of(claim),
        "mountOptions": storage_class.get("mountOptions"),
        "volumeAttributesClassName": spec.get("volumeAttributesClassName"),
    }
    return {
        "kind": "PersistentVolume",
        "apiVersion": "v1",
        "metadata": {
            "name": name,
            "annotations": {rules.PROVISIONED_BY: rules.HOST_PATH_PROVISIONER},
            "finalizers": [FINALIZER] if policy == "Delete" else [],
        },
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "accessModes": spec["accessModes"],
            "claimRef": reference(claim),
            "persistentVolumeReclaimPolicy": policy,
            "volumeMode": "Filesystem",
            "nodeAffinity": placement.affinity(node),
            "csi": source,
            **{key: value for key, value in optional.items() if value},
        },
    }
