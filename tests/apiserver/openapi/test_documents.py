"""The OpenAPI documents of the built-in resources."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import orjson
import pytest
from wherry.apiserver.endpoints.openapi import OpenAPI, documents, schemas
from wherry.apiserver.registry import catalog

Json = dict[str, Any]


@cache
def api() -> OpenAPI:
    return documents(catalog.resources())


@cache
def v3(path: str) -> Json:
    found = api().v3(path)
    assert found is not None
    document: Json = orjson.loads(found)
    return document


def schema(path: str, name: str) -> Json:
    found: Json = v3(path)["components"]["schemas"][name]
    return found


def bare(value: Any) -> Any:
    """Without descriptions."""
    if isinstance(value, dict):
        return {k: bare(v) for k, v in value.items() if not (k == "description" and isinstance(v, str))}
    return value


def test_the_index_names_every_group_version_with_a_hash() -> None:
    paths = orjson.loads(api().v3_index())["paths"]
    assert {"api", "apis", "version", "api/v1", "apis/apps", "apis/apps/v1", "openid/v1/jwks"} <= set(paths)
    url = paths["apis/apps/v1"]["serverRelativeURL"]
    assert re.fullmatch(r"/openapi/v3/apis/apps/v1\?hash=[0-9A-F]+", url)


def test_hashes_differ_between_documents_and_stay_between_builds() -> None:
    assert api().hash("api/v1") != api().hash("apis/apps/v1")
    assert api().hash("api/v1") == documents(catalog.resources()).hash("api/v1")


def test_an_unknown_path_has_no_document() -> None:
    assert api().v3("apis/nope/v1") is None


def test_a_kind_says_its_group_version_kind_and_refers_to_its_parts() -> None:
    deployment = bare(schema("apis/apps/v1", "io.k8s.api.apps.v1.Deployment"))
    assert deployment["x-kubernetes-group-version-kind"] == [
        {"group": "apps", "kind": "Deployment", "version": "v1"}
    ]
    reference = {"$ref": "#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec"}
    assert deployment["properties"]["spec"] == {"allOf": [reference], "default": {}}


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("port", {"type": "integer", "format": "int32", "default": 0}),
        ("nodePort", {"type": "integer", "format": "int32"}),
        ("protocol", {"type": "string", "default": "TCP", "enum": ["SCTP", "TCP", "UDP"]}),
        (
            "targetPort",
            {"allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.util.intstr.IntOrString"}]},
        ),
    ],
)
def test_fields(field: str, wanted: Json) -> None:
    port = schema("api/v1", "io.k8s.api.core.v1.ServicePort")
    assert bare(port["properties"][field]) == wanted


def test_lists_carry_what_patches_need() -> None:
    containers = bare(schema("api/v1", "io.k8s.api.core.v1.PodSpec")["properties"]["containers"])
    assert containers == {
        "type": "array",
        "items": {"$ref": "#/components/schemas/io.k8s.api.core.v1.Container"},
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "x-kubernetes-patch-merge-key": "name",
        "x-kubernetes-patch-strategy": "merge",
    }


def test_required_fields_stand_in_the_struct_s_order() -> None:
    spec = schema("apis/batch/v1", "io.k8s.api.batch.v1.CronJobSpec")
    assert spec["required"] == ["schedule", "jobTemplate"]


def test_options_of_every_group_show_only_their_own_and_the_core_kind() -> None:
    name = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"
    groups = [kind["group"] for kind in schema("apis/apps/v1", name)["x-kubernetes-group-version-kind"]]
    assert groups == ["", "apps"]


@pytest.mark.parametrize("path", ["api", "api/v1", "apis/apps/v1", "apis/apiextensions.k8s.io/v1", "version"])
def test_every_reference_resolves(path: str) -> None:
    names = set(re.findall(r"#/components/schemas/([\w.-]+)", orjson.dumps(v3(path)).decode()))
    assert names <= set(v3(path)["components"]["schemas"])


def test_swagger_holds_everything_and_every_reference_resolves() -> None:
    swagger = orjson.loads(api().v2())
    assert swagger["swagger"] == "2.0"
    names = set(re.findall(r"#/definitions/([\w.-]+)", orjson.dumps(swagger).decode()))
    assert names <= set(swagger["definitions"])
    assert "default" not in swagger["definitions"]["io.k8s.api.core.v1.ServicePort"]["properties"]["port"]


def test_patches_take_field_validation() -> None:
    """kubectl looks for it before it lets the server validate."""
    patch = v3("apis/apps/v1")["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert "fieldValidation" in [parameter["name"] for parameter in patch["parameters"]]
    assert "application/apply-patch+yaml" in patch["requestBody"]["content"]


def test_descriptions_reach_the_schemas() -> None:
    pod = schema("api/v1", "io.k8s.api.core.v1.Pod")
    assert pod["description"]
    assert pod["properties"]["spec"]["description"]


@pytest.mark.parametrize("dialect", [schemas.V2, schemas.V3])
def test_enumerations_are_shown_with_their_values(dialect: schemas.Dialect) -> None:
    pod = schemas.component("core.v1.PodSpec", dialect)["properties"]
    assert pod["restartPolicy"]["enum"] == ["Always", "Never", "OnFailure"]
    assert "enum" not in pod["nodeName"]
    claim = schemas.component("core.v1.PersistentVolumeClaimSpec", dialect)["properties"]
    assert "ReadWriteOnce" in claim["accessModes"]["items"]["enum"]
    assert "enum" not in claim["accessModes"]
    assert schemas.component("core.v1.HostPathVolumeSource", dialect)["properties"]["type"]["enum"][0] == ""


def test_every_enumeration_is_of_a_field_there_is() -> None:
    for name in schemas._enumerations():
        definition, _, field = name.rpartition(".")
        assert field in schemas.component(definition, schemas.V3)["properties"], name
