"""What extension servers and webhooks ask the API server (upstream: the roles that test/e2e/apimachinery/
aggregator.go and webhook.go give their pods)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.conformance.api import Api, Object, unique
from tests.e2e.local import LocalCluster
from tests.e2e.waiting import until

RBAC = "/apis/rbac.authorization.k8s.io/v1"
CONFIG = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication"


def binding(name: str, role: Object, namespace: str) -> Object:
    """For the namespace's default account; groups are left out as upstream leaves them out."""
    subject = {"kind": "ServiceAccount", "name": "default", "namespace": namespace}
    annotations = {"rbac.authorization.kubernetes.io/autoupdate": "true"}
    return {"metadata": {"name": name, "annotations": annotations}, "roleRef": role, "subjects": [subject]}


@pytest.fixture
def server(api: Api, conformance_cluster: LocalCluster, namespace: str) -> Iterator[Api]:
    """A client with the token of the account that extension servers run as."""
    accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    until(lambda: api.ask("GET", f"{accounts}/default").code == 200, what="the account")
    token = api.create(f"{accounts}/default/token", {"spec": {"expirationSeconds": 600}})["status"]["token"]
    found = Api(conformance_cluster, token)
    yield found
    found.close()


def test_reading_how_clients_authenticate(api: Api, server: Api, namespace: str) -> None:
    """The role binding that lets a server read extension-apiserver-authentication"""
    server.fails(403, "GET", CONFIG)
    role = {"apiGroup": "", "kind": "Role", "name": "extension-apiserver-authentication-reader"}
    path = f"{RBAC}/namespaces/kube-system/rolebindings"
    with api.having(path, binding(unique("auth-reader"), role, namespace)) as made:
        assert made["roleRef"]["apiGroup"] == "rbac.authorization.k8s.io"
        until(lambda: server.ask("GET", CONFIG).code == 200, 10, "the permission")
        data = server.get(CONFIG)["data"]
        for key in ("client-ca-file", "requestheader-client-ca-file"):
            assert data[key].startswith("-----BEGIN CERTIFICATE-----")
        assert json.loads(data["requestheader-username-headers"]) == ["X-Remote-User"]
        assert json.loads(data["requestheader-group-headers"]) == ["X-Remote-Group"]
        assert json.loads(data["requestheader-extra-headers-prefix"]) == ["X-Remote-Extra-"]
        assert json.loads(data["requestheader-allowed-names"])
        field = "metadata.name=extension-apiserver-authentication"
        listed = server.get("/api/v1/namespaces/kube-system/configmaps", fieldSelector=field)
        assert len(listed["items"]) == 1


def test_asking_who_somebody_is_and_what_they_may(api: Api, server: Api, namespace: str) -> None:
    """`system:auth-delegator`: token reviews and subject access reviews"""
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:auth-delegator"}
    account = f"/api/v1/namespaces/{namespace}/serviceaccounts/default/token"
    token = api.create(account, {"spec": {}})["status"]["token"]
    reviews = "/apis/authentication.k8s.io/v1/tokenreviews"
    with api.having(f"{RBAC}/clusterrolebindings", binding(unique("delegator"), role, namespace)):
        review = {"spec": {"token": token}}
        until(lambda: server.ask("POST", reviews, review).code == 201, 10, "the permission")
        user = server.create(reviews, review)["status"]["user"]
        assert user["username"] == f"system:serviceaccount:{namespace}:default"
        what = {"group": "wardle.example.com", "resource": "flunders", "verb": "list", "namespace": "default"}
        spec = {"user": user["username"], "groups": user["groups"], "resourceAttributes": what}
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        assert server.create(path, {"spec": spec})["status"]["allowed"] is False
        spec |= {"user": "root", "groups": ["system:masters"]}
        assert server.create(path, {"spec": spec})["status"]["allowed"] is True
