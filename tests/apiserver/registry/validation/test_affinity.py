"""Affinity to nodes and to other pods."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import pod_problems

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
TERM = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"a": "b"}}}


REQUIRED_NODES: dict[str, tuple[Any, list[str]]] = {
    "a zone": ([{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}], []),
    "a number": ([{"matchExpressions": [{"key": "cores", "operator": "Gt", "values": ["4"]}]}], []),
    "a node": ([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}], []),
    "no terms": (
        [],
        [
            (
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecut"
                "ion.nodeSelectorTerms: Required value: must have at least one node "
                "selector term"
            )
        ],
    ),
    "no values": (
        [{"matchExpressions": [{"key": "zone", "operator": "In"}]}],
        [
            (
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecut"
                "ion.nodeSelectorTerms[0].matchExpressions[0].values: Required value: "
                "must be specified when `operator` is 'In' or 'NotIn'"
            )
        ],
    ),
    "values for existence": (
        [{"matchExpressions": [{"key": "zone", "operator": "Exists", "values": ["a"]}]}],
        [
            (
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecut"
                "ion.nodeSelectorTerms[0].matchExpressions[0].values: Forbidden: may not "
                "be specified when `operator` is 'Exists' or 'DoesNotExist'"
            )
        ],
    ),
    "unknown operator": (
        [{"matchExpressions": [{"key": "zone", "operator": "Like", "values": ["a"]}]}],
        [
            (
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecut"
                "ion.nodeSelectorTerms[0].matchExpressions[0].operator: Invalid value: "
                '"Like": not a valid selector operator'
            )
        ],
    ),
    "two numbers": (
        [{"matchExpressions": [{"key": "cores", "operator": "Lt", "values": ["1", "2"]}]}],
        [
            (
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecut"
                "ion.nodeSelectorTerms[0].matchExpressions[0].values: Required value: "
                "must be specified single value when `operator` is 'Lt' or 'Gt'"
            )
        ],
    ),
    "not a number, which only the scheduler minds": (
        [{"matchExpressions": [{"key": "cores", "operator": "Lt", "values": ["many"]}]}],
        [],
    ),
    "another field": (
        [{"matchFields": [{"key": "metadata.uid", "operator": "In", "values": ["n1"]}]}],
        [
            (
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecut"
                "ion.nodeSelectorTerms[0].matchFields[0].key: Invalid value: "
                '"metadata.uid": not a valid field selector key'
            )
        ],
    ),
    "two nodes": (
        [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1", "n2"]}]}],
        [
            (
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecut"
                "ion.nodeSelectorTerms[0].matchFields[0].values: Required value: must be "
                "only one value when `operator` is 'In' or 'NotIn' for node field "
                "selector"
            )
        ],
    ),
    "a node by existence": (
        [{"matchFields": [{"key": "metadata.name", "operator": "Exists"}]}],
        [
            (
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecut"
                "ion.nodeSelectorTerms[0].matchFields[0].operator: Invalid value: "
                '"Exists": not a valid selector operator'
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), REQUIRED_NODES.values(), ids=REQUIRED_NODES)
def test_required_nodes(given: Any, problems: list[str]) -> None:
    assert pod_problems({"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": given}}}}) == problems


PREFERRED_NODES: dict[str, tuple[Any, list[str]]] = {
    "a weight": (
        {"weight": 1, "preference": {"matchExpressions": [{"key": "zone", "operator": "Exists"}]}},
        [],
    ),
    "no weight": (
        {"preference": {}},
        [
            (
                "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecu"
                "tion[0].weight: Invalid value: 0: must be in the range 1-100"
            )
        ],
    ),
    "too much weight": (
        {"weight": 101, "preference": {}},
        [
            (
                "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecu"
                "tion[0].weight: Invalid value: 101: must be in the range 1-100"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), PREFERRED_NODES.values(), ids=PREFERRED_NODES)
def test_preferred_nodes(given: Any, problems: list[str]) -> None:
    assert pod_problems({"affinity": {"nodeAffinity": {PREFERRED: [given]}}}) == problems


REQUIRED_PODS: dict[str, tuple[Any, list[str]]] = {
    "pods of a label": ({}, []),
    "no topology": (
        {"topologyKey": ""},
        [
            (
                "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecuti"
                "on[0].topologyKey: Required value: can not be empty"
            ),
            (
                "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecuti"
                'on[0].topologyKey: Invalid value: "": name part must be non-empty'
            ),
            (
                "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecuti"
                'on[0].topologyKey: Invalid value: "": name part must consist of '
                "alphanumeric characters, '-', '_' or '.', and must start and end with "
                "an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
                "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            ),
        ],
    ),
    "bad namespace": (
        {"namespaces": ["A_b"]},
        [
            (
                "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecuti"
                'on[0].namespace: Invalid value: "A_b": a lowercase RFC 1123 label must '
                "consist of lower case alphanumeric characters or '-', and must start "
                "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', "
                "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
            )
        ],
    ),
    "bad selector": (
        {"labelSelector": {"matchExpressions": [{"key": "a", "operator": "Near"}]}},
        [
            (
                "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecuti"
                "on[0].labelSelector.matchExpressions[0].operator: Invalid value: "
                '"Near": not a valid selector operator'
            )
        ],
    ),
    "label keys without selector": (
        {"labelSelector": None, "matchLabelKeys": ["a"]},
        [
            (
                "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecuti"
                "on[0].matchLabelKeys: Forbidden: must not be specified when "
                "labelSelector is not set"
            )
        ],
    ),
    "a label key on both sides": (
        {"matchLabelKeys": ["x"], "mismatchLabelKeys": ["x"]},
        [
            (
                "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecuti"
                'on[0].matchLabelKeys[0]: Invalid value: "x": exists in both '
                "matchLabelKeys and mismatchLabelKeys"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), REQUIRED_PODS.values(), ids=REQUIRED_PODS)
def test_required_pods(given: Any, problems: list[str]) -> None:
    assert pod_problems({"affinity": {"podAffinity": {REQUIRED: [{**TERM, **given}]}}}) == problems


PREFERRED_PODS: dict[str, tuple[Any, list[str]]] = {
    "a weight": (
        {
            "weight": 100,
            "podAffinityTerm": {"topologyKey": "zone", "labelSelector": {"matchLabels": {"a": "b"}}},
        },
        [],
    ),
    "no weight and no topology": (
        {"podAffinityTerm": {}},
        [
            (
                "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringEx"
                "ecution[0].weight: Invalid value: 0: must be in the range 1-100"
            ),
            (
                "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringEx"
                "ecution[0].podAffinityTerm.topologyKey: Required value: can not be empty"
            ),
            (
                "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringEx"
                'ecution[0].podAffinityTerm.topologyKey: Invalid value: "": name part '
                "must be non-empty"
            ),
            (
                "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringEx"
                'ecution[0].podAffinityTerm.topologyKey: Invalid value: "": name part '
                "must consist of alphanumeric characters, '-', '_' or '.', and must "
                "start and end with an alphanumeric character (e.g. 'MyName',  or "
                "'my.name',  or '123-abc', regex used for validation is "
                "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            ),
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), PREFERRED_PODS.values(), ids=PREFERRED_PODS)
def test_preferred_pods(given: Any, problems: list[str]) -> None:
    assert pod_problems({"affinity": {"podAntiAffinity": {PREFERRED: [given]}}}) == problems
