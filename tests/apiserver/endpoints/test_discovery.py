"""Discovery: groups in upstream's order, resource lists, the aggregated form, and their negotiation."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.gvk import version_rank
from wherry.apiserver.endpoints import discovery
from wherry.apiserver.endpoints.catalogue import Catalogue
from wherry.apiserver.registry.catalog import resources
from wherry.apiserver.registry.resource import Resource

from ..harness import Api, drive

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def find(group: str, plural: str) -> Resource:
    return next(r for r in resources() if (r.group, r.plural) == (group, plural))


def entry(document: Any, name: str) -> Any:
    return next(r for r in document["resources"] if r["name"] == name)


def test_groups_come_in_upstreams_order() -> None:
    groups = list(discovery.grouped(resources()))
    assert groups[:4] == ["", "apiregistration.k8s.io", "apps", "events.k8s.io"]


def test_newer_and_stable_versions_come_first() -> None:
    assert [*discovery.grouped(resources())["autoscaling"]] == ["v2", "v1"]
    order = sorted(["v1beta1", "v2", "v1", "v1alpha1"], key=version_rank, reverse=True)
    assert order[:2] == ["v2", "v1"]


@pytest.mark.parametrize(
    ("group", "plural", "digest"),
    [("", "pods", "xPOwRZ+Yhw8="), ("apps", "deployments", "8aSe+NMegvE="), ("", "secrets", "S6u1pOWzb84=")],
)
def test_storage_version_hashes_are_upstreams(group: str, plural: str, digest: str) -> None:
    assert discovery.storage_version_hash(find(group, plural)) == digest


def test_a_resource_list_names_subresources_after_their_resource() -> None:
    document = discovery.resource_list("apps/v1", [find("apps", "deployments")])
    assert [r["name"] for r in document["resources"]] == [
        "deployments",
        "deployments/scale",
        "deployments/status",
    ]
    scale = entry(document, "deployments/scale")
    assert (scale["group"], scale["version"], scale["kind"]) == ("autoscaling", "v1", "Scale")
    assert scale["verbs"] == ["get", "patch", "update"]


def test_what_kubectl_reads_of_a_resource() -> None:
    pods = entry(discovery.resource_list("v1", [find("", "pods")]), "pods")
    assert (pods["shortNames"], pods["categories"]) == (["po"], ["all"])
    assert (pods["singularName"], pods["namespaced"], pods["kind"]) == ("pod", True, "Pod")
    assert "watch" in pods["verbs"]


def test_only_other_groups_lists_name_their_own_version() -> None:
    assert "apiVersion" not in discovery.resource_list("v1", [])
    assert discovery.resource_list("apps/v1", [])["apiVersion"] == "v1"


def test_the_aggregated_form_splits_core_from_the_others() -> None:
    versions = discovery.grouped(resources())
    core = discovery.aggregated(versions, core=True)["items"]
    assert [(i["metadata"], [v["version"] for v in i["versions"]]) for i in core] == [({}, ["v1"])]
    others = discovery.aggregated(versions, core=False)["items"]
    assert others[1]["metadata"] == {"name": "apps"}
    assert others[1]["versions"][0]["freshness"] == "Current"


def test_the_catalogue_is_made_again_when_resources_change() -> None:
    served = [find("", "pods")]
    catalogue = Catalogue(lambda: served, "127.0.0.1:6443")
    assert catalogue.document("/apis/apps") is None
    served.append(find("apps", "deployments"))
    assert catalogue.document("/apis/apps") is None
    catalogue.changed()
    assert catalogue.document("/apis/apps")["preferredVersion"]["groupVersion"] == "apps/v1"


def test_the_server_says_where_it_is() -> None:
    document = Catalogue(lambda: (), "127.0.0.1:6443").document("/api")
    assert document["versions"] == ["v1"]
    assert document["serverAddressByClientCIDRs"] == [
        {"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1:6443"}
    ]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api", "APIVersions"),
        ("/apis", "APIGroupList"),
        ("/apis/apps", "APIGroup"),
        ("/api/v1", "APIResourceList"),
        ("/apis/apps/v1", "APIResourceList"),
        ("/apis/apps/v1/", "APIResourceList"),
    ],
)
def test_documents_by_path(path: str, kind: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(path)
        assert (reply.status, reply.json["kind"]) == (200, kind)

    drive(scenario)


@pytest.mark.parametrize("path", ["/api", "/apis"])
def test_the_aggregated_form_is_asked_for(path: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(path, f"{AGGREGATED},application/json")
        assert reply.json["kind"] == "APIGroupDiscoveryList"
        assert reply.header("content-type").startswith("application/json;g=apidiscovery.k8s.io;v=v2")
        yaml = await api.get(path, "application/yaml")
        assert (yaml.header("content-type"), yaml.text[0]) == (
            "application/yaml",
            "a" if "s" in path else "k",
        )

    drive(scenario)


@pytest.mark.parametrize("path", ["/apis/nope", "/apis/nope/v1", "/api/v9"])
def test_what_is_not_served(path: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(path)
        assert reply.status == 404

    drive(scenario)
