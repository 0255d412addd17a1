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


def share(**policy: Any) -> list[dict[str, Any]]:
    capacity = {"memory": {"value": "8Gi", "requestPolicy": policy}}
    return [{"name": "d0", "allowMultipleAllocations": True, "capacity": capacity}]


def bound(wanted: str, unwanted: str) -> dict[str, Any]:
    """A device that is ready under conditions of one letter each."""
    return {"name": "d0", "bindingConditions": list(wanted), "bindingFailureConditions": list(unwanted)}


POLICY = "spec.devices[0].capacity[memory].requestPolicy"
USES = [{"counterSet": "card", "counters": {"memory": {"value": "1Gi"}}}]


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (
            {"sharedCounters": [{"name": "card", "counters": {"memory": {"value": "8Gi"}}}]},
            'spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed',
        ),
        (
            {"devices": None, "sharedCounters": [{"name": "card"}]},
            "spec.sharedCounters[0].counters: Required value",
        ),
        (
            {"devices": [{"name": f"d{i}", "consumesCounters": USES} for i in range(65)]},
            "spec.devices: Too many: 65: must have at most 64 items",
        ),
        (
            {"devices": [{"name": "d0", "taints": [{"key": "k", "effect": "Never"}]}]},
            'spec.devices[0].taints[0].effect: Unsupported value: "Never": '
            'supported values: "NoExecute", "NoSchedule", "None"',
        ),
        (
            {"devices": [bound("abcde", "f")]},
            "spec.devices[0].bindingConditions: Too many: 5: must have at most 4 items",
        ),
        ({"devices": [bound("aa", "f")]}, 'spec.devices[0].bindingConditions[1]: Duplicate value: "a"'),
        (
            {"devices": [bound("ab", "a")]},
            'spec.devices[0].bindingFailureConditions[0]: Invalid value: "a": '
            "bindingFailureConditions must not overlap with bindingConditions",
        ),
        (
            {"devices": [bound("a", "")]},
            "spec.devices[0].bindingFailureConditions: Invalid value: null: "
            "bindingFailureConditions are required to use bindingConditions",
        ),
        (
            {"devices": share(validValues=["1Gi"])},
            f"{POLICY}.default: Required value: required when validValues is defined",
        ),
        (
            {"devices": share(default="1Gi", validRange={"min": "2Gi"})},
            f'{POLICY}.validRange.default: Invalid value: "1Gi": default is less than min: 2Gi',
        ),
        (
            {"devices": share(default="1Gi", validRange={"min": "1Gi", "step": "8Gi"})},
            f'{POLICY}.validRange.step: Invalid value: "8Gi": '
            "one step 9Gi is larger than capacity value: 8Gi",
        ),
        (
            {"devices": [{**share()[0], "allowMultipleAllocations": False}]},
            f"{POLICY}: Forbidden: allowMultipleAllocations must be true",
        ),
    ],
)
def test_what_is_refused_of_parts_and_shares(spec: dict[str, Any], problem: str) -> None:
    assert SLICE.problems(body(**spec)) == [problem]


def test_a_taint_is_told_since_when_it_is_there() -> None:
    created = SLICE.created(body(devices=[{"name": "d0", "taints": [{"key": "k", "effect": "None"}]}]))
    assert "timeAdded" in created["spec"]["devices"][0]["taints"][0]


def test_driver_pool_and_node_stay() -> None:
    problem = 'spec.nodeName: Invalid value: "m": field is immutable'
    assert SLICE.update_problems(body(), body(nodeName="m")) == [problem]


def test_slices_are_selected_by_node_and_driver() -> None:
    slice_ = SLICE.created(body())
    assert {name: get(slice_) for name, get in SLICE.resource.selectable.items()} == {
        "spec.driver": "d.io",
        "spec.nodeName": "n",
    }


def test_attributes_of_several_values_are_dropped() -> None:
    devices = attribute({"string": "x", "bools": [True], "versions": ["1.0.0"]})
    made = SLICE.created(body(devices=devices))["spec"]["devices"][0]
    assert made["attributes"] == {"a": {"string": "x"}}


def test_an_attribute_of_two_values_is_shown_whole() -> None:
    (version, both) = SLICE.problems(body(devices=attribute({"string": "s", "version": "one"})))
    assert version.startswith('spec.devices[0].attributes[a].version: Invalid value: "one": must be a string')
    assert both == (
        'spec.devices[0].attributes[a]: Invalid value: {"IntValue":null,"BoolValue":null,"StringValue":"s",'
        '"VersionValue":"one","IntValues":null,"BoolValues":null,"StringValues":null,"VersionValues":null}: '
        "exactly one value must be specified"
    )


def test_what_identifies_a_slice_is_judged_before_where_it_is() -> None:
    problems = SLICE.update_problems(body(), body(nodeName=None))
    assert problems == [
        "spec.nodeName: Invalid value: null: field is immutable",
        f"spec: Required value: {WHERE}",
    ]
