"""The server itself. Upstream: test/e2e/apimachinery/{health_handlers,server_version,request_timeout,
apiserver_identity,table_conversion}.go."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import Api

CHECKS = {
    "ping",
    "log",
    "etcd",
    "poststarthook/start-apiserver-admission-initializer",
    "poststarthook/generic-apiserver-start-informers",
    "poststarthook/start-apiextensions-informers",
    "poststarthook/start-apiextensions-controllers",
    "poststarthook/crd-informer-synced",
    "poststarthook/start-system-namespaces-controller",
    "poststarthook/scheduling/bootstrap-system-priority-classes",
    "poststarthook/start-cluster-authentication-info-controller",
    "poststarthook/start-kube-aggregator-informers",
    "poststarthook/apiservice-registration-controller",
    "poststarthook/kube-apiserver-autoregistration",
    "autoregister-completion",
    "poststarthook/apiservice-openapi-controller",
}
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


@pytest.mark.parametrize("path", ("/healthz", "/livez", "/readyz"))
def test_health_names_what_is_checked(api: Api, path: str) -> None:
    """«should contain necessary checks»"""
    wanted = CHECKS - {"etcd"} | {"etcd-readiness", "informer-sync"} if path == "/readyz" else CHECKS
    lines = api.ask("GET", path, verbose="1").text.splitlines()
    assert {f"[+]{check} ok" for check in wanted} <= set(lines)


def test_version(api: Api) -> None:
    """«should find the server version»"""
    version = api.get("/version")
    assert version["major"] == "1" and version["minor"].rstrip("+") == "36"
    assert version["gitVersion"].startswith("v1.36.") and version["platform"]


@pytest.mark.parametrize("timeout", ("3m", "0s"))
def test_timeouts_beyond_the_limits_are_the_servers_own(api: Api, timeout: str) -> None:
    """«the request should be served with a default timeout if the specified timeout in the request URL
    exceeds maximum allowed», «default timeout should be used if the specified timeout in the request URL is
    0s»"""
    assert api.ask("GET", "/version", timeout=timeout).code == 200


@pytest.mark.parametrize("path", ("/livez/ping", "/readyz/poststarthook/rbac/bootstrap-roles"))
def test_one_check_can_be_asked(api: Api, path: str) -> None:
    assert api.ask("GET", path).text == "ok"


def test_an_invalid_timeout_is_refused(api: Api) -> None:
    """«should return HTTP status code 400 if the user specifies an invalid timeout in the request URL»"""
    answer = api.ask("GET", "/version", timeout="invalid")
    assert answer.code == 400 and "invalid timeout specified in the request URL" in answer.text


def test_a_lease_tells_that_the_server_lives(api: Api) -> None:
    """«kube-apiserver identity should persist after restart», its part about the lease"""
    found = api.get(
        "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases",
        labelSelector="apiserver.kubernetes.io/identity=kube-apiserver",
    )["items"]
    assert found and found[0]["metadata"]["name"].startswith("apiserver-")
    assert found[0]["metadata"]["labels"]["kubernetes.io/hostname"]
    assert found[0]["spec"]["holderIdentity"].startswith("apiserver-")


def table(api: Api, path: str, version: str = "v1beta1", **query: Any) -> Any:
    return api("GET", path, accept=TABLE.replace("v1", version), **query)


def test_pods_as_table(api: Api, namespace: str) -> None:
    """«should return pod details»"""
    pods = f"/api/v1/namespaces/{namespace}/pods"
    api.create(
        pods, {"metadata": {"name": "pod-1"}, "spec": {"containers": [{"name": "porter", "image": "pause"}]}}
    )
    found = table(api, f"{pods}/pod-1")
    assert found["apiVersion"] == "meta.k8s.io/v1beta1" and len(found["rows"]) == 1
    columns = [column["name"] for column in found["columnDefinitions"]]
    assert len(columns) > 2 and columns[0] == "Name"
    assert len(found["rows"][0]["cells"]) == len(columns) and found["rows"][0]["cells"][0] == "pod-1"


def test_tables_in_chunks(api: Api, namespace: str) -> None:
    """«should return chunks of table results for list calls»"""
    path = f"/api/v1/namespaces/{namespace}/podtemplates"
    template = {"spec": {"containers": [{"name": "test", "image": "test2"}]}}
    for number in range(6):
        api.create(path, {"metadata": {"name": f"template-{number:04}"}, "template": template})
    first = table(api, path, limit=2)
    assert first["metadata"]["resourceVersion"] and first["metadata"]["continue"]
    assert [row["cells"][0] for row in first["rows"]] == ["template-0000", "template-0001"]
    rest = table(api, path, **{"continue": first["metadata"]["continue"]})
    assert [row["cells"][0] for row in rest["rows"]] == [f"template-{number:04}" for number in range(2, 6)]


def test_nodes_as_table(api: Api) -> None:
    """«should return generic metadata details across all namespaces for nodes»"""
    found = table(api, "/api/v1/nodes")
    assert found["metadata"]["resourceVersion"] and found["columnDefinitions"][0]["name"] == "Name"
    assert len(found["rows"][0]["cells"]) == len(found["columnDefinitions"])


def test_reviews_are_no_tables(api: Api) -> None:
    """«should return a 406 for a backend which does not implement metadata»"""
    review = {"spec": {"nonResourceAttributes": {"path": "/", "verb": "get"}}}
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    api.fails(406, "POST", path, review, accept=TABLE)
