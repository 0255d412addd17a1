"""Volumes: one source each, and what each source needs."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import pod_problems

VOLUMES: dict[str, tuple[Any, list[str]]] = {
    "no source is an empty directory": ([{"name": "v"}], []),
    "no name": ([{"emptyDir": {}}], ["spec.volumes[0].name: Required value"]),
    "bad name": (
        [{"name": "A_b", "emptyDir": {}}],
        [
            (
                'spec.volumes[0].name: Invalid value: "A_b": a lowercase RFC 1123 label '
                "must consist of lower case alphanumeric characters or '-', and must "
                "start and end with an alphanumeric character (e.g. 'my-name',  or "
                "'123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
            )
        ],
    ),
    "name twice": (
        [{"name": "v", "emptyDir": {}}, {"name": "v", "emptyDir": {}}],
        ['spec.volumes[1].name: Duplicate value: "v"'],
    ),
    "two sources": (
        [{"name": "v", "emptyDir": {}, "hostPath": {"path": "/a"}}],
        ["spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"],
    ),
    "a claim that an ephemeral volume will make": (
        [
            {
                "name": "v",
                "ephemeral": {
                    "volumeClaimTemplate": {
                        "spec": {
                            "accessModes": ["ReadWriteOnce"],
                            "resources": {"requests": {"storage": "1Gi"}},
                        }
                    }
                },
            },
            {"name": "w", "persistentVolumeClaim": {"claimName": "p-v"}},
        ],
        [
            (
                'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "p-v": '
                "must not reference a PVC that gets created for an ephemeral volume"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), VOLUMES.values(), ids=VOLUMES)
def test_volumes(given: Any, problems: list[str]) -> None:
    assert pod_problems({"volumes": given}) == problems


SOURCES_THAT_ARE_FINE: dict[str, tuple[Any, list[str]]] = {
    "secret": (
        {"secret": {"secretName": "s", "items": [{"key": "a", "path": "b/c"}], "defaultMode": 256}},
        [],
    ),
    "config map": ({"configMap": {"name": "m"}}, []),
    "downward": (
        {"downwardAPI": {"items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
        [],
    ),
    "claim": ({"persistentVolumeClaim": {"claimName": "c"}}, []),
    "host path": ({"hostPath": {"path": "/var", "type": "Directory"}}, []),
    "nfs": ({"nfs": {"server": "a", "path": "/b"}}, []),
    "image": ({"image": {"reference": "app:1"}}, []),
    "csi": ({"csi": {"driver": "test.io"}}, []),
    "memory": ({"emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}}, []),
}


@pytest.mark.parametrize(("given", "problems"), SOURCES_THAT_ARE_FINE.values(), ids=SOURCES_THAT_ARE_FINE)
def test_sources_that_are_fine(given: Any, problems: list[str]) -> None:
    assert pod_problems({"volumes": [{"name": "v", **given}]}) == problems


SOURCES: dict[str, tuple[Any, list[str]]] = {
    "secret without name": ({"secret": {}}, ["spec.volumes[0].secret.secretName: Required value"]),
    "secret item without key and path": (
        {"secret": {"secretName": "s", "items": [{}]}},
        [
            "spec.volumes[0].secret.items[0].key: Required value",
            "spec.volumes[0].secret.items[0].path: Required value",
        ],
    ),
    "path that leaves the volume": (
        {"secret": {"secretName": "s", "items": [{"key": "a", "path": "../b"}]}},
        [("spec.volumes[0].secret.items[0].path: Invalid value: \"../b\": must not contain '..'")],
    ),
    "absolute path": (
        {"configMap": {"name": "m", "items": [{"key": "a", "path": "/b"}]}},
        [('spec.volumes[0].configMap.items[0].path: Invalid value: "/b": must be a relative path')],
    ),
    "path reserved for updates": (
        {"configMap": {"name": "m", "items": [{"key": "a", "path": "..data"}]}},
        [("spec.volumes[0].configMap.items[0].path: Invalid value: \"..data\": must not start with '..'")],
    ),
    "mode above 0777": (
        {"configMap": {"name": "m", "defaultMode": 512}},
        [
            (
                "spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a "
                "number between 0 and 0777 (octal), both inclusive"
            )
        ],
    ),
    "map without name": ({"configMap": {}}, ["spec.volumes[0].configMap.name: Required value"]),
    "negative size": (
        {"emptyDir": {"sizeLimit": "-1"}},
        [
            (
                "spec.volumes[0].emptyDir.sizeLimit: Forbidden: SizeLimit field must be "
                "a valid resource quantity"
            )
        ],
    ),
    "host path without path": ({"hostPath": {"path": ""}}, ["spec.volumes[0].hostPath.path: Required value"]),
    "host path that steps back": (
        {"hostPath": {"path": "/a/../b"}},
        [("spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'")],
    ),
    "unknown type of host path": (
        {"hostPath": {"path": "/a", "type": "Pipe"}},
        [
            (
                'spec.volumes[0].hostPath.type: Unsupported value: "Pipe": supported '
                'values: "", "BlockDevice", "CharDevice", "Directory", '
                '"DirectoryOrCreate", "File", "FileOrCreate", "Socket"'
            )
        ],
    ),
    "nfs without server": ({"nfs": {"path": "/a"}}, ["spec.volumes[0].nfs.server: Required value"]),
    "nfs with a relative path": (
        {"nfs": {"server": "s", "path": "a"}},
        ['spec.volumes[0].nfs.path: Invalid value: "a": must be an absolute path'],
    ),
    "claim without name": (
        {"persistentVolumeClaim": {"claimName": ""}},
        ["spec.volumes[0].persistentVolumeClaim.claimName: Required value"],
    ),
    "csi without driver": ({"csi": {"driver": ""}}, ["spec.volumes[0].csi.driver: Required value"]),
    "csi secret without name": (
        {"csi": {"driver": "test.io", "nodePublishSecretRef": {}}},
        ["spec.volumes[0].csi.nodePublishSecretRef.name: Required value"],
    ),
    "image without reference": ({"image": {}}, ["spec.volumes[0].image.reference: Required value"]),
    "ephemeral without template": (
        {"ephemeral": {}},
        ["spec.volumes[0].ephemeral.volumeClaimTemplate: Required value"],
    ),
    "template without storage": (
        {"ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"]}}}},
        [("spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value")],
    ),
    "template with a name": (
        {
            "ephemeral": {
                "volumeClaimTemplate": {
                    "metadata": {"name": "a"},
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
                }
            }
        },
        [("spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set")],
    ),
    "downward file without source": (
        {"downwardAPI": {"items": [{"path": "a"}]}},
        [("spec.volumes[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required")],
    ),
    "downward file with both sources": (
        {
            "downwardAPI": {
                "items": [
                    {
                        "path": "a",
                        "fieldRef": {"fieldPath": "metadata.name"},
                        "resourceFieldRef": {"containerName": "c", "resource": "limits.cpu"},
                    }
                ]
            }
        },
        [
            (
                'spec.volumes[0].downwardAPI: Invalid value: "resource": fieldRef and '
                "resourceFieldRef can not be specified simultaneously"
            )
        ],
    ),
    "downward resource without container": (
        {"downwardAPI": {"items": [{"path": "a", "resourceFieldRef": {"resource": "limits.cpu"}}]}},
        ["spec.volumes[0].downwardAPI.resourceFieldRef.containerName: Required value"],
    ),
}


@pytest.mark.parametrize(("given", "problems"), SOURCES.values(), ids=SOURCES)
def test_sources(given: Any, problems: list[str]) -> None:
    assert pod_problems({"volumes": [{"name": "v", **given}]}) == problems


SOURCES_OF_OLD_DRIVERS: dict[str, tuple[Any, list[str]]] = {
    "gce disk": (
        {"gcePersistentDisk": {"pdName": "", "partition": 300}},
        [
            "spec.volumes[0].persistentDisk.pdName: Required value",
            (
                "spec.volumes[0].persistentDisk.partition: Invalid value: 300: must be "
                "between 1 and 255, inclusive"
            ),
        ],
    ),
    "aws disk": (
        {"awsElasticBlockStore": {"volumeID": ""}},
        ["spec.volumes[0].awsElasticBlockStore.volumeID: Required value"],
    ),
    "git repo": (
        {"gitRepo": {"repository": "", "directory": "../a"}},
        [
            "spec.volumes[0].gitRepo.repository: Required value",
            ("spec.volumes[0].gitRepo.directory: Invalid value: \"../a\": must not contain '..'"),
        ],
    ),
    "iscsi": (
        {"iscsi": {"targetPortal": "", "iqn": "nope", "lun": 256}},
        [
            "spec.volumes[0].iscsi.targetPortal: Required value",
            (
                'spec.volumes[0].iscsi.iqn: Invalid value: "nope": must be valid format '
                "starting with iqn, eui, or naa"
            ),
            ("spec.volumes[0].iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive"),
        ],
    ),
    "iscsi login without secret": (
        {"iscsi": {"targetPortal": "a", "iqn": "iqn.2026-01.io.test:a", "lun": 0, "chapAuthSession": True}},
        ["spec.volumes[0].iscsi.secretRef: Required value"],
    ),
    "glusterfs": (
        {"glusterfs": {"endpoints": "", "path": ""}},
        [
            "spec.volumes[0].glusterfs.endpoints: Required value",
            "spec.volumes[0].glusterfs.path: Required value",
        ],
    ),
    "flocker with both names": (
        {"flocker": {"datasetName": "a", "datasetUUID": "b"}},
        [
            (
                'spec.volumes[0].flocker: Invalid value: "resource": datasetName and '
                "datasetUUID can not be specified simultaneously"
            )
        ],
    ),
    "flocker with a slash": (
        {"flocker": {"datasetName": "a/b"}},
        [("spec.volumes[0].flocker.datasetName: Invalid value: \"a/b\": must not contain '/'")],
    ),
    "rbd": (
        {"rbd": {"monitors": [], "image": ""}},
        ["spec.volumes[0].rbd.monitors: Required value", "spec.volumes[0].rbd.image: Required value"],
    ),
    "cinder": ({"cinder": {"volumeID": ""}}, ["spec.volumes[0].cinder.volumeID: Required value"]),
    "cephfs": ({"cephfs": {"monitors": []}}, ["spec.volumes[0].cephfs.monitors: Required value"]),
    "quobyte": (
        {"quobyte": {"registry": "", "volume": ""}},
        [
            (
                "spec.volumes[0].quobyte.registry: Required value: must be a host:port "
                "pair or multiple pairs separated by commas"
            ),
            "spec.volumes[0].quobyte.volume: Required value",
        ],
    ),
    "fibre channel without target": (
        {"fc": {}},
        [
            (
                "spec.volumes[0].fc.targetWWNs: Required value: must specify either "
                "targetWWNs or wwids, but not both"
            )
        ],
    ),
    "fibre channel with both targets": (
        {"fc": {"wwids": ["a"], "targetWWNs": ["b"], "lun": 1}},
        [
            (
                'spec.volumes[0].fc.targetWWNs: Invalid value: ["b"]: targetWWNs and '
                "wwids can not be specified simultaneously"
            )
        ],
    ),
    "flex volume": ({"flexVolume": {"driver": ""}}, ["spec.volumes[0].flexVolume.driver: Required value"]),
    "azure file": (
        {"azureFile": {"secretName": "", "shareName": ""}},
        [
            "spec.volumes[0].azureFile.secretName: Required value",
            "spec.volumes[0].azureFile.shareName: Required value",
        ],
    ),
    "azure disk": (
        {"azureDisk": {"diskName": "", "diskURI": "", "cachingMode": "All"}},
        [
            "spec.volumes[0].azureDisk.diskName: Required value",
            "spec.volumes[0].azureDisk.diskURI: Required value",
            (
                'spec.volumes[0].azureDisk.cachingMode: Unsupported value: "All": '
                'supported values: "None", "ReadOnly", "ReadWrite"'
            ),
            (
                'spec.volumes[0].azureDisk.diskURI: Unsupported value: "": supported '
                "values: "
                '"https://{account-name}.blob.core.windows.net/{container-name}/{disk-n'
                'ame}.vhd"'
            ),
        ],
    ),
    "managed azure disk": (
        {"azureDisk": {"diskName": "a", "diskURI": "blob:a", "kind": "Managed"}},
        [
            (
                'spec.volumes[0].azureDisk.diskURI: Unsupported value: "blob:a": '
                "supported values: "
                '"/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microso'
                'ft.compute/disks/{disk-id}"'
            )
        ],
    ),
    "vsphere": (
        {"vsphereVolume": {"volumePath": ""}},
        ["spec.volumes[0].vsphereVolume.volumePath: Required value"],
    ),
    "photon": (
        {"photonPersistentDisk": {"pdID": ""}},
        ["spec.volumes[0].photonPersistentDisk.pdID: Required value"],
    ),
    "portworx": (
        {"portworxVolume": {"volumeID": ""}},
        ["spec.volumes[0].portworxVolume.volumeID: Required value"],
    ),
    "storageos": ({"storageos": {}}, ["spec.volumes[0].storageos.volumeName: Required value"]),
    "scaleio": (
        {"scaleIO": {"gateway": "", "system": "", "volumeName": "", "secretRef": None}},
        [
            "spec.volumes[0].scaleIO.gateway: Required value",
            "spec.volumes[0].scaleIO.system: Required value",
            "spec.volumes[0].scaleIO.volumeName: Required value",
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), SOURCES_OF_OLD_DRIVERS.values(), ids=SOURCES_OF_OLD_DRIVERS)
def test_sources_of_old_drivers(given: Any, problems: list[str]) -> None:
    assert pod_problems({"volumes": [{"name": "v", **given}]}) == problems
