"""VolumeAttachment: one source, and a spec that stays."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

ATTACHMENT = Kind("storage.k8s.io", "v1", "VolumeAttachment")


def body(**spec: Any) -> dict[str, Any]:
    source = {"persistentVolumeName": "pv"}
    return {"spec": {"attacher": "csi.example.com", "nodeName": "n", "source": source, **spec}}


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ({}, "Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName"),
        (
            {"persistentVolumeName": "pv", "inlineVolumeSpec": {}},
            "Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName",
        ),
    ],
)
def test_exactly_one_source(source: dict[str, Any], problem: str) -> None:
    assert ATTACHMENT.problems(body(source=source)) == [f"spec.source: {problem}"]


def test_the_spec_stays() -> None:
    assert ATTACHMENT.update_problems(body(), body(nodeName="m")) == [
        'spec: Invalid value: {"Attacher":"csi.example.com","Source":{"PersistentVolumeName":"pv",'
        '"InlineVolumeSpec":null},"NodeName":"m"}: field is immutable'
    ]


def test_the_row_of_a_table() -> None:
    row = ATTACHMENT.cells({**body(), "status": {"attached": True}})
    assert row == ["a", "csi.example.com", "pv", "n", True, "0s"]


INLINE = "spec.source.inlineVolumeSpec"
CSI = {"driver": "csi.example.com", "volumeHandle": "h"}


@pytest.mark.parametrize(
    ("inline", "problems"),
    [
        ({"accessModes": ["ReadWriteOnce"], "csi": CSI}, []),
        (
            {"accessModes": ["ReadWriteOnce"], "nfs": {"server": "s", "path": "/p"}},
            [f"{INLINE}.csi: Required value: has to be specified in the context of inline volumes"],
        ),
        (
            {"csi": CSI, "capacity": {"storage": "1Gi"}, "persistentVolumeReclaimPolicy": "Delete"},
            [
                f"{INLINE}.capacity: Forbidden: may not be specified in the context of inline volumes",
                f"{INLINE}.accessModes: Required value",
                f"{INLINE}.persistentVolumeReclaimPolicy: Forbidden: may only be Retain in the context of "
                "inline volumes",
            ],
        ),
    ],
)
def test_a_volume_given_inline_is_of_a_driver(inline: dict[str, Any], problems: list[str]) -> None:
    assert ATTACHMENT.problems(body(source={"inlineVolumeSpec": inline})) == problems


def test_an_error_is_short_and_has_a_code() -> None:
    status = {"attachError": {"message": "x" * 1025, "errorCode": -1}}
    assert ATTACHMENT.update_problems(body(), {**body(), "status": status}) == [
        "status.attachError.message: Too long: may not be more than 262144 bytes",
        "status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive",
    ]
