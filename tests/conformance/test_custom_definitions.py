"""Life of definitions and their objects (upstream: test/e2e/apimachinery/custom_resource_definition.go and
crd_watch.go)."""

from __future__ import annotations

import re

from tests.conformance.api import JSON_PATCH, Api, unique
from tests.conformance.custom import (
    ANYTHING,
    DEFINITIONS,
    Custom,
    body,
    defined,
    established,
    named,
    version,
)
from tests.conformance.test_discovery import aggregated
from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

TWO_WORDS = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}


def test_discovery(api: Api) -> None:
    """«should include custom resource definition resources in discovery documents»"""
    group = next(one for one in api.get("/apis")["groups"] if one["name"] == "apiextensions.k8s.io")
    served = {"groupVersion": "apiextensions.k8s.io/v1", "version": "v1"}
    assert served in group["versions"] and served in api.get("/apis/apiextensions.k8s.io")["versions"]
    document = api.get("/apis/apiextensions.k8s.io/v1")
    assert document["groupVersion"] == "apiextensions.k8s.io/v1"
    assert "customresourcedefinitions" in [one["name"] for one in document["resources"]]


def test_creating_and_deleting(api: Api) -> None:
    """«creating/deleting custom resource definition objects works»"""
    with defined(api, namespaced=False) as custom:
        assert established(api.get(custom.definition))
        assert api.get(custom.definition)["status"]["storedVersions"] == ["v1"]
    assert api.gone(custom.path())


def test_listing_and_deleting_some(api: Api) -> None:
    """«listing custom resource definition objects works»"""
    mark, made = unique("list-test"), {}
    for _ in range(10):
        custom = named(api, [version("v1")], namespaced=False)
        definition = body(custom, [version("v1")])
        definition["metadata"]["labels"] = {"mark": mark}
        made[custom.name] = api.create(DEFINITIONS, definition)["spec"]
    with defined(api, namespaced=False) as other:
        listed = api.get(DEFINITIONS, labelSelector=f"mark={mark}")["items"]
        assert {one["metadata"]["name"]: one["spec"] for one in listed} == made
        api.delete(DEFINITIONS, labelSelector=f"mark={mark}")
        until(lambda: not api.names(DEFINITIONS, labelSelector=f"mark={mark}"), what="their end")
        api.get(other.definition)


def test_the_status_subresource(api: Api) -> None:
    """«getting/updating/patching custom resource definition status sub-resource works»: with conditions that
    have a message only, as a typed client sends them."""
    with defined(api, namespaced=False) as custom:
        path = f"{custom.definition}/status"
        found = api.get(path)
        assert found["spec"] == api.get(custom.definition)["spec"]
        added = {"type": "", "status": "", "lastTransitionTime": None, "message": "updated"}
        found["status"]["conditions"].append(added)
        updated = api.update(path, found)
        assert "updated" in [one.get("message") for one in updated["status"]["conditions"]]
        operation = {"op": "add", "path": "/status/conditions", "value": [{"message": "patched"}]}
        patched = api.patch(path, [operation], JSON_PATCH)
        assert "patched" in [one.get("message") for one in patched["status"]["conditions"]]


def test_defaults_for_requests_and_from_storage(api: Api) -> None:
    """«custom resource defaulting for requests and from storage works»"""
    with defined(api, version("v1", TWO_WORDS), namespaced=False) as custom:
        api.create(custom.path(), custom.obj("cr-1"))
        place = "/spec/versions/0/schema/openAPIV3Schema/properties"
        api.patch(custom.definition, [{"op": "add", "path": f"{place}/a/default", "value": "A"}], JSON_PATCH)
        until(lambda: api.get(custom.path(name="cr-1")).get("a") == "A", what="the default on reading")
        assert api.create(custom.path(), custom.obj("cr-2"))["a"] == "A"
        change = [
            {"op": "remove", "path": f"{place}/a/default"},
            {"op": "add", "path": f"{place}/b/default", "value": "B"},
        ]
        api.patch(custom.definition, change, JSON_PATCH)
        until(lambda: api.get(custom.path(name="cr-2")).get("b") == "B", what="the other default")
        assert "a" not in api.get(custom.path(name="cr-1"))
        assert api.get(custom.path(name="cr-2"))["a"] == "A"


def test_watching_objects_by_name(api: Api) -> None:
    """«watch on custom resource definition objects»"""
    with (
        defined(api, namespaced=False) as custom,
        api.watch(custom.path(), fieldSelector="metadata.name=name1") as first,
        api.watch(custom.path(), fieldSelector="metadata.name=name2") as second,
    ):
        dummy = [{"op": "add", "path": "/dummy", "value": "test"}]
        for name in ("name1", "name2"):
            made = api.create(custom.path(), custom.obj(name))
            assert made["metadata"]["uid"] and made["kind"] == custom.kind
            api.patch(custom.path(name=name), dummy, JSON_PATCH)
            api.delete(custom.path(name=name))
        for name, watch in (("name1", first), ("name2", second)):
            events = [watch.next() for _ in range(3)]
            assert [kind for kind, _ in events] == ["ADDED", "MODIFIED", "DELETED"]
            assert {obj["metadata"]["name"] for _, obj in events} == {name}
            assert [obj.get("dummy") for _, obj in events] == [None, "test", "test"]


def test_discovery_of_a_new_kind(api: Api) -> None:
    """«should support raw aggregated discovery request for CRDs», «… interface for CRDs»"""
    with defined(api, version("v1"), version("v2alpha1", storage=False)) as custom:
        for name in ("v1", "v2alpha1"):
            found = aggregated(api, "/apis")[f"{custom.group}/{name}"]
            assert [one["resource"] for one in found["resources"]] == [custom.plural]
            (listed,) = api.get(f"/apis/{custom.group}/{name}")["resources"]
            assert listed["name"] == custom.plural and listed["kind"] == custom.kind and listed["namespaced"]
        group = api.get(f"/apis/{custom.group}")
        assert group["preferredVersion"]["version"] == "v1" and len(group["versions"]) == 2
    until(lambda: api.gone(f"/apis/{custom.group}"), what="the group's end")


def test_a_new_version_is_served_and_an_old_one_is_not(api: Api) -> None:
    """Definitions change under running clients."""
    with defined(api, version("v1", ANYTHING)) as custom:
        changed = api.get(custom.definition)
        changed["spec"]["versions"] = [
            {**version("v1", storage=False), "served": False},
            version("v2"),
        ]
        api.update(custom.definition, changed)
        until(lambda: api.ask("GET", custom.path(version="v2")).code == 200, what="the new version")
        until(lambda: api.gone(custom.path()), what="the old version's end")
        assert api.get(custom.definition)["status"]["storedVersions"] == ["v1", "v2"]


def test_definitions_as_go_clients_write_them(api: Api) -> None:
    """Typed clients send what is empty, too: null for times and lists, "" for names."""
    custom = named(api, [version("v1")])
    definition = body(custom, [version("v1")])
    definition["metadata"]["creationTimestamp"] = None
    definition["status"] = {
        "conditions": None,
        "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": None,
    }
    api.create(DEFINITIONS, definition, fieldValidation="Strict")
    until(lambda: established(api.get(custom.definition)), what="the definition's establishment")
    current = api.get(custom.definition)
    assert current["status"]["acceptedNames"]["kind"] == custom.kind
    assert current["status"]["storedVersions"] == ["v1"]
    api.delete(custom.definition)


def test_explaining_a_kind_named_like_a_built_in_one(api: Api, kubectl: Kubectl) -> None:
    """«kubectl explain works for CR with the same resource name as built-in object.»"""
    short, group = unique("ksvc"), f"{unique('service')}.example.com"
    dummy = {"dummy": {"type": "string", "description": "Dummy property."}}
    spec = {"type": "object", "description": "Specification of CustomService", "properties": dummy}
    schema = {"type": "object", "description": "CustomService CRD", "properties": {"spec": spec}}
    custom = Custom(api, group, "services", "Service", "v1", True)
    definition = body(custom, [version("v1", schema)])
    definition["spec"]["names"]["shortNames"] = [short]
    with api.having(DEFINITIONS, definition):
        pattern = "DESCRIPTION:.*Specification of CustomService.*FIELDS:.*dummy.*<string>.*Dummy property"
        path = f"{short}.spec"
        until(lambda: re.search(pattern, kubectl.run("explain", path).stdout, re.S), 20, pattern)
        assert api.get("/api/v1/namespaces/default/services/kubernetes")["kind"] == "Service"


def test_warnings_of_deprecated_versions(api: Api) -> None:
    """By default they name the version to use (upstream's integration test deprecation)."""
    schema = {"type": "object"}
    versions = (
        {**version("v1alpha1", schema, storage=False), "deprecated": True},
        {**version("v1alpha2", schema, storage=False), "deprecated": True, "deprecationWarning": "own"},
        version("v1beta3", schema, storage=False),
        version("v1beta2", schema, storage=False),
        {**version("v1", schema), "served": False},
    )
    custom = named(api, list(versions), namespaced=False)
    with api.having(DEFINITIONS, body(custom, list(versions))):
        until(lambda: api.ask("GET", custom.path(version="v1beta3")).code == 200, what="the path")
        use = f"{custom.group}/v1alpha1 {custom.kind} is deprecated; use {custom.group}/v1beta3 {custom.kind}"
        for name, text in (("v1alpha1", use), ("v1alpha2", "own"), ("v1beta2", ""), ("v1beta3", "")):
            warning = api.ask("GET", custom.path(version=name)).headers.get("warning", "")
            assert warning == (f'299 - "{text}"' if text else "")


def test_watches_end_when_the_versions_change(api: Api) -> None:
    """Without an error, so that clients begin anew (upstream's integration test change)."""
    with defined(api, version("v1beta1")) as custom:
        path = f"{custom.path()}?watch=true&timeoutSeconds=600"
        with api.http.stream("GET", path, timeout=30) as answer:
            one = api.get(custom.definition)["spec"]["versions"][0]
            more = {**one, "name": "v2", "storage": False}
            api.patch(
                custom.definition, [{"op": "add", "path": "/spec/versions/1", "value": more}], JSON_PATCH
            )
            assert not [line for line in answer.iter_lines() if "ERROR" in line]
        assert api.ask("GET", custom.path(version="v2")).code == 200
