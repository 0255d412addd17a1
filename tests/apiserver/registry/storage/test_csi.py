"""CSIDriver, CSINode, CSIStorageCapacity."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

GATED = "preventPodSchedulingIfMissing"
DRIVER = Kind("storage.k8s.io", "v1", "CSIDriver")
NODE = Kind("storage.k8s.io", "v1", "CSINode")
CAPACITY = Kind("storage.k8s.io", "v1", "CSIStorageCapacity")
ON_NODE = {"name": "csi.example.com", "nodeID": "n1"}


def test_driver_defaults() -> None:
    spec = DRIVER.defaulted({"spec": {}})["spec"]
    assert (spec["attachRequired"], spec["podInfoOnMount"], spec["storageCapacity"]) == (True, False, False)
    assert (spec["fsGroupPolicy"], spec["volumeLifecycleModes"]) == (
        "ReadWriteOnceWithFSType",
        ["Persistent"],
    )


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (
            {"volumeLifecycleModes": ["Forever"]},
            'spec.volumeLifecycleModes: Unsupported value: "Forever": '
            'supported values: "Persistent", "Ephemeral"',
        ),
        (
            {"tokenRequests": [{"audience": "a"}, {"audience": "a"}]},
            'spec.tokenRequests[1].audience: Duplicate value: "a"',
        ),
        (
            {"tokenRequests": [{"audience": "a", "expirationSeconds": 1}]},
            "spec.tokenRequests[0].expirationSeconds: Invalid value: 1: "
            "may not specify a duration less than 10 minutes",
        ),
        (
            {"nodeAllocatableUpdatePeriodSeconds": 5},
            "spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 5: "
            "must be greater than or equal to 10 seconds",
        ),
    ],
)
def test_drivers(spec: dict[str, Any], problem: str) -> None:
    assert DRIVER.problems({"spec": spec}) == [problem]


def test_what_stays_of_a_driver() -> None:
    after = {"spec": {"attachRequired": False, "requiresRepublish": True}}
    problem = "spec.attachedRequired: Invalid value: false: field is immutable"
    assert DRIVER.update_problems({"spec": {}}, after) == [problem]


def test_the_row_of_a_driver() -> None:
    row = DRIVER.cells({"spec": {"tokenRequests": [{"audience": "x"}]}})
    assert row == ["a", True, False, False, "x", False, "Persistent", "0s"]
    assert DRIVER.cells({"spec": {}})[4] == "<unset>"


@pytest.mark.parametrize(
    ("drivers", "problem"),
    [
        ([ON_NODE, ON_NODE], 'spec.drivers[1].name: Duplicate value: "csi.example.com"'),
        ([{**ON_NODE, "nodeID": ""}], "spec.drivers[0].nodeID: Required value"),
        ([{**ON_NODE, "topologyKeys": ["a", "a"]}], 'spec.drivers[0]: Duplicate value: "a"'),
    ],
)
def test_drivers_of_a_node(drivers: list[dict[str, Any]], problem: str) -> None:
    assert NODE.problems({"spec": {"drivers": drivers}}) == [problem]


def test_drivers_come_and_go_but_do_not_change() -> None:
    before = {"spec": {"drivers": [ON_NODE]}}
    assert NODE.update_problems(before, {"spec": {"drivers": []}}) == []
    (problem,) = NODE.update_problems(before, {"spec": {"drivers": [{**ON_NODE, "nodeID": "n2"}]}})
    assert problem == (
        'spec.drivers: Invalid value: {"Name":"csi.example.com","NodeID":"n2","TopologyKeys":null,'
        '"Allocatable":null}: field is immutable'
    )


def test_the_class_of_a_capacity_stays() -> None:
    before = {"storageClassName": "fast", "capacity": "1Gi"}
    problem = 'storageClassName: Invalid value: "slow": field is immutable'
    assert CAPACITY.update_problems(before, {**before, "storageClassName": "slow"}) == [problem]
    assert CAPACITY.problems({**before, "capacity": "-1"}) == [
        'capacity: Invalid value: "-1": must be greater than or equal to 0'
    ]


def test_a_driver_gets_a_generation_with_its_first_change() -> None:
    assert "generation" not in DRIVER.created({"spec": {}})["metadata"]
    changed = DRIVER.updated({"spec": {}}, {"spec": {"requiresRepublish": True}})
    assert changed["metadata"]["generation"] == 1


def test_a_topology_with_old_labels_of_nodes() -> None:
    topology = {
        "matchLabels": {"beta.kubernetes.io/arch": "arm64"},
        "matchExpressions": [{"key": "node-role.kubernetes.io/master", "operator": "Exists"}],
    }
    assert CAPACITY.warnings({"storageClassName": "a", "nodeTopology": topology}) == [
        "nodeTopology.matchExpressions[0].key: node-role.kubernetes.io/master is use "
        '"node-role.kubernetes.io/control-plane" instead',
        "nodeTopology.matchLabels.beta.kubernetes.io/arch: deprecated since v1.14; use "
        '"kubernetes.io/arch" instead',
    ]


def test_a_driver_has_no_field_of_a_closed_gate() -> None:
    assert GATED not in DRIVER.created({"spec": {GATED: True}})["spec"]


def test_tokens_are_warned_about_when_they_change() -> None:
    old = DRIVER.created({"spec": {"tokenRequests": [{"audience": "a"}]}})
    assert DRIVER.strategy.warnings(DRIVER.context, old, old) == []
    new = {**old, "spec": {**old["spec"], "tokenRequests": [{"audience": "b"}]}}
    (warning,) = DRIVER.strategy.warnings(DRIVER.context, new, old)
    assert warning.startswith("spec.serviceAccountTokenInSecrets is unset")


def test_a_topology_that_may_not_change_is_shown_as_go_orders_it() -> None:
    made = {"storageClassName": "c", "nodeTopology": {"matchLabels": {"a": "b"}}}
    more = {"matchExpressions": [{"key": "k", "operator": "Exists"}], "matchLabels": {"b": "1", "a": "b"}}
    assert CAPACITY.update_problems(made, {**made, "nodeTopology": more}) == [
        'nodeTopology: Invalid value: {"matchLabels":{"a":"b","b":"1"},"matchExpressions":[{"key":"k",'
        '"operator":"Exists"}]}: field is immutable'
    ]
