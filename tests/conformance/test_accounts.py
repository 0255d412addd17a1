"""Who asks and what they may (upstream: test/e2e/auth/{service_accounts,subjectreviews,selfsubjectreviews,
node_authn}.go)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conformance.api import STRATEGIC_PATCH, Api, unique
from tests.e2e.local import LocalCluster
from tests.e2e.waiting import until

Object = dict[str, Any]
MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


@pytest.fixture
def base(api: Api, namespace: str) -> str:
    found = f"/api/v1/namespaces/{namespace}"
    until(lambda: not api.gone(f"{found}/serviceaccounts/default"))
    return found


def account(api: Api, base: str, name: str, **fields: Any) -> Object:
    made: Object = api.create(f"{base}/serviceaccounts", {"metadata": {"name": name}} | fields)
    return made


def token(api: Api, base: str, name: str, **spec: Any) -> str:
    made = api.create(f"{base}/serviceaccounts/{name}/token", {"spec": spec})
    return str(made["status"]["token"])


def test_life(api: Api, base: str) -> None:
    """«should run through the lifecycle of a ServiceAccount»"""
    label = {"test-serviceaccount-static": unique("sa")}
    selector = "test-serviceaccount-static=" + label["test-serviceaccount-static"]
    path = f"{base}/serviceaccounts"
    api.create(path, {"metadata": {"name": "test", "labels": label}})
    with api.watch(path, labelSelector=selector) as watch:
        assert watch.next()[0] == "ADDED"
        patch = {"metadata": {"creationTimestamp": None}, "automountServiceAccountToken": False}
        api.patch(f"{path}/test", patch, STRATEGIC_PATCH)
        assert watch.next()[0] == "MODIFIED"
        (found,) = api.get("/api/v1/serviceaccounts", labelSelector=selector)["items"]
        assert found["automountServiceAccountToken"] is False
        api.delete(path)
        assert watch.next()[0] == "DELETED"


def test_update(api: Api, base: str) -> None:
    """«should update a ServiceAccount»"""
    account(api, base, "sa", automountServiceAccountToken=False)
    found = api.get(f"{base}/serviceaccounts/sa")
    found["automountServiceAccountToken"] = True
    assert api.update(f"{base}/serviceaccounts/sa", found)["automountServiceAccountToken"] is True


def test_root_certificate_of_every_namespace(api: Api, base: str) -> None:
    """«should guarantee kube-root-ca.crt exist in any namespace»"""
    path = f"{base}/configmaps/kube-root-ca.crt"
    until(lambda: not api.gone(path))
    api.delete(path)
    until(lambda: not api.gone(path))
    api.update(path, {"metadata": {"name": "kube-root-ca.crt"}, "data": {"ca.crt": ""}})
    until(lambda: api.get(path)["data"]["ca.crt"])


def test_tokens_and_their_review(api: Api, base: str, namespace: str) -> None:
    """«should create a serviceAccountToken and ensure a successful TokenReview»"""
    account(api, base, "sa")
    secret = token(api, base, "sa", expirationSeconds=3600)
    review = {"spec": {"token": secret}}
    status = api.create("/apis/authentication.k8s.io/v1/tokenreviews", review)["status"]
    assert status["authenticated"] and "error" not in status
    assert status["user"]["username"] == f"system:serviceaccount:{namespace}:sa"
    groups = {"system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"}
    assert set(status["user"]["groups"]) == groups


def pod(name: str, script: str, **spec: Any) -> Object:
    container = {"name": "test", "image": "busybox", "command": ["sh", "-c", script]}
    container |= {key: spec.pop(key) for key in ("volumeMounts",) if key in spec}
    fixed = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "containers": [container]}
    return {"metadata": {"name": name}, "spec": fixed | spec}


def printed(api: Api, base: str, obj: Object) -> str:
    """What a pod prints that succeeds."""
    path = f"{base}/pods/{obj['metadata']['name']}"
    api.create(f"{base}/pods", obj)
    phase = until(lambda: {"Succeeded": 1, "Failed": 2}.get(api.get(path)["status"]["phase"]))
    text = api.ask("GET", f"{path}/log").text
    assert phase == 1, text
    return text


def test_tokens_in_pods(api: Api, base: str, namespace: str) -> None:
    """«should mount an API token into pods»"""
    account(api, base, "mount-test")
    script = f"cat {MOUNT}/namespace; echo; cat {MOUNT}/ca.crt | head -n 1; cat {MOUNT}/token"
    text = printed(api, base, pod("pod", script, serviceAccountName="mount-test"))
    space, ca, secret = text.split("\n")[:3]
    assert space == namespace and ca == "-----BEGIN CERTIFICATE-----"
    status = api.create("/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": secret}})["status"]
    assert status["user"]["username"] == f"system:serviceaccount:{namespace}:mount-test"
    assert status["user"]["extra"]["authentication.kubernetes.io/pod-name"] == ["pod"]


def test_opting_out_of_tokens(api: Api, base: str) -> None:
    """«should allow opting out of API token automount»"""
    account(api, base, "mount")
    account(api, base, "nomount", automountServiceAccountToken=False)
    for name in ("mount", "nomount"):
        for spec in (None, True, False):
            fixed = {} if spec is None else {"automountServiceAccountToken": spec}
            obj = pod("p", "true", serviceAccountName=name, nodeSelector={"no.such/node": "x"}, **fixed)
            made = api("POST", f"{base}/pods", obj, dryRun="All")
            mounts = made["spec"]["containers"][0].get("volumeMounts") or ()
            mounted = MOUNT in [one["mountPath"] for one in mounts]
            assert mounted == (name == "mount" if spec is None else spec)


def test_projected_tokens(api: Api, base: str) -> None:
    """«should mount projected service account token»"""
    source = {"serviceAccountToken": {"path": "sa-token", "expirationSeconds": 600, "audience": "oidc"}}
    volumes = [{"name": "t", "projected": {"sources": [source]}}]
    mounts = [{"name": "t", "mountPath": "/var/run/secrets/tokens"}]
    script = "cat /var/run/secrets/tokens/sa-token"
    text = printed(api, base, pod("pod", script, volumes=volumes, volumeMounts=mounts))
    review = {"spec": {"token": text, "audiences": ["oidc"]}}
    status = api.create("/apis/authentication.k8s.io/v1/tokenreviews", review)["status"]
    assert status["authenticated"] and status["audiences"] == ["oidc"]


def test_discovery_of_the_issuer(api: Api, base: str, namespace: str) -> None:
    """«ServiceAccountIssuerDiscovery should support OIDC discovery of service account issuer»"""
    role = "system:service-account-issuer-discovery"
    binding = {
        "metadata": {"name": f"{namespace}-{role}"},
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": namespace}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
    }
    path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
    source = {"serviceAccountToken": {"path": "sa-token", "expirationSeconds": 600, "audience": "oidc-test"}}
    mounts = [{"name": "t", "mountPath": "/var/run/secrets/tokens"}]
    args = ["test-service-account-issuer-discovery", "--token-path", "/var/run/secrets/tokens/sa-token"]
    container = {
        "name": "validator",
        "image": "registry.k8s.io/e2e-test-images/agnhost:2.56",
        "args": [*args, "--audience", "oidc-test"],
        "volumeMounts": mounts,
    }
    spec = {
        "restartPolicy": "Never",
        "containers": [container],
        "volumes": [{"name": "t", "projected": {"sources": [source]}}],
    }
    with api.having(path, binding):
        printed(api, base, {"metadata": {"name": "oidc-discovery-validator"}, "spec": spec})


@pytest.fixture
def impersonated(
    api: Api, base: str, namespace: str, conformance_cluster: LocalCluster
) -> Iterator[httpx.Client]:
    """The administrator acting as a service account."""
    uid = account(api, base, "e2e")["metadata"]["uid"]
    user = f"system:serviceaccount:{namespace}:e2e"
    groups = ("system:authenticated", "system:serviceaccounts", f"system:serviceaccounts:{namespace}")
    pairs = [("Impersonate-User", user), ("Impersonate-Uid", uid)]
    headers = [*pairs, *(("Impersonate-Group", group) for group in groups)]
    acting = Api(conformance_cluster)
    acting.http.headers = httpx.Headers([*acting.http.headers.multi_items(), *headers])
    yield acting.http
    acting.close()


def test_reviews_tell_what_happens(api: Api, base: str, namespace: str, impersonated: httpx.Client) -> None:
    """«should support SubjectReview API operations»"""
    groups = ["system:authenticated", "system:serviceaccounts", f"system:serviceaccounts:{namespace}"]
    spec = {
        "user": f"system:serviceaccount:{namespace}:e2e",
        "groups": groups,
        "resourceAttributes": {
            "verb": "list",
            "resource": "configmaps",
            "namespace": namespace,
            "version": "v1",
        },
    }
    authorization = "/apis/authorization.k8s.io/v1"
    places = (
        f"{authorization}/subjectaccessreviews",
        f"{authorization}/namespaces/{namespace}/localsubjectaccessreviews",
    )
    roles = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings"
    for allowed in (False, True):
        if allowed:
            subject = {"kind": "ServiceAccount", "name": "e2e", "namespace": namespace}
            role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
            api.create(roles, {"metadata": {"name": "view"}, "subjects": [subject], "roleRef": role})
        for path in places:
            review = {"metadata": {"namespace": namespace}} if "local" in path else {}
            assert api.create(path, review | {"spec": spec})["status"]["allowed"] is allowed
        assert impersonated.get(f"{base}/configmaps").status_code == (200 if allowed else 403)


def test_oneself(api: Api) -> None:
    """«should support SelfSubjectReview API operations»"""
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    mine = api.create(path, {})["status"]["userInfo"]
    assert mine["username"] and "system:authenticated" in mine["groups"]
    headers = [
        ("Impersonate-User", "jane-doe"),
        ("Impersonate-Uid", "uniq-id"),
        ("Impersonate-Group", "system:authenticated"),
        ("Impersonate-Group", "developers"),
        ("Impersonate-Extra-Known-Languages", "python"),
        ("Impersonate-Extra-Known-Languages", "javascript"),
        ("Content-Type", "application/json"),
    ]
    theirs = api.http.post(path, content=b"{}", headers=headers).json()["status"]["userInfo"]
    assert theirs == {
        "username": "jane-doe",
        "uid": "uniq-id",
        "groups": ["system:authenticated", "developers"],
        "extra": {"known-languages": ["python", "javascript"]},
    }


def test_a_service_account_sees_no_secrets_of_nodes(
    api: Api, base: str, conformance_cluster: LocalCluster
) -> None:
    """«The kubelet's main port 10250 should reject requests with no credentials», as far as the API server
    shows it: a plain account may not go through it to a node"""
    account(api, base, "node-auth")
    other = Api(conformance_cluster, token(api, base, "node-auth"))
    node = api.names("/api/v1/nodes")[0]
    assert other.ask("GET", f"/api/v1/nodes/{node}/proxy/pods").code == 403
    assert other.ask("GET", f"{base}/secrets").code == 403
    other.close()
