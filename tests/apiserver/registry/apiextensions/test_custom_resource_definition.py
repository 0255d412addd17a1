"""CustomResourceDefinition: names, versions, conversion, what stays."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.apiextensions.validation import validate_stored

from ..drive import Kind

CRD = Kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
SCHEMA = {"openAPIV3Schema": {"type": "object"}}


def version(name: str = "v1", **more: Any) -> dict[str, Any]:
    return {"name": name, "served": True, "storage": True, "schema": SCHEMA, **more}


def body(**spec: Any) -> dict[str, Any]:
    core = {"group": "g.io", "scope": "Namespaced", "names": {"plural": "ws", "kind": "W"}}
    return {"metadata": {"name": "ws.g.io"}, "spec": {**core, "versions": [version()], **spec}}


def test_names_are_derived() -> None:
    spec = CRD.defaulted(body())["spec"]
    assert (spec["names"]["singular"], spec["names"]["listKind"]) == ("w", "WList")
    assert spec["conversion"] == {"strategy": "None"}


def test_the_storage_version_is_remembered() -> None:
    old = CRD.created(body())
    assert old["status"]["storedVersions"] == ["v1"]
    two = body(versions=[version("v1", storage=False), version("v2")])
    assert CRD.updated({**body(), "status": old["status"]}, two)["status"]["storedVersions"] == ["v1", "v2"]


@pytest.mark.parametrize(
    ("spec", "problems"),
    [
        ({}, []),
        (
            {"scope": "Galactic"},
            ['spec.scope: Unsupported value: "Galactic": supported values: "Cluster", "Namespaced"'],
        ),
        (
            {"names": {"plural": "ws", "kind": "W", "listKind": "W"}},
            ['spec.names.listKind: Invalid value: "W": kind and listKind may not be the same'],
        ),
        (
            {"versions": [version(schema=None)]},
            ["spec.versions[0].schema.openAPIV3Schema: Required value"],
        ),
        (
            {"versions": [version(deprecationWarning="gone")]},
            [
                'spec.versions[0].deprecationWarning: Invalid value: "gone": '
                "can only be set for deprecated versions"
            ],
        ),
        (
            {
                "versions": [
                    version(additionalPrinterColumns=[{"name": "n", "type": "float", "jsonPath": ".a"}])
                ]
            },
            [
                'spec.additionalPrinterColumns[0].type: Invalid value: "float": '
                "must be one of boolean,date,integer,number,string"
            ],
        ),
        (
            {
                "versions": [
                    version(
                        subresources={"scale": {"specReplicasPath": ".x", "statusReplicasPath": ".status.r"}}
                    )
                ]
            },
            [
                'spec.subresources.scale.specReplicasPath: Invalid value: ".x": '
                "should be a json path under .spec"
            ],
        ),
        (
            {"conversion": {"strategy": "Webhook"}},
            [
                "spec.conversion.webhookClientConfig: Required value: "
                "required when strategy is set to Webhook",
                "spec.conversion.conversionReviewVersions: Required value",
            ],
        ),
    ],
)
def test_what_is_refused(spec: dict[str, Any], problems: list[str]) -> None:
    assert CRD.problems(body(**spec)) == problems


def test_the_name_joins_plural_and_group() -> None:
    check = CRD.strategy.naming(body())
    problem = 'must be spec.names.plural+"."+spec.group'
    assert check(body()["metadata"]["name"], False) == []
    assert check("xs.g.io", False) == [problem]
    assert check("xs-", True) == [problem]
    assert check("-", True)[1:] == [problem]


def test_a_version_without_a_name_is_stored_all_the_same() -> None:
    unnamed = {**body()["spec"]["versions"][0], "name": ""}
    assert CRD.created(body(versions=[unnamed]))["status"]["storedVersions"] == [""]


@pytest.mark.parametrize(
    ("stored", "versions", "problems"),
    [
        (["v1"], [version()], []),
        (["v2"], [version("v2", storage=False), version()],
         ['status.storedVersions: Invalid value: ["v2"]: must have the storage version v1']),
        (["v1"], [version(storage=False), version()],
         ['status.storedVersions: Invalid value: ["v1"]: must have the storage version v1']),
    ],
)  # fmt: skip
def test_the_storage_version_is_among_the_stored_ones(
    stored: list[str], versions: list[dict[str, Any]], problems: list[str]
) -> None:
    assert [str(error) for error in validate_stored(stored, versions)] == problems


def test_scope_and_kind_stay_once_established() -> None:
    conditions = [{"type": "Established", "status": "True"}]
    old = {**body(), "status": {"conditions": conditions, "storedVersions": ["v1"]}}
    after = body(scope="Cluster", names={"plural": "ws", "kind": "X"})
    assert CRD.update_problems(old, after) == [
        'spec.scope: Invalid value: "Cluster": field is immutable',
        'spec.names.kind: Invalid value: "X": field is immutable',
    ]
