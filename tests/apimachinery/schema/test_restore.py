"""Strategic merge patches: the errors of Go's unstructured converter."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.schema.registry import Schema, builtin
from wherry.apimachinery.schema.strict import DecodeError


def schema(kind: str) -> Schema:
    found = builtin("", "v1", kind)
    assert found is not None
    return found


CASES: list[Any] = [
    ("ConfigMap", {"data": "s"}, "cannot restore map from string"),
    ("ConfigMap", {"metadata": {"labels": ["a"]}}, "cannot restore map from slice"),
    ("ConfigMap", {"metadata": {"labels": {"n": 5}}}, "cannot convert int64 to string"),
    ("ConfigMap", {"metadata": {"labels": {"n": True}}}, "unrecognized type: string"),
    ("ConfigMap", {"metadata": []}, "cannot restore struct from: slice"),
    ("Secret", {"type": 1}, "cannot convert int64 to v1.SecretType"),
    (
        "Secret",
        {"data": {"a": "not base64!"}},
        "error decoding from json: illegal base64 data at input byte 3",
    ),
    ("Pod", {"spec": {"containers": {}}}, "cannot restore slice from map"),
    ("Pod", {"spec": {"priority": "x"}}, "unrecognized type: int32"),
    ("Pod", {"spec": {"priority": 1.5}}, "cannot convert float64 to int32"),
    (
        "Service",
        {"spec": {"ports": [{"targetPort": True}]}},
        "json: cannot unmarshal bool into Go value of type int32",
    ),
]


@pytest.mark.parametrize(("kind", "obj", "message"), CASES)
def test_what_cannot_be_restored(kind: str, obj: dict[str, Any], message: str) -> None:
    with pytest.raises(DecodeError) as error:
        schema(kind).restore(obj)
    assert str(error.value) == message


def test_the_object_becomes_what_decoding_gives() -> None:
    obj = {"data": {"k": None}, "immutable": None, "kind": "ConfigMap"}
    assert schema("ConfigMap").restore(obj) == []
    assert obj == {"kind": "ConfigMap", "metadata": {}, "data": {"k": ""}}


def test_unknown_fields_are_sorted_and_follow_the_duplicates() -> None:
    obj = {"zz": 1, "metadata": {"b": 1, "name": "x"}, "aa": 2}
    duplicates = ['duplicate field "metadata.name"']
    assert schema("ConfigMap").restore(obj, duplicates) == [
        'duplicate field "metadata.name"',
        'unknown field "aa"',
        'unknown field "metadata.b"',
        'unknown field "zz"',
    ]


def test_fields_that_the_patch_did_not_reach_stay_where_and_as_they_are() -> None:
    spec = {"containers": [{"name": "c"}], "priority": 3}
    obj = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "x"}, "spec": spec, "status": {"zz": 1}}
    assert schema("Pod").restore(obj, kept={"spec"}) == ['unknown field "status.zz"']
    assert obj["spec"] is spec
    assert list(obj)[-2:] == ["spec", "status"]


def test_numbers_are_converted_as_go_does() -> None:
    obj = {"spec": {"priority": 4294967297, "terminationGracePeriodSeconds": 2.0}}
    schema("Pod").restore(obj)
    assert obj["spec"]["priority"] == 1
    assert obj["spec"]["terminationGracePeriodSeconds"] == 2


def test_a_number_beyond_all_integers_is_the_least_of_them() -> None:
    obj = {"spec": {"priority": 1e30, "terminationGracePeriodSeconds": 1e30}}
    schema("Pod").restore(obj)
    assert (obj["spec"]["priority"], obj["spec"]["terminationGracePeriodSeconds"]) == (0, -(1 << 63))
