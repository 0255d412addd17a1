"""Bad input: each gets Kubernetes' code, reason and message, and changes nothing in the store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.e2e.conftest import namespaced
from tests.e2e.kubectl import Kubectl
from tests.e2e.local import Answer, LocalCluster


class Api(NamedTuple):
    """The API over plain HTTP, in one namespace."""

    cluster: LocalCluster
    kubectl: Kubectl

    def core(self, rest: str) -> str:
        return f"/api/v1/namespaces/{self.kubectl.namespace}/{rest}"

    def apps(self, rest: str) -> str:
        return f"/apis/apps/v1/namespaces/{self.kubectl.namespace}/{rest}"

    def send(self, method: str, path: str, body: Any, content_type: str = "application/json") -> Answer:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.cluster.request(method, path, data, content_type)

    def stored(self) -> list[tuple[str, str]]:
        """Name and version of what the tests write to; what nobody touches while they run."""
        found = []
        for kind in ("configmaps", "secrets"):
            items = self.cluster.request("GET", self.core(kind)).json()["items"]
            found += [(i["metadata"]["name"], i["metadata"]["resourceVersion"]) for i in items]
        for item in self.cluster.request("GET", self.apps("deployments")).json()["items"]:
            found.append((item["metadata"]["name"], str(item["metadata"]["generation"])))
        return sorted(found)


@pytest.fixture(scope="module")
def api(cluster: LocalCluster, admin: Kubectl, manifests: Path) -> Iterator[Api]:
    with namespaced(admin, "bad-input") as kubectl:
        kubectl("apply", "-f", str(manifests / "demo"))
        kubectl("create", "configmap", "kept", "--from-literal=a=b")
        kubectl("rollout", "status", "deployment/demo", "--timeout=30s")
        yield Api(cluster, kubectl)


@pytest.fixture(autouse=True)
def nothing_changes(api: Api) -> Iterator[None]:
    before = api.stored()
    yield
    assert api.stored() == before
    assert "Traceback" not in api.cluster.log("apiserver")


def configmap(**more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new"}, **more}


def deployment(**spec: Any) -> dict[str, Any]:
    template = {
        "metadata": {"labels": {"app": "x"}},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]},
    }
    base = {"selector": {"matchLabels": {"app": "x"}}, "template": template}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "new"},
        "spec": {**base, **spec},
    }


def check(answer: Answer, code: int, reason: str, *parts: str) -> dict[str, Any]:
    status: dict[str, Any] = answer.json()
    assert (answer.status, status["code"], status["kind"], status["status"]) == (
        code,
        code,
        "Status",
        "Failure",
    )
    assert status["reason"] == reason, status["message"]
    for part in parts:
        assert part in status["message"]
    return status


@pytest.mark.parametrize(
    "text", [b"{", b"[1,2", b'{"kind": "ConfigMap" "x"}', b"", b"\x00\xff", b"[]", b'"text"', b"7"]
)
def test_malformed_json_is_a_bad_request(api: Api, text: bytes) -> None:
    check(api.send("POST", api.core("configmaps"), text), 400, "BadRequest")


@pytest.mark.parametrize("text", [b"a: [", b"\t- x: y", b"a: b: c", b"&a [*a]", b"- list"])
def test_malformed_yaml_is_a_bad_request(api: Api, text: bytes) -> None:
    check(api.send("POST", api.core("configmaps"), text, "application/yaml"), 400, "BadRequest")


def test_kubectl_explains_malformed_yaml(api: Api) -> None:
    assert "error converting YAML to JSON" in api.kubectl.fails("apply", "-f", "-", stdin="a: b: c\n")


def test_deep_nesting_is_refused(api: Api) -> None:
    deep = (
        b'{"apiVersion":"v1","kind":"ConfigMap","metadata":' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"}"
    )
    answer = api.send("POST", api.core("configmaps"), deep)
    check(answer, 400, "BadRequest")


def test_unknown_fields_are_refused_when_strict_and_warned_of_otherwise(api: Api) -> None:
    path = api.core("configmaps")
    said = check(api.send("POST", f"{path}?fieldValidation=Strict", configmap(dta={})), 400, "BadRequest")
    assert 'strict decoding error: unknown field "dta"' in said["message"]
    assert api.send("POST", f"{path}?fieldValidation=Warn&dryRun=All", configmap(dta={})).status == 201
    manifest = json.dumps(deployment(replcas=3))
    assert 'unknown field "spec.replcas"' in api.kubectl.fails("apply", "-f", "-", stdin=manifest)


def test_duplicate_keys_are_refused_when_strict(api: Api) -> None:
    text = (
        b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"new"},"data":{"a":"1"},"data":{"a":"2"}}'
    )
    path = api.core("configmaps") + "?fieldValidation=Strict"
    check(api.send("POST", path, text), 400, "BadRequest", 'duplicate field "data"')


@pytest.mark.parametrize(
    ("spec", "part"),
    [
        (
            {"replicas": "three"},
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            {"template": []},
            "json: cannot unmarshal array into Go struct field DeploymentSpec.spec.template of type "
            "v1.PodTemplateSpec",
        ),
        (
            {"paused": 1},
            "json: cannot unmarshal number into Go struct field DeploymentSpec.spec.paused of type bool",
        ),
    ],
)
def test_wrong_types_are_a_bad_request(api: Api, spec: dict[str, Any], part: str) -> None:
    check(api.send("POST", api.apps("deployments"), deployment(**spec)), 400, "BadRequest", part)


def test_missing_and_bad_names_are_invalid(api: Api) -> None:
    none = check(
        api.send("POST", api.core("configmaps"), configmap(metadata={})),
        422,
        "Invalid",
        "name or generateName is required",
    )
    assert none["details"]["causes"][0]["field"] == "metadata.name"
    bad = check(
        api.send("POST", api.core("configmaps"), configmap(metadata={"name": "Bad_Name"})), 422, "Invalid"
    )
    assert "a lowercase RFC 1123 subdomain must consist of" in bad["details"]["causes"][0]["message"]


def test_a_bad_pod_template_names_every_cause(api: Api) -> None:
    template = {
        "metadata": {"labels": {"app": "x"}},
        "spec": {"containers": [{"name": "A B", "ports": [{"containerPort": 0}]}]},
    }
    said = check(api.send("POST", api.apps("deployments"), deployment(template=template)), 422, "Invalid")
    fields = {cause["field"] for cause in said["details"]["causes"]}
    prefix = "spec.template.spec.containers[0]"
    assert fields == {f"{prefix}.name", f"{prefix}.image", f"{prefix}.ports[0].containerPort"}


def test_a_selector_that_misses_its_template_is_invalid(api: Api) -> None:
    answer = api.send("POST", api.apps("deployments"), deployment(selector={"matchLabels": {"app": "y"}}))
    check(answer, 422, "Invalid", "`selector` does not match template `labels`")


def test_immutable_fields_stay(api: Api) -> None:
    live = api.cluster.request("GET", api.apps("deployments/demo")).json()
    live["spec"]["selector"]["matchLabels"]["app"] = live["spec"]["template"]["metadata"]["labels"]["app"] = (
        "z"
    )
    check(api.send("PUT", api.apps("deployments/demo"), live), 422, "Invalid", "field is immutable")
    service = api.cluster.request("GET", api.core("services/demo")).json()
    service["spec"]["clusterIP"] = service["spec"]["clusterIPs"][0] = "127.48.99.99"
    check(api.send("PUT", api.core("services/demo"), service), 422, "Invalid", "may not change once set")


def test_taken_names_conflict(api: Api) -> None:
    kept = configmap(metadata={"name": "kept"})
    check(
        api.send("POST", api.core("configmaps"), kept),
        409,
        "AlreadyExists",
        'configmaps "kept" already exists',
    )


def test_a_stale_version_conflicts(api: Api) -> None:
    stale = configmap(metadata={"name": "kept", "resourceVersion": "1"})
    said = check(
        api.send("PUT", api.core("configmaps/kept"), stale), 409, "Conflict", "the object has been modified"
    )
    assert said["details"] == {"name": "kept", "kind": "configmaps"}
    wrong = {"preconditions": {"uid": "no-such"}}
    check(api.send("DELETE", api.core("configmaps/kept"), wrong), 409, "Conflict")


def test_unknown_kinds_and_paths_are_not_found(api: Api) -> None:
    assert api.cluster.request("GET", "/apis/nothing.example.com/v1/things").status == 404
    assert api.cluster.request("GET", api.core("nothings")).status == 404
    said = check(
        api.cluster.request("GET", api.core("configmaps/none")),
        404,
        "NotFound",
        'configmaps "none" not found',
    )
    assert said["details"] == {"name": "none", "kind": "configmaps"}
    manifest = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x}\n"
    assert 'no matches for kind "Thing" in version "example.com/v1"' in api.kubectl.fails(
        "apply", "-f", "-", stdin=manifest
    )


def test_a_body_of_another_kind_or_version_is_a_bad_request(api: Api) -> None:
    other = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "new"}}
    check(api.send("POST", api.core("configmaps"), other), 400, "BadRequest")
    check(api.send("POST", api.core("configmaps"), configmap(apiVersion="v9")), 400, "BadRequest")


def test_names_and_namespaces_must_agree_with_the_path(api: Api) -> None:
    elsewhere = configmap(metadata={"name": "new", "namespace": "default"})
    part = "the namespace of the provided object does not match the namespace sent on the request"
    check(api.send("POST", api.core("configmaps"), elsewhere), 400, "BadRequest", part)
    check(
        api.send("PUT", api.core("configmaps/kept"), configmap()),
        400,
        "BadRequest",
        "does not match the name on the URL",
    )
    check(
        api.send("POST", "/api/v1/namespaces/no-such/configmaps", configmap()),
        404,
        "NotFound",
        'namespaces "no-such" not found',
    )


def test_a_body_of_5_mb_is_too_large(api: Api) -> None:
    large = configmap(data={"a": "x" * 5_000_000})
    answer = api.send("POST", api.core("configmaps"), large)
    check(answer, 413, "RequestEntityTooLarge", "limit is 3145728")


def test_a_large_configmap_is_invalid(api: Api) -> None:
    large = configmap(data={"a": "x" * 1_100_000})
    check(
        api.send("POST", api.core("configmaps"), large),
        422,
        "Invalid",
        "Too long: may not be more than 1048576 bytes",
    )


def test_unsupported_media_types(api: Api) -> None:
    check(api.send("POST", api.core("configmaps"), b"a", "text/plain"), 415, "UnsupportedMediaType")
    check(
        api.send("PATCH", api.core("configmaps/kept"), b"{}", "application/json"), 415, "UnsupportedMediaType"
    )


@pytest.mark.parametrize(
    ("content_type", "patch", "code", "reason"),
    [
        ("application/merge-patch+json", b"[]", 400, "BadRequest"),
        ("application/merge-patch+json", b"{", 400, "BadRequest"),
        ("application/json-patch+json", b"{}", 400, "BadRequest"),
        ("application/json-patch+json", b'[{"op":"test","path":"/data/a","value":"z"}]', 422, "Invalid"),
        ("application/json-patch+json", b'[{"op":"remove","path":"/data/none"}]', 422, "Invalid"),
        ("application/strategic-merge-patch+json", b'{"data":[]}', 422, "Invalid"),
        ("application/apply-patch+yaml", b"a: [", 400, "BadRequest"),
    ],
)
def test_broken_patches(api: Api, content_type: str, patch: bytes, code: int, reason: str) -> None:
    path = api.core("configmaps/kept") + ("?fieldManager=x" if "apply" in content_type else "")
    check(api.send("PATCH", path, patch, content_type), code, reason)


def test_broken_watches(api: Api) -> None:
    path = api.core("configmaps")
    check(api.cluster.request("GET", f"{path}?watch=1&labelSelector=a==="), 400, "BadRequest")
    check(api.cluster.request("GET", f"{path}?watch=1&fieldSelector=spec.x=1"), 400, "BadRequest")
    invalid = api.cluster.request("GET", f"{path}?watch=1&resourceVersionMatch=Exact&resourceVersion=1")
    check(invalid, 422, "Invalid", "resourceVersionMatch is forbidden for watch")
    gone = api.cluster.request("GET", f"{path}?watch=1&sendInitialEvents=true")
    check(gone, 422, "Invalid", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")


def test_broken_lists(api: Api) -> None:
    path = api.core("configmaps")
    check(api.cluster.request("GET", f"{path}?limit=x"), 400, "BadRequest")
    check(api.cluster.request("GET", f"{path}?continue=x"), 400, "BadRequest")
    check(api.cluster.request("GET", f"{path}?labelSelector=%21%21"), 400, "BadRequest")


def test_methods_that_a_path_does_not_have(api: Api) -> None:
    check(api.send("PUT", api.core("configmaps"), configmap()), 405, "MethodNotAllowed")
    check(api.send("POST", api.core("configmaps/kept"), configmap()), 405, "MethodNotAllowed")


def test_strangers_are_turned_away(api: Api) -> None:
    said = api.kubectl.fails("get", "configmaps", "--as=jane")
    namespace = api.kubectl.namespace
    assert (
        f'User "jane" cannot list resource "configmaps" in API group "" in the namespace "{namespace}"'
        in said
    )
