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
