"""The kinds of volumes that upstream's controllers know themselves, by the fields of a volume's spec and by
the names that storage classes have for them.

Source: kube-controller-manager's volume plug-ins, their errors, and the translation of in-tree kinds to CSI.
"""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]

KINDS = {
    "hostPath": "kubernetes.io/host-path",
    "nfs": "kubernetes.io/nfs",
    "local": "kubernetes.io/local-volume",
    "csi": "kubernetes.io/csi",
}
DELETES = "kubernetes.io/host-path"
"""The only one that can delete what is in a volume, and that could provision one if it were not disabled."""
MIGRATED = {
    "kubernetes.io/aws-ebs": "ebs.csi.aws.com",
    "kubernetes.io/azure-disk": "disk.csi.azure.com",
    "kubernetes.io/azure-file": "file.csi.azure.com",
    "kubernetes.io/cinder": "cinder.csi.openstack.org",
    "kubernetes.io/gce-pd": "pd.csi.storage.gke.io",
    "kubernetes.io/portworx-volume": "pxd.portworx.com",
    "kubernetes.io/vsphere-volume": "csi.vsphere.vmware.com",
}
"""Provisioner of former times → the driver that took over."""
_NO_DELETER = "no deletable volume plugin matched"


def of(volume: Object) -> str:
    """The name of a volume's kind; empty for one that is not known."""
    return next((name for field, name in KINDS.items() if field in volume["spec"]), "")


def is_internal(provisioner: str) -> bool:
    """Whether nobody outside is asked for volumes."""
    return provisioner.startswith("kubernetes.io/") and provisioner not in MIGRATED


def no_provisioner(name: str) -> str:
    """Why an internal kind provisions nothing."""
    if name == DELETES:
        return f'Failed to create provisioner: provisioning in volume plugin "{name}" is disabled'
    return "no provisionable volume plugin matched" if name in KINDS.values() else _unknown(name)


def no_deleter(volume: Object, provisioner: str) -> str:
    """Why the data of a volume cannot be deleted; empty when it can. `provisioner` made it, if any."""
    name, kind = volume["metadata"]["name"], of(volume)
    if provisioner == DELETES and kind != DELETES:
        why = "spec.PersistentVolumeSource.HostPath is nil"
        return f'failed to create deleter for volume "{name}": {why}'
    if kind == DELETES and provisioner in ("", DELETES):
        return ""
    if provisioner:
        return _NO_DELETER if provisioner in KINDS.values() else _unknown(provisioner)
    why = _NO_DELETER if kind else "no volume plugin matched"
    return f'error getting deleter volume plugin for volume "{name}": {why}'


def _unknown(name: str) -> str:
    return f"no volume plugin matched name: {name}"
