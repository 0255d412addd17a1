"""What is said of volumes of kinds that nobody here makes, empties or lets grow."""

from __future__ import annotations

import pytest
from wherry.controllers.volume import plugins

from tests.controllers.volumes import Object, volume


def of(**source: Object) -> Object:
    found = volume()
    del found["spec"]["hostPath"]
    return {**found, "spec": {**found["spec"], **source}}


GETTING = 'error getting deleter volume plugin for volume "v": '


@pytest.mark.parametrize(
    ("found", "provisioner", "why"),
    [
        (volume(), "", ""),
        (volume(), "kubernetes.io/host-path", ""),
        (volume(), "kubernetes.io/nfs", "no deletable volume plugin matched"),
        (volume(), "kubernetes.io/rbd", "no volume plugin matched name: kubernetes.io/rbd"),
        (of(csi={}), "", f"{GETTING}no deletable volume plugin matched"),
        (of(iscsi={}), "", f"{GETTING}no volume plugin matched"),
        (
            of(nfs={}),
            "kubernetes.io/host-path",
            'failed to create deleter for volume "v": spec.PersistentVolumeSource.HostPath is nil',
        ),
    ],
)
def test_only_host_paths_can_be_deleted(found: Object, provisioner: str, why: str) -> None:
    assert plugins.no_deleter(found, provisioner) == why


@pytest.mark.parametrize(
    ("provisioner", "internal", "why"),
    [
        ("kubernetes.io/no-provisioner", True, "no volume plugin matched name: kubernetes.io/no-provisioner"),
        ("kubernetes.io/nfs", True, "no provisionable volume plugin matched"),
        ("kubernetes.io/aws-ebs", False, ""),
        ("csi.example.com", False, ""),
    ],
)
def test_who_is_asked_for_volumes(provisioner: str, internal: bool, why: str) -> None:
    assert plugins.is_internal(provisioner) is internal
    assert not internal or plugins.no_provisioner(provisioner) == why


def test_the_host_path_provisioner_is_off() -> None:
    assert plugins.no_provisioner("kubernetes.io/host-path") == (
        'Failed to create provisioner: provisioning in volume plugin "kubernetes.io/host-path" is disabled'
    )
