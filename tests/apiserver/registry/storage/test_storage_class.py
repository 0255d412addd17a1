"""StorageClass and VolumeAttributesClass."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.errors import MOST_PROBLEMS

from ..drive import Kind

CLASS = Kind("storage.k8s.io", "v1", "StorageClass")
ATTRIBUTES = Kind("storage.k8s.io", "v1", "VolumeAttributesClass")
MINIMAL = {"provisioner": "example.com/disk"}


def zone(*values: str) -> dict[str, Any]:
    return {"matchLabelExpressions": [{"key": "z", "values": list(values)}]}


def test_defaults() -> None:
    obj = CLASS.defaulted(MINIMAL)
    assert (obj["reclaimPolicy"], obj["volumeBindingMode"]) == ("Delete", "Immediate")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "provisioner: Required value"),
        (
            {**MINIMAL, "reclaimPolicy": "Recycle"},
            'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
        ),
        (
            {**MINIMAL, "allowedTopologies": [zone("a"), zone("a")]},
            'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
        ),
        (
            {**MINIMAL, "allowedTopologies": [zone()]},
            "allowedTopologies[0].matchLabelExpressions[0].values: Required value",
        ),
    ],
)
def test_what_is_refused(body: dict[str, Any], problem: str) -> None:
    assert CLASS.problems(body) == [problem]


def test_only_metadata_mounts_and_expansion_may_change() -> None:
    assert CLASS.update_problems(MINIMAL, {**MINIMAL, "mountOptions": ["ro"]}) == []
    after = {**MINIMAL, "parameters": {"a": "b"}}
    problem = 'parameters: Invalid value: {"a":"b"}: field is immutable'
    assert CLASS.update_problems(MINIMAL, after) == [problem]


def test_the_default_class_says_so_in_its_row() -> None:
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"}
    row = CLASS.cells({**MINIMAL, "metadata": {"name": "a", "annotations": annotations}})
    assert row == ["a (default)", "example.com/disk", "Delete", "Immediate", False, "0s"]


def test_attributes_need_parameters() -> None:
    problem = "parameters: Required value: must contain at least one key/value pair"
    assert ATTRIBUTES.problems({"driverName": "d.example.com"}) == [problem]


def test_topologies_with_old_labels_of_nodes() -> None:
    term = {"matchLabelExpressions": [{"key": "failure-domain.beta.kubernetes.io/zone", "values": ["a"]}]}
    assert CLASS.warnings({**MINIMAL, "allowedTopologies": [term]}) == [
        "allowedTopologies[0].matchLabelExpressions[0].key: deprecated since v1.17; use "
        '"topology.kubernetes.io/zone" instead'
    ]


def test_an_update_is_judged_whole() -> None:
    assert CLASS.update_problems(MINIMAL, {**MINIMAL, "reclaimPolicy": "x"}) == [
        'reclaimPolicy: Unsupported value: "x": supported values: "Delete", "Retain"',
        'reclaimPolicy: Invalid value: "x": field is immutable',
    ]


def test_attributes_stay() -> None:
    before = {"driverName": "d", "parameters": {"k": "v"}}
    assert ATTRIBUTES.update_problems(before, {"driverName": "e", "parameters": {}}) == [
        "driverName: Forbidden: updates to driverName are forbidden.",
        "parameters: Forbidden: updates to parameters are forbidden.",
        "parameters: Required value: must contain at least one key/value pair",
    ]


def test_empty_topologies_are_as_many_as_there_are_terms() -> None:
    at = "allowedTopologies[1].matchLabelExpressions"
    assert CLASS.problems({**MINIMAL, "allowedTopologies": [zone("a"), {}]}) == [
        f'{at}: Duplicate value: ""',
        f'{at}: Duplicate value: ""',
    ]


def test_thousands_of_equal_topologies_make_no_millions_of_problems() -> None:
    assert MOST_PROBLEMS < len(CLASS.problems({**MINIMAL, "allowedTopologies": [{}] * 4000})) < 4000


def test_no_policy_is_one() -> None:
    assert CLASS.problems({**MINIMAL, "reclaimPolicy": ""}) == []
