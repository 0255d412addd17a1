"""PersistentVolume: one source, what stays, its row."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

VOLUME = Kind("", "v1", "PersistentVolume")
BARE = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}}
SPEC = {**BARE, "hostPath": {"path": "/a"}}
NODES = {"required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]}}


VOLUME_PROBLEMS: dict[str, tuple[Any, list[str]]] = {
    "a host path": ({}, []),
    "no mode": ({"accessModes": []}, ["spec.accessModes: Required value"]),
    "no capacity": (
        {"capacity": {}},
        [
            "spec.capacity: Required value",
            'spec.capacity: Unsupported value: null: supported values: "storage"',
        ],
    ),
    "another capacity": (
        {"capacity": {"cpu": "1"}},
        ['spec.capacity: Unsupported value: {"cpu":"1"}: supported values: "storage"'],
    ),
    "negative capacity": (
        {"capacity": {"storage": "-1"}},
        [
            "spec.capacity[storage]: Invalid value: -1: must be a valid resource quantity",
            'spec.capacity[storage]: Invalid value: "-1": must be greater than zero',
        ],
    ),
    "unknown reclaim policy": (
        {"persistentVolumeReclaimPolicy": "Burn"},
        [
            (
                'spec.persistentVolumeReclaimPolicy: Unsupported value: "Burn": '
                'supported values: "Delete", "Recycle", "Retain"'
            )
        ],
    ),
    "the root recycled": (
        {"persistentVolumeReclaimPolicy": "Recycle", "hostPath": {"path": "/"}},
        [("spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'")],
    ),
    "two sources": (
        {"nfs": {"server": "s", "path": "/a"}},
        ["spec.nfs: Forbidden: may not specify more than 1 volume type"],
    ),
    "unknown volume mode": (
        {"volumeMode": "Tape"},
        [('spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"')],
    ),
    "affinity without nodes": (
        {"nodeAffinity": {}},
        [("spec.nodeAffinity.required: Required value: must specify required node constraints")],
    ),
    "an attributes class without driver": (
        {"volumeAttributesClassName": "gold"},
        [("spec.csi: Required value: has to be specified when using volumeAttributesClassName")],
    ),
}


@pytest.mark.parametrize(("given", "problems"), VOLUME_PROBLEMS.values(), ids=VOLUME_PROBLEMS)
def test_volume_problems(given: Any, problems: list[str]) -> None:
    assert VOLUME.problems({"spec": {**SPEC, **given}}) == problems


VOLUME_SOURCES: dict[str, tuple[Any, list[str]]] = {
    "none": ({}, ["spec: Required value: must specify a volume type"]),
    "local without nodes": (
        {"local": {"path": "/a"}},
        ["spec.nodeAffinity: Required value: Local volume requires node affinity"],
    ),
    "local that steps back": (
        {"local": {"path": "/a/../b"}, "nodeAffinity": NODES},
        ["spec.local.path: Invalid value: \"/a/../b\": must not contain '..'"],
    ),
    "a driver without volume": ({"csi": {"driver": "test.io"}}, ["spec.csi.volumeHandle: Required value"]),
    "a driver with half a secret": (
        {
            "csi": {
                "driver": "test.io",
                "volumeHandle": "h",
                "nodeStageSecretRef": {"name": "s"},
                "controllerPublishSecretRef": {"name": "s"},
            }
        },
        ["spec.csi.controllerPublishSecretRef.namespace: Required value"],
    ),
    "glusterfs in no namespace": (
        {"glusterfs": {"endpoints": "a", "path": "b", "endpointsNamespace": ""}},
        [
            (
                'spec.glusterfs.endpointsNamespace: Invalid value: "": if the '
                "endpointnamespace is set, it must be a valid namespace name"
            )
        ],
    ),
    "azure file in no namespace": (
        {"azureFile": {"secretName": "a", "shareName": "b", "secretNamespace": ""}},
        ["spec.azureFile.secretNamespace: Required value"],
    ),
    "a long name of an initiator": (
        {
            "iscsi": {
                "targetPortal": "pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp",
                "iqn": "iqn.2026-01.io.test:a",
                "lun": 0,
                "initiatorName": "iqn.2026-01.io.test:b",
            }
        },
        [
            (
                "spec.iscsi.targetportal: Invalid value: "
                '"pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp": '
                "Total length of <volume name>:<iscsi.targetPortal> must be under 64 "
                "characters if iscsi.initiatorName is specified."
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), VOLUME_SOURCES.values(), ids=VOLUME_SOURCES)
def test_volume_sources(given: Any, problems: list[str]) -> None:
    assert VOLUME.problems({"spec": {**BARE, **given}}) == problems


CHANGES_OF_A_VOLUME: dict[str, tuple[Any, list[str]]] = {
    "a claim": ({"claimRef": {"namespace": "n", "name": "c"}}, []),
    "another source": (
        {"hostPath": {"path": "/b"}},
        [("spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation")],
    ),
    "another volume mode": (
        {"volumeMode": "Block"},
        ['volumeMode: Invalid value: "Block": field is immutable'],
    ),
    "other nodes": (
        {
            "nodeAffinity": {
                "required": {
                    "nodeSelectorTerms": [{"matchExpressions": [{"key": "b", "operator": "Exists"}]}]
                }
            }
        },
        [
            (
                "nodeAffinity: Invalid value: "
                '{"Required":{"NodeSelectorTerms":[{"MatchExpressions":[{"Key":"b",'
                '"Operator":"Exists","Values":null}],"MatchFields":null}]}}: field is '
                "immutable, except for updating from beta label to GA"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), CHANGES_OF_A_VOLUME.values(), ids=CHANGES_OF_A_VOLUME)
def test_changes_of_a_volume(given: Any, problems: list[str]) -> None:
    assert (
        VOLUME.update_problems(
            {"spec": {**SPEC, "nodeAffinity": NODES}}, {"spec": {**SPEC, "nodeAffinity": NODES, **given}}
        )
        == problems
    )


VOLUME_WARNINGS: dict[str, tuple[Any, list[str]]] = {
    "nothing to say": ({"hostPath": {"path": "/a"}}, []),
    "recycling": (
        {"hostPath": {"path": "/a"}, "persistentVolumeReclaimPolicy": "Recycle"},
        [
            (
                "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is "
                "deprecated. Instead, the recommended approach is to use dynamic "
                "provisioning."
            )
        ],
    ),
    "a dead driver": (
        {"rbd": {"monitors": ["a"], "image": "b"}},
        ["spec.rbd: deprecated in v1.28, non-functional in v1.31+"],
    ),
    "a dead driver that upstream says nothing about": ({"flocker": {"datasetName": "a"}}, []),
    "old labels of nodes": (
        {
            "hostPath": {"path": "/a"},
            "nodeAffinity": {
                "required": {
                    "nodeSelectorTerms": [
                        {"matchExpressions": [{"key": "beta.kubernetes.io/os", "operator": "Exists"}]}
                    ]
                }
            },
        },
        [
            "spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os "
            'is deprecated since v1.14; use "kubernetes.io/os" instead'
        ],
    ),
}


@pytest.mark.parametrize(("given", "warnings"), VOLUME_WARNINGS.values(), ids=VOLUME_WARNINGS)
def test_volume_warnings(given: Any, warnings: list[str]) -> None:
    assert VOLUME.warnings({"spec": {**BARE, **given}}) == warnings


def test_mount_options_of_the_old_annotation_are_for_some_sources_only() -> None:
    meta = {"name": "v", "annotations": {"volume.beta.kubernetes.io/mount-options": "ro"}}
    path = {"metadata": meta, "spec": {**BARE, "hostPath": {"path": "/a"}}}
    assert VOLUME.problems(path) == [
        "metadata.annotations.volume.beta.kubernetes.io/mount-options: Forbidden: may not specify mount "
        "options for this volume type"
    ]
    share = {"metadata": meta, "spec": {**BARE, "nfs": {"server": "a", "path": "/b"}}}
    assert VOLUME.problems(share) == []
    assert VOLUME.warnings(share) == [
        "metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use "
        '"mountOptions" attribute instead'
    ]


VOLUME_ROW: dict[str, tuple[Any, list[Any]]] = {
    "free": ({}, ["1Gi", "RWO", "Retain", "Bound", "", "", "<unset>", "", "0s", "Filesystem"]),
    "claimed": (
        {"claimRef": {"namespace": "n", "name": "c"}, "storageClassName": "fast", "volumeMode": "Block"},
        ["1Gi", "RWO", "Retain", "Bound", "n/c", "fast", "<unset>", "", "0s", "Block"],
    ),
}


@pytest.mark.parametrize(("given", "row"), VOLUME_ROW.values(), ids=VOLUME_ROW)
def test_volume_row(given: Any, row: list[Any]) -> None:
    assert VOLUME.cells({"spec": {**SPEC, **given}, "status": {"phase": "Bound"}})[1:] == row


def test_a_new_volume_is_pending_since_now() -> None:
    status = VOLUME.created({"spec": SPEC})["status"]
    assert status == {"phase": "Pending", "lastPhaseTransitionTime": "2026-01-01T00:00:00Z"}


def test_a_new_phase_gets_its_time() -> None:
    was = {"phase": "Bound", "lastPhaseTransitionTime": "2025-01-01T00:00:00Z"}
    old, new = ({"spec": SPEC, "status": status} for status in (was, {**was, "phase": "Released"}))
    status = VOLUME.updated(old, new, "status")["status"]
    assert status["lastPhaseTransitionTime"] == "2026-01-01T00:00:00Z"


def test_beta_labels_may_become_stable_ones() -> None:
    def nodes(key: str) -> dict[str, Any]:
        term = {"matchExpressions": [{"key": key, "operator": "In", "values": ["a"]}]}
        return {"spec": {**SPEC, "nodeAffinity": {"required": {"nodeSelectorTerms": [term]}}}}

    before = nodes("failure-domain.beta.kubernetes.io/zone")
    assert VOLUME.update_problems(before, nodes("topology.kubernetes.io/zone")) == []


def test_the_time_of_a_phase_stays_with_it() -> None:
    status = {"phase": "Available", "lastPhaseTransitionTime": "2020-01-01T00:00:00Z"}
    old = {"spec": SPEC, "status": status}
    after = VOLUME.updated(old, {"spec": SPEC, "status": {"phase": "Available", "reason": "x"}}, "status")
    assert after["status"]["lastPhaseTransitionTime"] == "2020-01-01T00:00:00Z"


def test_only_the_first_source_may_want_nodes() -> None:
    assert VOLUME.problems({"spec": {**SPEC, "local": {"path": "/d"}}}) == [
        "spec.local: Forbidden: may not specify more than 1 volume type"
    ]
