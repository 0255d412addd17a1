"""ObjectMeta: names, labels, annotations, owners, finalizers, and what may change of it."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.validation.metadata import (
    validate_common_update,
    validate_object_meta,
    validate_object_meta_update,
    validate_template_meta,
)

META = {"name": "a", "namespace": "n", "uid": "u", "resourceVersion": "1"}
OWNER = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}


METADATA_OF_A_NEW_OBJECT: dict[str, tuple[Any, list[str]]] = {
    "name and namespace": ({}, []),
    "no name": ({"name": ""}, ["metadata.name: Required value: name or generateName is required"]),
    "bad name": (
        {"name": "A_b"},
        [
            (
                'metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain '
                "must consist of lower case alphanumeric characters, '-' or '.', and "
                "must start and end with an alphanumeric character (e.g. 'example.com', "
                "regex used for validation is "
                "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            )
        ],
    ),
    "a base to generate from may end with a hyphen": ({"generateName": "a-"}, []),
    "bad base": (
        {"generateName": "AB-"},
        [
            (
                'metadata.generateName: Invalid value: "AB-": a lowercase RFC 1123 '
                "subdomain must consist of lower case alphanumeric characters, '-' or "
                "'.', and must start and end with an alphanumeric character (e.g. "
                "'example.com', regex used for validation is "
                "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            )
        ],
    ),
    "no namespace": ({"namespace": ""}, ["metadata.namespace: Required value"]),
    "bad namespace": (
        {"namespace": "a.b"},
        ['metadata.namespace: Invalid value: "a.b": must not contain dots'],
    ),
    "negative generation": (
        {"generation": -1},
        ["metadata.generation: Invalid value: -1: must be greater than or equal to 0"],
    ),
    "bad label": (
        {"labels": {"a": "b c"}},
        [
            (
                'metadata.labels: Invalid value: "b c": a valid label must be an empty '
                "string or consist of alphanumeric characters, '-', '_' or '.', and must "
                "start and end with an alphanumeric character (e.g. 'MyValue',  or "
                "'my_value',  or '12345', regex used for validation is "
                "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
            )
        ],
    ),
    "bad label key": (
        {"labels": {"a/b/c": ""}},
        [
            (
                'metadata.labels: Invalid value: "a/b/c": a valid label key must consist '
                "of alphanumeric characters, '-', '_' or '.', and must start and end "
                "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or "
                "'123-abc', regex used for validation is "
                "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS "
                "subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )
        ],
    ),
    "a key may have capitals in annotations": ({"annotations": {"TEST.io/a": "b"}}, []),
    "bad annotation key": (
        {"annotations": {"a b": ""}},
        [
            (
                'metadata.annotations: Invalid value: "a b": name part must consist of '
                "alphanumeric characters, '-', '_' or '.', and must start and end with "
                "an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
                "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            )
        ],
    ),
    "an unknown finalizer without domain": (
        {"finalizers": ["mine"]},
        [
            (
                'metadata.finalizers[0]: Invalid value: "mine": name is neither a '
                "standard finalizer name nor is it fully qualified"
            )
        ],
    ),
    "finalizers of two policies": (
        {"finalizers": ["orphan", "foregroundDeletion"]},
        [
            (
                'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: '
                "finalizer orphan and foregroundDeletion cannot be both set"
            )
        ],
    ),
    "managers of fields": (
        {"managedFields": [{"manager": "é" * 65}, {"manager": "☃\x01"}, {"subresource": "s" * 257}]},
        [
            "metadata.managedFields[0].manager: Too long: may not be more than 128 bytes",
            'metadata.managedFields[1].manager: Invalid value: "☃\\x01": '
            "invalid character U+0001 (at position 3)",
            "metadata.managedFields[2].subresource: Too long: may not be more than 256 bytes",
        ],
    ),
    "managers that may be": ({"managedFields": [{"manager": "é" * 64}, {"subresource": "s" * 256}]}, []),
}


@pytest.mark.parametrize(
    ("given", "problems"), METADATA_OF_A_NEW_OBJECT.values(), ids=METADATA_OF_A_NEW_OBJECT
)
def test_metadata_of_a_new_object(given: Any, problems: list[str]) -> None:
    assert [str(error) for error in validate_object_meta({**META, **given}, True)] == problems


OWNERS: dict[str, tuple[Any, list[str]]] = {
    "one controller": (
        [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u", "controller": True}],
        [],
    ),
    "nothing": (
        [{}],
        [
            ('metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty'),
            'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
            'metadata.ownerReferences.name: Invalid value: "": must not be empty',
            'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
        ],
    ),
    "an event": (
        [{"apiVersion": "v1", "kind": "Event", "name": "p", "uid": "u"}],
        [
            (
                'metadata.ownerReferences: Invalid value: {"apiVersion":"v1",'
                '"kind":"Event","name":"p","uid":"u"}: /v1, Kind=Event is disallowed '
                "from being an owner"
            )
        ],
    ),
    "two controllers": (
        [
            {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u", "controller": True},
            {"apiVersion": "v1", "kind": "Pod", "name": "q", "uid": "v", "controller": True},
        ],
        [
            (
                'metadata.ownerReferences: Invalid value: [{"apiVersion":"v1",'
                '"kind":"Pod","name":"p","uid":"u","controller":true},{"apiVersion":"v1",'
                '"kind":"Pod","name":"q","uid":"v","controller":true}]: Only one '
                'reference can have Controller set to true. Found "true" in references '
                "for Pod/p and Pod/q"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), OWNERS.values(), ids=OWNERS)
def test_owners(given: Any, problems: list[str]) -> None:
    assert [
        str(error) for error in validate_object_meta({**META, "ownerReferences": given}, True)
    ] == problems


CHANGES: dict[str, tuple[Any, list[str]]] = {
    "labels": ({"labels": {"a": "b"}}, []),
    "no version": (
        {"resourceVersion": ""},
        ['metadata.resourceVersion: Invalid value: "": must be specified for an update'],
    ),
    "another name": ({"name": "b"}, ['metadata.name: Invalid value: "b": field is immutable']),
    "another uid": ({"uid": "v"}, ['metadata.uid: Invalid value: "v": field is immutable']),
    "a grace period": (
        {"deletionGracePeriodSeconds": 5},
        ["metadata.deletionGracePeriodSeconds: Invalid value: 5: field is immutable"],
    ),
    "a manager of fields": (
        {"managedFields": [{"manager": "m" * 129}]},
        ["metadata.managedFields[0].manager: Too long: may not be more than 128 bytes"],
    ),
    "a lower generation": (
        {"generation": -1},
        [
            "metadata.generation: Invalid value: -1: must be greater than or equal to 0",
            "metadata.generation: Invalid value: -1: must not be decremented",
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), CHANGES.values(), ids=CHANGES)
def test_changes(given: Any, problems: list[str]) -> None:
    assert [str(error) for error in validate_object_meta_update({**META, **given}, META)] == problems


FINALIZERS_WHILE_BEING_DELETED: dict[str, tuple[Any, list[str]]] = {
    "one less": ([], []),
    "one more": (
        ["test.io/a", "test.io/b"],
        [
            (
                "metadata.finalizers: Forbidden: no new finalizers can be added if the "
                'object is being deleted, found new finalizers []string{"test.io/b"}'
            )
        ],
    ),
}


@pytest.mark.parametrize(
    ("given", "problems"), FINALIZERS_WHILE_BEING_DELETED.values(), ids=FINALIZERS_WHILE_BEING_DELETED
)
def test_finalizers_while_being_deleted(given: Any, problems: list[str]) -> None:
    assert [
        str(error)
        for error in validate_object_meta_update(
            {**META, "deletionTimestamp": "t", "finalizers": given},
            {**META, "deletionTimestamp": "t", "finalizers": ["test.io/a"]},
        )
    ] == problems


TEMPLATE_METADATA: dict[str, tuple[Any, list[str]]] = {
    "labels": ({"labels": {"a": "b"}}, []),
    "a name": ({"name": "a"}, ["metadata.name: Forbidden: cannot be set"]),
    "a finalizer": ({"finalizers": ["test.io/a"]}, ["metadata.finalizers: Forbidden: cannot be set"]),
}


@pytest.mark.parametrize(("given", "problems"), TEMPLATE_METADATA.values(), ids=TEMPLATE_METADATA)
def test_template_metadata(given: Any, problems: list[str]) -> None:
    assert [str(error) for error in validate_template_meta(given, "metadata")] == problems


def test_a_cluster_scoped_object_has_no_namespace() -> None:
    assert [str(error) for error in validate_object_meta(META, False)] == [
        "metadata.namespace: Forbidden: not allowed on this type"
    ]


def test_annotations_hold_256_kib_together() -> None:
    errors = validate_object_meta({**META, "annotations": {"a": "x" * (1 << 18)}}, True)
    assert [str(error) for error in errors] == [
        "metadata.annotations: Too long: may not be more than 262144 bytes"
    ]


def test_the_generic_registry_repeats_the_check_of_the_name() -> None:
    errors = validate_common_update({**META, "name": "a/b"}, META, True)
    assert [error.field for error in errors] == ["metadata.name", "metadata.name"]
