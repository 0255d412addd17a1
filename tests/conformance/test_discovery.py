"""Discovery documents (upstream: test/e2e/apimachinery/{discovery,aggregated_discovery,openapiv3}.go)."""

from __future__ import annotations

import base64
import hashlib
import ssl
from typing import Any

import pytest
from cryptography import x509

from tests.conformance.api import Api
from tests.conformance.custom import defined
from tests.conformance.custom import version as custom_version

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def groups(api: Api) -> list[Any]:
    """Without those that other tests make and take away."""
    return [one for one in api.get("/apis")["groups"] if not one["name"].endswith(".example.com")]


def test_every_group_prefers_one_of_its_versions(api: Api) -> None:
    """«should validate PreferredVersion for each APIGroup»"""
    for listed in groups(api):
        group = api.get(f"/apis/{listed['name']}")
        assert group["preferredVersion"] in group["versions"]
        assert group["preferredVersion"] == listed["preferredVersion"]
        assert all(version["groupVersion"].startswith(f"{group['name']}/") for version in group["versions"])
        assert group["name"] == listed["name"] and group["kind"] == "APIGroup"


def test_paths_lead_to_the_resources_of_a_group(api: Api) -> None:
    """«should locate the groupVersion and a resource within each APIGroup»"""
    expected = {
        "admissionregistration.k8s.io/v1": "validatingwebhookconfigurations",
        "apiextensions.k8s.io/v1": "customresourcedefinitions",
        "apiregistration.k8s.io/v1": "apiservices",
        "apps/v1": "deployments",
        "authentication.k8s.io/v1": "tokenreviews",
        "authorization.k8s.io/v1": "selfsubjectaccessreviews",
        "autoscaling/v1": "horizontalpodautoscalers",
        "autoscaling/v2": "horizontalpodautoscalers",
        "batch/v1": "jobs",
        "certificates.k8s.io/v1": "certificatesigningrequests",
        "coordination.k8s.io/v1": "leases",
        "discovery.k8s.io/v1": "endpointslices",
        "events.k8s.io/v1": "events",
        "networking.k8s.io/v1": "ingresses",
        "node.k8s.io/v1": "runtimeclasses",
        "policy/v1": "poddisruptionbudgets",
        "scheduling.k8s.io/v1": "priorityclasses",
    }
    served = {version["groupVersion"] for group in groups(api) for version in group["versions"]}
    assert expected.keys() <= served
    for version, resource in expected.items():
        document = api.get(f"/apis/{version}")
        assert document["kind"] == "APIResourceList" and document["groupVersion"] == version
        assert resource in [one["name"] for one in document["resources"]]


def stored_as(*kind: str) -> str:
    """The hash of (group, version, kind) that clients compare."""
    return base64.b64encode(hashlib.sha256("/".join(kind).encode()).digest()[:8]).decode()


def test_storage_version_hashes(api: Api) -> None:
    """«Custom resource should have storage version hash»"""
    pods = resource(api, "/api/v1", "pods")
    assert pods["storageVersionHash"] == stored_as("", "v1", "Pod") == "xPOwRZ+Yhw8="
    with defined(api, custom_version("v1"), custom_version("v2", storage=False)) as custom:
        for name in ("v1", "v2"):
            found = resource(api, f"/apis/{custom.group}/{name}", custom.plural)
            assert found["storageVersionHash"] == stored_as(custom.group, "v1", custom.kind)


def resource(api: Api, path: str, plural: str) -> Any:
    return next(one for one in api.get(path)["resources"] if one["name"] == plural)


def test_absent_resources(api: Api) -> None:
    """«should accurately determine present and missing resources»"""
    names = [one["name"] for one in api.get("/api/v1")["resources"]]
    assert "pods" in names and "pizzas" not in names
    assert api.gone("/apis/apps/v2") and api.gone("/apis/pizza.example.com/v1")


def aggregated(api: Api, path: str) -> dict[str, Any]:
    answer = api.ask("GET", path, accept=AGGREGATED)
    assert answer.code == 200 and answer.headers["content-type"] == AGGREGATED
    assert answer.obj["kind"] == "APIGroupDiscoveryList"
    found = {}
    for group in answer.obj["items"]:
        for version in group["versions"]:
            found[f"{group['metadata'].get('name', '')}/{version['version']}"] = version
    return found


def test_aggregated_discovery(api: Api) -> None:
    """«should support raw aggregated discovery endpoint Accept headers»,
    «should support aggregated discovery interface»"""
    core, named = aggregated(api, "/api"), aggregated(api, "/apis")
    assert "pods" in [one["resource"] for one in core["/v1"]["resources"]]
    for version in ("apps/v1", "batch/v1", "networking.k8s.io/v1", "apiregistration.k8s.io/v1"):
        assert named[version]["freshness"] == "Current" and named[version]["resources"]
    for version, resource, scope in (
        ("admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations", "Cluster"),
        ("apiextensions.k8s.io/v1", "customresourcedefinitions", "Cluster"),
        ("apiregistration.k8s.io/v1", "apiservices", "Cluster"),
        ("apps/v1", "deployments", "Namespaced"),
        ("rbac.authorization.k8s.io/v1", "roles", "Namespaced"),
    ):
        one = next(one for one in named[version]["resources"] if one["resource"] == resource)
        assert one["scope"] == scope and one["responseKind"]["kind"] and "create" in one["verbs"]


@pytest.mark.parametrize("path", ("/api", "/apis"))
def test_both_forms_of_discovery_tell_the_same(api: Api, path: str) -> None:
    """What a client that knows aggregated discovery sees is what an older one sees."""
    for version, found in aggregated(api, path).items():
        if ".example.com/" in version:
            continue
        name = version.removeprefix("/") if path == "/api" else version
        listed = {one["name"] for one in api.get(f"{path}/{name}")["resources"]}
        parts = {
            f"{one['resource']}/{part['subresource']}" if part else one["resource"]
            for one in found["resources"]
            for part in ({}, *one.get("subresources", ()))
        }
        # A subresource whose parent is not served has no place in the older form's tree of names.
        assert {name for name in parts if "/" not in name} >= {name for name in listed if "/" not in name}
        assert listed <= parts, version


def test_openapi_v3_names_every_group_and_version(api: Api) -> None:
    """«should round trip OpenAPI V3 for all built-in group versions»"""
    paths = api.get("/openapi/v3")["paths"]
    services = api.get("/apis/apiregistration.k8s.io/v1/apiservices")["items"]
    # An extension server says itself whether it has documents.
    own = [one["spec"] for one in services if "service" not in one["spec"] and one["spec"].get("group")]
    served = {f"apis/{one['group']}/{one['version']}" for one in own if not one["group"].endswith(".com")}
    assert "apis/apps/v1" in served and served | {"api/v1"} <= paths.keys()
    for name in ("api/v1", "apis/apps/v1", "apis/batch/v1"):
        address = paths[name]["serverRelativeURL"]
        assert address.startswith(f"/openapi/v3/{name}?hash=")
        document = api.get(address)
        assert document["openapi"].startswith("3.0") and document["components"]["schemas"]
        assert any(path.startswith(f"/{name}") for path in document["paths"])


def test_the_core_group_in_both_lists(api: Api) -> None:
    """client-go asks both addresses, and merges them."""
    legacy = api.get("/api")
    assert legacy["kind"] == "APIVersions" and legacy["versions"] == ["v1"]
    pods = resource(api, "/api/v1", "pods")
    verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    assert pods["verbs"] == verbs and pods["namespaced"] and pods["shortNames"] == ["po"]


@pytest.mark.parametrize("path", ("/api/", "/apis/", "/apis/apps/", "/apis/apps/v1/", "/api/v1/"))
def test_a_slash_at_the_end(api: Api, path: str) -> None:
    """Go clients ask for some documents with one."""
    assert api.get(path) == api.get(path.rstrip("/"))


def test_names_in_the_serving_certificate(api: Api) -> None:
    """«should include the in-cluster kubernetes service names in its serving
    certificate SANs»"""
    address = api.http.base_url
    pem = ssl.get_server_certificate((address.host, address.port or 443))
    certificate = x509.load_pem_x509_certificate(pem.encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    expected = ("", ".default", ".default.svc", ".default.svc.cluster.local")
    assert {f"kubernetes{end}" for end in expected} <= set(names.get_values_for_type(x509.DNSName))
