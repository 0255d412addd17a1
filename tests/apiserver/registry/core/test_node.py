"""Node: networks, resources, what stays, its row."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

NODE = Kind("", "v1", "Node")


NODE_PROBLEMS: dict[str, tuple[Any, list[str]]] = {
    "plain": ({}, []),
    "networks of both families": ({"spec": {"podCIDRs": ["10.1.0.0/24", "fd00::/64"]}}, []),
    "two networks of one family": (
        {"spec": {"podCIDRs": ["10.1.0.0/24", "10.2.0.0/24"]}},
        [
            (
                'spec.podCIDRs: Invalid value: ["10.1.0.0/24","10.2.0.0/24"]: may '
                "specify no more than one CIDR for each IP family"
            )
        ],
    ),
    "a network twice": (
        {"spec": {"podCIDRs": ["10.1.0.0/24", "10.1.0.0/24"]}},
        [
            (
                'spec.podCIDRs: Invalid value: ["10.1.0.0/24","10.1.0.0/24"]: may '
                "specify no more than one CIDR for each IP family"
            ),
        ],
    ),
    "not a network": (
        {"spec": {"podCIDR": "a"}},
        [
            (
                'spec.podCIDRs[0]: Invalid value: "a": must be a valid CIDR value, (e.g. '
                "10.9.8.0/24 or 2001:db8::/64)"
            )
        ],
    ),
    "bad taint": (
        {"spec": {"taints": [{"key": "a", "effect": "Nope"}]}},
        [
            (
                'metadata.taints[0].effect: Unsupported value: "Nope": supported values: '
                '"NoSchedule", "PreferNoSchedule", "NoExecute"'
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), NODE_PROBLEMS.values(), ids=NODE_PROBLEMS)
def test_node_problems(given: Any, problems: list[str]) -> None:
    assert NODE.problems(given) == problems


CHANGES_OF_A_NODE: dict[str, tuple[Any, list[str]]] = {
    "cordoned": ({"podCIDR": "10.1.0.0/24", "providerID": "a", "unschedulable": True}, []),
    "another network": (
        {"podCIDR": "10.2.0.0/24", "providerID": "a"},
        [('spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid')],
    ),
    "another provider id": (
        {"podCIDR": "10.1.0.0/24", "providerID": "b"},
        [('spec.providerID: Forbidden: node updates may not change providerID except from "" to valid')],
    ),
}


@pytest.mark.parametrize(("given", "problems"), CHANGES_OF_A_NODE.values(), ids=CHANGES_OF_A_NODE)
def test_changes_of_a_node(given: Any, problems: list[str]) -> None:
    assert (
        NODE.update_problems({"spec": {"podCIDR": "10.1.0.0/24", "providerID": "a"}}, {"spec": given})
        == problems
    )


NODE_STATUS: dict[str, tuple[Any, list[str]]] = {
    "addresses": ({"addresses": [{"type": "InternalIP", "address": "10.0.0.1"}]}, []),
    "an address twice": (
        {
            "addresses": [
                {"type": "InternalIP", "address": "10.0.0.1"},
                {"type": "InternalIP", "address": "10.0.0.1"},
            ]
        },
        [('status.addresses[1]: Duplicate value: {"Type":"InternalIP","Address":"10.0.0.1"}')],
    ),
    "negative capacity": (
        {"capacity": {"cpu": "-1"}},
        [
            'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
            ('status.allocatable.cpu: Invalid value: "-1": must be greater than or equal to 0'),
        ],
    ),
    "half a device": (
        {"capacity": {"test.io/gpu": "500m"}},
        [
            'status.capacity.test.io/gpu: Invalid value: "500m": must be an integer',
            'status.allocatable.test.io/gpu: Invalid value: "500m": must be an integer',
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), NODE_STATUS.values(), ids=NODE_STATUS)
def test_node_status(given: Any, problems: list[str]) -> None:
    assert NODE.update_problems({}, {"status": given}, "status") == problems


NODE_ROW: dict[str, tuple[Any, list[Any]]] = {
    "nothing known": (
        {},
        ["Unknown", "<none>", "0s", "", "<none>", "<none>", "<unknown>", "<unknown>", "<unknown>"],
    ),
    "ready": (
        {
            "metadata": {
                "name": "n",
                "labels": {"node-role.kubernetes.io/worker": "", "kubernetes.io/role": "db"},
            },
            "status": {
                "conditions": [{"type": "Ready", "status": "True"}],
                "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
                "nodeInfo": {
                    "kubeletVersion": "v1.36.0",
                    "osImage": "Linux",
                    "kernelVersion": "6.1",
                    "architecture": "amd64",
                    "containerRuntimeVersion": "wherry://1",
                },
            },
        },
        ["Ready", "db,worker", "0s", "v1.36.0", "10.0.0.1", "<none>", "Linux", "6.1 (amd64)", "wherry://1"],
    ),
    "cordoned and not ready": (
        {"spec": {"unschedulable": True}, "status": {"conditions": [{"type": "Ready", "status": "False"}]}},
        [
            "NotReady,SchedulingDisabled",
            "<none>",
            "0s",
            "",
            "<none>",
            "<none>",
            "<unknown>",
            "<unknown>",
            "<unknown>",
        ],
    ),
}


@pytest.mark.parametrize(("given", "row"), NODE_ROW.values(), ids=NODE_ROW)
def test_node_row(given: Any, row: list[Any]) -> None:
    assert NODE.cells({"metadata": {"name": "n"}, **given})[1:] == row


def test_the_network_of_a_node_is_kept_in_both_fields() -> None:
    assert NODE.defaulted({"spec": {"podCIDR": "10.1.0.0/24"}})["spec"]["podCIDRs"] == ["10.1.0.0/24"]
    assert NODE.defaulted({"spec": {"podCIDRs": ["10.1.0.0/24"]}})["spec"]["podCIDR"] == "10.1.0.0/24"


def test_everything_is_allocatable_unless_said_otherwise() -> None:
    status = NODE.defaulted({"status": {"capacity": {"cpu": "4"}}})["status"]
    assert status["allocatable"] == {"cpu": "4"}


@pytest.mark.parametrize(
    ("features", "problems"),
    [
        (["A", "B/c"], []),
        (["A", "A"], ['status.declaredFeatures[1]: Duplicate value: "A"']),
        (["B", "A"], ['status.declaredFeatures[1]: Invalid value: "A": list must be sorted alphabetically']),
    ],
)
def test_declared_features_are_sorted_and_there_once(features: list[str], problems: list[str]) -> None:
    assert NODE.problems({"status": {"declaredFeatures": features}}) == problems


def test_declared_features_are_named_like_types() -> None:
    (problem,) = NODE.problems({"status": {"declaredFeatures": ["a b"]}})
    assert 'Invalid value: "a b": invalid feature name "a b": must start with an UpperCamelCase' in problem
