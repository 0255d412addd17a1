"""Extension API servers (upstream: test/e2e/apimachinery/aggregator.go)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.api import Api, Object, unique
from tests.conformance.servers import Program, Server, authority, deploy
from tests.conformance.test_discovery import aggregated
from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"
WARDLE = "/apis/wardle.example.com/v1alpha1"
MOUNT = "/apiserver.local.config/certificates"
ETCD_URL = "http://127.0.0.1:2379"
ETCD: Object = {
    "name": "etcd",
    "image": "registry.k8s.io/etcd:3.6.5-0",
    "command": [
        "/usr/local/bin/etcd",
        "--listen-client-urls",
        ETCD_URL,
        "--advertise-client-urls",
        ETCD_URL,
    ],
}
SAMPLE = Program(
    "registry.k8s.io/e2e-test-images/sample-apiserver:1.29.2",
    (
        f"--etcd-servers={ETCD_URL}",
        f"--tls-cert-file={MOUNT}/tls.crt",
        f"--tls-private-key-file={MOUNT}/tls.key",
        "--audit-log-path=-",
        "--audit-log-maxage=0",
        "--audit-log-maxbackup=0",
    ),
    MOUNT,
    443,
    (ETCD,),
)


def registration(server: Server, group: str, **labels: str) -> Object:
    service = {"namespace": server.namespace, "name": server.name, "port": server.port}
    priorities = {"groupPriorityMinimum": 2000, "versionPriority": 200}
    spec = {"service": service, "group": group, "version": "v1alpha1", "caBundle": server.ca, **priorities}
    return {"metadata": {"name": f"v1alpha1.{group}", "labels": labels}, "spec": spec}


@pytest.fixture(scope="module")
def sample(api: Api) -> Iterator[str]:
    """The sample API server runs and is registered; its namespace."""
    namespace = unique("sample")
    api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    server = deploy(api, namespace, "sample-api", 7443, SAMPLE)
    made = api.create(SERVICES, registration(server, "wardle.example.com"))
    flunders = f"{WARDLE}/namespaces/default/flunders"
    until(lambda: api.ask("GET", flunders).code == 200, 60, "the sample API server")
    yield namespace
    api.delete(f"{SERVICES}/{made['metadata']['name']}")
    api.delete(f"/api/v1/namespaces/{namespace}")


def flunder(name: str) -> Object:
    meta = {"name": name, "labels": {"sample-label": "true"}}
    return {"apiVersion": "wardle.example.com/v1alpha1", "kind": "Flunder", "metadata": meta}


def test_the_sample_api_server(api: Api, sample: str) -> None:
    """«Should be able to support the 1.17 Sample API Server using the current Aggregator»: objects"""
    path = f"{WARDLE}/namespaces/{sample}/flunders"
    answer = api.ask("POST", path, flunder("rest-flunder"))
    assert answer.code == 201 and answer.obj["kind"] == "Flunder"
    assert answer.obj["metadata"]["name"] == "rest-flunder" and answer.obj["apiVersion"] == WARDLE[6:]
    assert api.names(path) == ["rest-flunder"]
    api.patch(f"{path}/rest-flunder", {"spec": {"reference": "other"}})
    assert api.get(f"{path}/rest-flunder")["spec"]["reference"] == "other"
    api.delete(f"{path}/rest-flunder")
    assert api.names(path) == []
    assert "not found" in api.fails(404, "GET", f"{path}/rest-flunder")


def test_the_sample_group_is_discovered(api: Api, sample: str) -> None:
    """A dynamic client finds the resource by both forms of discovery."""
    (group,) = [one for one in api.get("/apis")["groups"] if one["name"] == "wardle.example.com"]
    assert group["preferredVersion"]["version"] == "v1alpha1"
    assert "flunders" in [one["name"] for one in api.get(WARDLE)["resources"]]
    found: Any = until(
        lambda: aggregated(api, "/apis").get("wardle.example.com/v1alpha1"), what="the version"
    )
    flunders = next(one for one in found["resources"] if one["resource"] == "flunders")
    assert found["freshness"] == "Current" and flunders["scope"] == "Namespaced"


def test_the_sample_publishes_its_schemas(api: Api, sample: str) -> None:
    """«OpenAPIV3 should contain OpenAPI V3 for Aggregated APIServer»"""
    path = WARDLE.removeprefix("/")
    listed: Any = until(lambda: api.get("/openapi/v3")["paths"].get(path), what="the document in the list")
    document = api.get(listed["serverRelativeURL"])
    assert document["openapi"] == "3.0.0"
    assert "com.example.wardle.v1alpha1.Flunder" in document["components"]["schemas"]


def test_kubectl_uses_the_sample_api_server(kubectl: Kubectl, sample: str) -> None:
    """As its documentation does."""
    kubectl("create", "-f", "-", stdin=f"{flunder('my-first-flunder')}".replace("'", '"'))
    assert kubectl.json("get", "flunder", "my-first-flunder")["metadata"]["namespace"] == kubectl.namespace
    assert "my-first-flunder" in kubectl("get", "flunders")
    kubectl("delete", "flunder", "my-first-flunder")


def test_the_registration_of_the_sample(api: Api, sample: str) -> None:
    """… its status, patches, lists"""
    path = f"{SERVICES}/v1alpha1.wardle.example.com"
    assert api.get(f"{path}/status")["status"]["conditions"][0]["message"] == "all checks passed"
    assert api.patch(path, {"spec": {"versionPriority": 400}})["spec"]["versionPriority"] == 400
    assert "v1alpha1.wardle.example.com" in api.names(SERVICES)


def test_a_namespace_takes_flunders_with_it(api: Api, sample: str) -> None:
    """Deleting a namespace empties it, wherever its objects are kept."""
    name = unique("emptied")
    api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    path = f"{WARDLE}/namespaces/{name}/flunders"
    api.create(path, flunder("left-behind"))
    api.delete(f"/api/v1/namespaces/{name}")
    until(lambda: api.gone(f"/api/v1/namespaces/{name}"), what="the namespace's end")
    assert api.names(path) == []


def test_the_life_of_a_registration(api: Api, namespace: str) -> None:
    """«should manage the lifecycle of an APIService»: nobody answers behind this one."""
    group, mark = f"{unique('e2e')}.example.com", unique("mark")
    body = registration(Server(namespace, "e2e-api", 7443, authority()), group, e2e=mark)
    api.create(SERVICES, body)
    path = f"{SERVICES}/v1alpha1.{group}"
    assert api.names(SERVICES, labelSelector=f"e2e={mark}") == [f"v1alpha1.{group}"]
    own = {"status": "True", "reason": "E2E", "message": "Set from e2e test"}

    def append() -> bool:
        current = api.get(path)
        current.setdefault("status", {}).setdefault("conditions", []).append({"type": "StatusUpdate", **own})
        return api.ask("PUT", f"{path}/status", current).code == 200

    until(append, what="an update without a conflict")
    until(lambda: "StatusUpdate" in conditions(api, path), what="the condition that was added")
    api.patch(f"{path}/status", {"status": {"conditions": [{"type": "StatusPatched", **own}]}})
    until(lambda: "StatusPatched" in conditions(api, path), what="the condition that was patched in")

    def relabel() -> bool:
        current = api.get(path)
        current["metadata"]["labels"] |= {group: "updated"}
        return api.ask("PUT", path, current).code == 200

    until(relabel, what="an update without a conflict")
    assert api.get(path)["metadata"]["labels"][group] == "updated"
    api.delete(SERVICES, labelSelector=f"e2e={mark}")
    assert api.gone(path)


def conditions(api: Api, path: str) -> list[str]:
    return [one["type"] for one in api.get(path)["status"]["conditions"]]
