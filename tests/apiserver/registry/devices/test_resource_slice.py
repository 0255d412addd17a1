"""ResourceSlice: where its devices are, and their attributes."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

SLICE = Kind("resource.k8s.io", "v1", "ResourceSlice")


def body(**spec: Any) -> dict[str, Any]:
    pool = {"name": "n", "generation": 1, "resourceSliceCount": 1}
    return {"spec": {"driver": "d.io", "nodeName": "n", "pool": pool, "devices": [{"name": "d0"}], **spec}}


def attribute(value: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": "d0", "attributes": {"a": value}}]


WHERE = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"driver": ""}, "spec.driver: Required value"),
        ({"nodeName": None}, f"spec: Required value: {WHERE}"),
        (
            {"allNodes": True},
            f'spec: Invalid value: "{{`nodeName`, `allNodes`}}": {WHERE}, but multiple fields are set',
        ),
        ({"devices": [{"name": "d0"}, {"name": "d0"}]}, 'spec.devices[1]: Duplicate value: "d0"'),
        (
            {"devices": attribute({})},
            'spec.devices[0].attributes[a]: Invalid value: "": exactly one value must be specified',
        ),
        (
            {"devices": attribute({"version": "one"})},
            'spec.devices[0].attributes[a].version: Invalid value: "one": '
            "must be a string compatible with semver.org spec 2.0.0",
        ),
    ],
)
def test_what_is_refused(spec: dict[str, Any], problem: str) -> None:
    assert SLICE.problems(body(**spec)) == [problem]


def test_driver_pool_and_node_stay() -> None:
    problem = 'spec.nodeName: Invalid value: "m": field is immutable'
    assert SLICE.update_problems(body(), body(nodeName="m")) == [problem]


def test_slices_are_selected_by_node_and_driver() -> None:
    slice_ = SLICE.created(body())
    assert {name: get(slice_) for name, get in SLICE.resource.selectable.items()} == {
        "spec.driver": "d.io",
        "spec.nodeName": "n",
    }
