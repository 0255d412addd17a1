"""Tolerations, taints, gates and topology spread."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.validation.scheduling import validate_taints

from ..pods import pod_problems

TOLERATIONS: dict[str, tuple[Any, list[str]]] = {
    "everything": ([{"operator": "Exists"}], []),
    "one taint for a while": (
        [{"key": "a", "value": "b", "effect": "NoExecute", "tolerationSeconds": 60}],
        [],
    ),
    "no key": (
        [{"operator": "Equal", "value": "a"}],
        [
            (
                'spec.tolerations[0].operator: Invalid value: "Equal": operator must be '
                'Exists when `key` is empty, which means "match all values and all keys"'
            )
        ],
    ),
    "bad key": (
        [{"key": "a b", "operator": "Exists"}],
        [
            (
                'spec.tolerations[0].key: Invalid value: "a b": name part must consist '
                "of alphanumeric characters, '-', '_' or '.', and must start and end "
                "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or "
                "'123-abc', regex used for validation is "
                "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            )
        ],
    ),
    "a value that nobody reads": (
        [{"key": "a", "operator": "Exists", "value": "b"}],
        [
            (
                'spec.tolerations[0].operator: Invalid value: "b": value must be empty '
                "when `operator` is 'Exists'"
            )
        ],
    ),
    "bad value": (
        [{"key": "a", "value": "b c"}],
        [
            (
                'spec.tolerations[0].operator: Invalid value: "b c": a valid label must '
                "be an empty string or consist of alphanumeric characters, '-', '_' or "
                "'.', and must start and end with an alphanumeric character (e.g. "
                "'MyValue',  or 'my_value',  or '12345', regex used for validation is "
                "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
            )
        ],
    ),
    "unknown operator": (
        [{"key": "a", "operator": "In"}],
        [('spec.tolerations[0].operator: Unsupported value: "In": supported values: "Equal", "Exists"')],
    ),
    "unknown effect": (
        [{"key": "a", "operator": "Exists", "effect": "NoRun"}],
        [
            (
                'spec.tolerations[0].effect: Unsupported value: "NoRun": supported '
                'values: "NoSchedule", "PreferNoSchedule", "NoExecute"'
            )
        ],
    ),
    "a while with another effect": (
        [{"key": "a", "operator": "Exists", "effect": "NoSchedule", "tolerationSeconds": 1}],
        [
            (
                'spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be '
                "'NoExecute' when `tolerationSeconds` is set"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), TOLERATIONS.values(), ids=TOLERATIONS)
def test_tolerations(given: Any, problems: list[str]) -> None:
    assert pod_problems({"tolerations": given}) == problems


TAINTS: dict[str, tuple[Any, list[str]]] = {
    "key, value and effect": ([{"key": "a", "value": "b", "effect": "NoSchedule"}], []),
    "one key with two effects": (
        [{"key": "a", "effect": "NoSchedule"}, {"key": "a", "effect": "NoExecute"}],
        [],
    ),
    "key and effect twice": (
        [{"key": "a", "effect": "NoSchedule"}, {"key": "a", "value": "b", "effect": "NoSchedule"}],
        [
            (
                'taints[1]: Duplicate value: {"Key":"a","Value":"b",'
                '"Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key '
                "and effect pair"
            )
        ],
    ),
    "no effect": ([{"key": "a"}], ["taints[0].effect: Required value"]),
    "unknown effect": (
        [{"key": "a", "effect": "NoRun"}],
        [
            (
                'taints[0].effect: Unsupported value: "NoRun": supported values: '
                '"NoSchedule", "PreferNoSchedule", "NoExecute"'
            )
        ],
    ),
    "bad value": (
        [{"key": "a", "value": "b c", "effect": "NoSchedule"}],
        [
            (
                'taints[0].value: Invalid value: "b c": a valid label must be an empty '
                "string or consist of alphanumeric characters, '-', '_' or '.', and must "
                "start and end with an alphanumeric character (e.g. 'MyValue',  or "
                "'my_value',  or '12345', regex used for validation is "
                "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), TAINTS.values(), ids=TAINTS)
def test_taints(given: Any, problems: list[str]) -> None:
    assert [str(error) for error in validate_taints(given, "taints")] == problems


SCHEDULING_GATES: dict[str, tuple[Any, list[str]]] = {
    "a gate": ([{"name": "test.io/wait"}], []),
    "a gate twice": ([{"name": "a"}, {"name": "a"}], ['spec.schedulingGates[1]: Duplicate value: "a"']),
}


@pytest.mark.parametrize(("given", "problems"), SCHEDULING_GATES.values(), ids=SCHEDULING_GATES)
def test_scheduling_gates(given: Any, problems: list[str]) -> None:
    assert pod_problems({"schedulingGates": given}) == problems


TOPOLOGY_SPREAD: dict[str, tuple[Any, list[str]]] = {
    "over zones": (
        [
            {
                "maxSkew": 1,
                "topologyKey": "zone",
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"a": "b"}},
            }
        ],
        [],
    ),
    "nothing": (
        [{}],
        [
            ("spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero"),
            ("spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty"),
            (
                "spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "
                '"": supported values: "DoNotSchedule", "ScheduleAnyway"'
            ),
        ],
    ),
    "the same twice": (
        [
            {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {}},
            {"maxSkew": 2, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {}},
        ],
        [
            (
                "spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: "
                'Duplicate value: "{zone, DoNotSchedule}"'
            )
        ],
    ),
    "domains where they do not count": (
        [
            {
                "maxSkew": 1,
                "topologyKey": "zone",
                "whenUnsatisfiable": "ScheduleAnyway",
                "minDomains": 1,
                "labelSelector": {},
            }
        ],
        [
            (
                "spec.topologySpreadConstraints[0].minDomains: Invalid value: 1: can "
                "only use minDomains if whenUnsatisfiable=DoNotSchedule, not "
                "ScheduleAnyway"
            )
        ],
    ),
    "no domains": (
        [
            {
                "maxSkew": 1,
                "topologyKey": "zone",
                "whenUnsatisfiable": "DoNotSchedule",
                "minDomains": 0,
                "labelSelector": {},
            }
        ],
        [("spec.topologySpreadConstraints[0].minDomains: Invalid value: 0: must be greater than zero")],
    ),
    "unknown policies": (
        [
            {
                "maxSkew": 1,
                "topologyKey": "zone",
                "whenUnsatisfiable": "DoNotSchedule",
                "nodeAffinityPolicy": "Maybe",
                "nodeTaintsPolicy": "No",
                "labelSelector": {},
            }
        ],
        [
            (
                "spec.topologySpreadConstraints[0].nodeAffinityPolicy: Unsupported "
                'value: "Maybe": supported values: "Honor", "Ignore"'
            ),
            (
                "spec.topologySpreadConstraints[0].nodeTaintsPolicy: Unsupported value: "
                '"No": supported values: "Honor", "Ignore"'
            ),
        ],
    ),
    "label keys without selector": (
        [
            {
                "maxSkew": 1,
                "topologyKey": "zone",
                "whenUnsatisfiable": "DoNotSchedule",
                "matchLabelKeys": ["a"],
            }
        ],
        [
            (
                "spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not "
                "be specified when labelSelector is not set"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), TOPOLOGY_SPREAD.values(), ids=TOPOLOGY_SPREAD)
def test_topology_spread(given: Any, problems: list[str]) -> None:
    assert pod_problems({"topologySpreadConstraints": given}) == problems
