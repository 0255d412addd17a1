"""PersistentVolumeClaim: what it asks for, what may change, its row."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

CLAIM = Kind("", "v1", "PersistentVolumeClaim")
SPEC = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def changes(after: dict[str, Any], **before: Any) -> list[str]:
    """Problems of an update of a bound claim."""
    status = {"phase": "Bound", "capacity": {"storage": "1Gi"}}
    old = {"spec": {**SPEC, "volumeName": "v", **before}, "status": status}
    return CLAIM.update_problems(old, {"spec": {**old["spec"], **after}, "status": status})


CLAIM_PROBLEMS: dict[str, tuple[Any, list[str]]] = {
    "a size and a mode": ({}, []),
    "no mode": (
        {"accessModes": []},
        ["spec.accessModes: Required value: at least 1 access mode is required"],
    ),
    "unknown mode": (
        {"accessModes": ["WriteOnly"]},
        [
            (
                'spec.accessModes: Unsupported value: "WriteOnly": supported values: '
                '"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"'
            )
        ],
    ),
    "the lonely mode with another": (
        {"accessModes": ["ReadWriteOncePod", "ReadWriteOnce"]},
        [("spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes")],
    ),
    "no size": ({"resources": {}}, ["spec.resources[storage]: Required value"]),
    "size zero": (
        {"resources": {"requests": {"storage": "0"}}},
        ['spec.resources[storage]: Invalid value: "0": must be greater than zero'],
    ),
    "bad class": (
        {"storageClassName": "A"},
        [
            (
                'spec.storageClassName: Invalid value: "A": a lowercase RFC 1123 '
                "subdomain must consist of lower case alphanumeric characters, '-' or "
                "'.', and must start and end with an alphanumeric character (e.g. "
                "'example.com', regex used for validation is "
                "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            )
        ],
    ),
    "unknown volume mode": (
        {"volumeMode": "Tape"},
        [('spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"')],
    ),
    "a source without name": (
        {"dataSource": {"kind": "PersistentVolumeClaim"}},
        ["spec.dataSource.name: Required value", "spec.dataSourceRef.name: Required value"],
    ),
    "a source of another kind": (
        {"dataSourceRef": {"kind": "Pod", "name": "p"}},
        [
            (
                'spec.dataSource: Invalid value: "Pod": must be '
                "'PersistentVolumeClaim' when referencing the default apiGroup"
            ),
            (
                'spec.dataSourceRef: Invalid value: "Pod": must be '
                "'PersistentVolumeClaim' when referencing the default apiGroup"
            ),
        ],
    ),
    "sources that differ": (
        {
            "dataSource": {"kind": "PersistentVolumeClaim", "name": "a"},
            "dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "b"},
        },
        ["spec: Invalid value: {}: must match dataSourceRef"],
    ),
    "a source of no kind beside another": (
        {"dataSource": {"name": "a"}, "dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "a"}},
        [
            "spec.dataSource.kind: Required value",
            (
                'spec.dataSource: Invalid value: "": must be '
                "'PersistentVolumeClaim' when referencing the default apiGroup"
            ),
            "spec: Invalid value: {}: must match dataSourceRef",
        ],
    ),
    "bad selector": (
        {"selector": {"matchLabels": {"a": "b c"}}},
        [
            (
                'spec.selector.matchLabels: Invalid value: "b c": a valid label must be '
                "an empty string or consist of alphanumeric characters, '-', '_' or '.', "
                "and must start and end with an alphanumeric character (e.g. 'MyValue',  "
                "or 'my_value',  or '12345', regex used for validation is "
                "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), CLAIM_PROBLEMS.values(), ids=CLAIM_PROBLEMS)
def test_claim_problems(given: Any, problems: list[str]) -> None:
    assert CLAIM.problems({"spec": {**SPEC, **given}}) == problems


CHANGES_OF_A_CLAIM: dict[str, tuple[Any, list[str]]] = {
    "nothing": ({}, []),
    "more storage": ({"resources": {"requests": {"storage": "2Gi"}}}, []),
    "less storage than it has": (
        {"resources": {"requests": {"storage": "512Mi"}}},
        [("spec.resources.requests.storage: Forbidden: field can not be less than status.capacity")],
    ),
    "another mode": (
        {"accessModes": ["ReadOnlyMany"]},
        [
            (
                "spec: Forbidden: spec is immutable after creation except "
                "resources.requests and volumeAttributesClassName for bound claims"
            )
        ],
    ),
    "another volume": (
        {"volumeName": "w"},
        [
            (
                "spec: Forbidden: spec is immutable after creation except "
                "resources.requests and volumeAttributesClassName for bound claims"
            )
        ],
    ),
    "another volume mode": (
        {"volumeMode": "Block"},
        [
            (
                "spec: Forbidden: spec is immutable after creation except "
                "resources.requests and volumeAttributesClassName for bound claims"
            ),
            'volumeMode: Invalid value: "Block": field is immutable',
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), CHANGES_OF_A_CLAIM.values(), ids=CHANGES_OF_A_CLAIM)
def test_changes_of_a_claim(given: Any, problems: list[str]) -> None:
    assert changes(given) == problems


CLAIM_STATUS: dict[str, tuple[Any, list[str]]] = {
    "bound": ({"phase": "Bound", "capacity": {"storage": "1Gi"}}, []),
    "negative": (
        {"capacity": {"storage": "-1"}},
        ["status.capacity[storage]: Invalid value: -1: must be a valid resource quantity"],
    ),
    "unknown state of a resize": (
        {"allocatedResourceStatuses": {"storage": "Maybe"}},
        [
            (
                'status.allocatedResourceStatuses: Unsupported value: "storage": supported '
                'values: "ControllerResizeInProgress", "ControllerResizeInfeasible", '
                '"NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"'
            )
        ],
    ),
    "another resource": (
        {"allocatedResources": {"cpu": "1"}},
        [('status.allocatedResources: Unsupported value: "cpu": supported values: "storage"')],
    ),
}


@pytest.mark.parametrize(("given", "problems"), CLAIM_STATUS.values(), ids=CLAIM_STATUS)
def test_claim_status(given: Any, problems: list[str]) -> None:
    assert CLAIM.update_problems({"spec": SPEC}, {"spec": SPEC, "status": given}, "status") == problems


CLAIM_ROW: dict[str, tuple[Any, list[Any]]] = {
    "pending": (
        {
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
                "storageClassName": "fast",
            },
            "status": {"phase": "Pending"},
        },
        ["Pending", "", "", "", "fast", "<unset>", "0s", "Filesystem"],
    ),
    "bound": (
        {
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
                "volumeName": "v",
            },
            "status": {
                "phase": "Bound",
                "capacity": {"storage": "2Gi"},
                "accessModes": ["ReadOnlyMany", "ReadWriteOnce"],
            },
        },
        ["Bound", "v", "2Gi", "RWO,ROX", "", "<unset>", "0s", "Filesystem"],
    ),
    "a class of old": (
        {
            "metadata": {"name": "a", "annotations": {"volume.beta.kubernetes.io/storage-class": "slow"}},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
            "status": {"phase": "Lost"},
        },
        ["Lost", "", "", "", "slow", "<unset>", "0s", "Filesystem"],
    ),
}


@pytest.mark.parametrize(("given", "row"), CLAIM_ROW.values(), ids=CLAIM_ROW)
def test_claim_row(given: Any, row: list[Any]) -> None:
    assert CLAIM.cells(given)[1:] == row


def test_the_two_data_sources_follow_each_other() -> None:
    source = {"apiGroup": None, "kind": "PersistentVolumeClaim", "name": "a"}
    assert CLAIM.created({"spec": {**SPEC, "dataSource": source}})["spec"]["dataSourceRef"] == source
    followed = CLAIM.created({"spec": {**SPEC, "dataSourceRef": source}})["spec"]["dataSource"]
    assert followed == source


def test_the_old_source_ignores_other_kinds() -> None:
    source = {"apiGroup": "test.io", "kind": "Backup", "name": "a"}
    assert "dataSource" not in CLAIM.created({"spec": {**SPEC, "dataSource": source}})["spec"]


def test_a_source_in_another_namespace_is_none() -> None:
    source = {"kind": "PersistentVolumeClaim", "name": "a", "namespace": "other"}
    made = CLAIM.created({"spec": {**SPEC, "dataSourceRef": source}})["spec"]
    assert "dataSource" not in made and "dataSourceRef" not in made


def test_an_unbound_claim_is_frozen() -> None:
    after = {"spec": {**SPEC, "resources": {"requests": {"storage": "2Gi"}}}}
    (problem,) = CLAIM.update_problems({"spec": SPEC}, after)
    assert problem.startswith("spec: Forbidden: spec is immutable after creation except")


def test_the_attributes_class_stays_set() -> None:
    (problem,) = changes({"volumeAttributesClassName": ""}, volumeAttributesClassName="gold")
    assert problem == (
        "spec.volumeAttributesClassName: Forbidden: update from non-nil value to an empty string is forbidden"
    )


def test_fractions_of_bytes_are_warned_of() -> None:
    spec = {**SPEC, "resources": {"requests": {"storage": "1500m"}}}
    assert CLAIM.warnings({"spec": spec}) == [
        'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer'
    ]
