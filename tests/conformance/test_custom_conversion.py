"""Conversion by a webhook, and field selectors on top of it (upstream: test/e2e/apimachinery/
crd_conversion_webhook.go and crd_selectable_fields.go)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.conformance.api import Api, Object, Watch, unique
from tests.conformance.custom import Custom, defined, version
from tests.conformance.servers import Server, agnhost, deploy
from tests.e2e.waiting import until

TEXT = {"type": "string"}
ONE: Object = {"type": "object", "properties": {"hostPort": TEXT}}
TWO: Object = {"type": "object", "properties": {"host": TEXT, "port": TEXT}}


@pytest.fixture(scope="module")
def server(api: Api) -> Iterator[Server]:
    """`agnhost crd-conversion-webhook`, with upstream's ports."""
    namespace = unique("conversion-server")
    api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    name, program = "e2e-test-crd-conversion-webhook", agnhost("crd-conversion-webhook", 9444)
    yield deploy(api, namespace, name, 9443, program)
    api.delete(f"/api/v1/namespaces/{namespace}")


@pytest.fixture
def custom(api: Api, server: Server, namespace: str) -> Iterator[Custom]:
    """`v1` is stored, both versions have selectable fields; conversion works."""
    webhook = {"clientConfig": server.client("/crdconvert"), "conversionReviewVersions": ["v1", "v1beta1"]}
    versions = (
        version("v1", ONE, selectableFields=[{"jsonPath": ".hostPort"}]),
        version("v2", TWO, storage=False, selectableFields=[{"jsonPath": ".host"}, {"jsonPath": ".port"}]),
    )
    conversion = {"strategy": "Webhook", "webhook": webhook}
    with defined(api, *versions, group="stable.example.com", conversion=conversion) as found:
        stub = found.obj("stub", "v2")
        path = found.path(namespace, version="v2")
        until(lambda: api.ask("POST", path, stub).code == 201, what="the first conversion")
        api.delete(f"{path}/stub")
        yield found


def is_one(obj: Object) -> bool:
    return obj["apiVersion"].endswith("/v1") and obj["hostPort"] == "localhost:8080" and "host" not in obj


def is_two(obj: Object) -> bool:
    return obj["apiVersion"].endswith("/v2") and (obj["host"], obj["port"]) == ("localhost", "8080")


def test_one_object(api: Api, custom: Custom, namespace: str) -> None:
    """«should be able to convert from CR v1 to CR v2»"""
    api.create(custom.path(namespace), custom.obj("cr-instance-1", hostPort="localhost:8080"))
    found = api.get(custom.path(namespace, "cr-instance-1", "v2"))
    assert is_two(found) and "hostPort" not in found


def test_a_list_of_both_versions(api: Api, custom: Custom, namespace: str) -> None:
    """«should be able to convert a non homogeneous list of CRs»"""
    api.create(custom.path(namespace), custom.obj("cr-instance-1", hostPort="localhost:8080"))
    definition = api.get(custom.definition)
    for one in definition["spec"]["versions"]:
        one["storage"] = one["name"] == "v2"
    api.update(custom.definition, definition)
    api.create(custom.path(namespace), custom.obj("cr-instance-2", hostPort="localhost:8080"))
    names = ["cr-instance-1", "cr-instance-2"]
    for name, holds in (("v1", is_one), ("v2", is_two)):
        items = api.get(custom.path(namespace, version=name))["items"]
        assert [one["metadata"]["name"] for one in items] == names and all(holds(one) for one in items)


def selected(custom: Custom, namespace: str, version: str, selector: str) -> set[str]:
    return set(custom.api.names(custom.path(namespace, version=version), fieldSelector=selector))


def happened(watch: Watch, *expected: tuple[str, str]) -> None:
    """The next events, in any order."""
    events = [watch.next() for _ in expected]
    assert sorted((kind, obj["metadata"]["name"]) for kind, obj in events) == sorted(expected)


def test_lists_by_field(api: Api, custom: Custom, namespace: str) -> None:
    """«MUST list and watch custom resources matching the field selector»"""
    path = custom.path(namespace, version="v2")
    with (
        api.watch(path, fieldSelector="host=host1") as by_host,
        api.watch(path, fieldSelector="host=host1,port=80") as by_both,
        api.watch(custom.path(namespace), fieldSelector="hostPort=host1:80") as by_one,
    ):
        for name, fields in (
            ("a", {"host": "host1", "port": "80"}),
            ("b", {"host": "host1", "port": "8080"}),
            ("c", {"host": "host2"}),
        ):
            api.create(path, custom.obj(name, "v2", **fields))
        assert selected(custom, namespace, "v2", "host=host1") == {"a", "b"}
        assert selected(custom, namespace, "v2", "host=host1,port=80") == {"a"}
        assert selected(custom, namespace, "v1", "hostPort=host1:80") == {"a"}
        assert selected(custom, namespace, "v1", "hostPort=host1:8080") == {"b"}
        happened(by_host, ("ADDED", "a"), ("ADDED", "b"))
        happened(by_both, ("ADDED", "a"))
        happened(by_one, ("ADDED", "a"))
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0}
        api("DELETE", path, options, fieldSelector="host=host1,port=80")
        changed = api.get(f"{path}/b")
        api.update(f"{path}/b", {**changed, "host": "host2"})
        assert not selected(custom, namespace, "v2", "host=host1")
        assert not selected(custom, namespace, "v2", "host=host1,port=80")
        happened(by_host, ("DELETED", "a"), ("DELETED", "b"))
        happened(by_both, ("DELETED", "a"))
        happened(by_one, ("DELETED", "a"))


def test_fields_that_nobody_may_select(api: Api, custom: Custom, namespace: str) -> None:
    """`host` is a field of v2 only."""
    message = api.fails(400, "GET", custom.path(namespace), fieldSelector="host=host1")
    assert "field label not supported: host" in message


def initial(api: Api, path: str, accept: str = "application/json", **query: str) -> list[Object]:
    """What a reflector reads before it is up to date: the events of a streamed list."""
    query |= {"watch": "true", "sendInitialEvents": "true", "allowWatchBookmarks": "true"}
    query |= {"resourceVersionMatch": "NotOlderThan", "resourceVersion": "", "timeoutSeconds": "20"}
    found: list[Object] = []
    with api.http.stream("GET", path, params=query, headers={"Accept": accept}) as answer:
        for line in answer.iter_lines():
            event = json.loads(line)
            if event["type"] == "BOOKMARK":
                assert event["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"] == "true"
                break
            found.append(event["object"])
    return found


def test_informers_by_field(api: Api, custom: Custom, namespace: str) -> None:
    """Informers of today list by watching: converted, selected, and as metadata only."""
    path = custom.path(namespace, version="v2")
    for name, host in (("a", "host1"), ("b", "host2")):
        api.create(custom.path(namespace), custom.obj(name, hostPort=f"{host}:80"))
    (found,) = initial(api, path, fieldSelector="host=host1")
    assert found["metadata"]["name"] == "a" and found["port"] == "80"
    partial = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    only = initial(api, path, partial)
    assert [one["metadata"]["name"] for one in only] == ["a", "b"]
    assert {one["kind"] for one in only} == {"PartialObjectMetadata"} and "host" not in only[0]


SHIRTS = {
    "shirt1": {"color": "blue", "quantity": 2, "size": "S", "branded": True},
    "shirt2": {"color": "blue", "quantity": 3, "size": "M", "branded": False},
    "shirt3": {"color": "green", "quantity": 2, "branded": False},
}


def test_fields_of_every_type(api: Api, namespace: str) -> None:
    """Numbers and booleans are selected by their text; who lacks a field has the empty text (upstream's
    integration test fieldselector)."""
    sizes = {**TEXT, "enum": ["S", "M", "L", "XL"]}
    fields = {"color": TEXT, "quantity": {"type": "integer"}, "size": sizes, "branded": {"type": "boolean"}}
    spec = {"type": "object", "properties": fields}
    paths = [{"jsonPath": f".spec.{field}"} for field in fields]
    schema = {"type": "object", "properties": {"spec": spec}}
    with defined(api, version("v1", schema, selectableFields=paths)) as shirts:
        for name, values in SHIRTS.items():
            api.create(shirts.path(namespace), shirts.obj(name, spec=values))
        for selector, expected in (
            ("spec.color=blue", {"shirt1", "shirt2"}),
            ("spec.quantity=2", {"shirt1", "shirt3"}),
            ("spec.size=M", {"shirt2"}),
            ("spec.size=", {"shirt3"}),
            ("spec.size!=M", {"shirt1", "shirt3"}),
            ("spec.branded=false", {"shirt2", "shirt3"}),
            ("spec.color=blue,spec.branded=false", {"shirt2"}),
            (f"metadata.namespace={namespace},spec.quantity=3", {"shirt2"}),
        ):
            assert selected(shirts, namespace, "v1", selector) == expected, selector
        message = api.fails(400, "GET", shirts.path(namespace), fieldSelector="spec.nosuchfield=xyz")
        assert "field label not supported: spec.nosuchfield" in message
