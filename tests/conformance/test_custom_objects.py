"""Objects of made-up kinds: metadata, YAML, tables, pruning, subresources (upstream: the integration tests of
apiextensions-apiserver: objectmeta, yaml, table, pruning, subresources, scope, limit)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.conformance.api import MERGE_PATCH, STRATEGIC_PATCH, Api, Object
from tests.conformance.custom import ANYTHING, Custom, defined, version
from tests.e2e.waiting import until

YAML = "application/yaml"
TEXT = {"type": "string"}


@pytest.fixture
def custom(api: Api) -> Iterator[Custom]:
    """Namespaced, holds anything."""
    with defined(api) as found:
        yield found


def test_metadata_of_the_wrong_type(api: Api, custom: Custom, namespace: str) -> None:
    """Unknown fields of the metadata go, a null generation is set, a number is no label."""
    path = custom.path(namespace)
    obj = custom.obj("foo")
    obj["metadata"] |= {"unknown": 42, "generation": None, "labels": {"foo": 42, "bar": "abc"}}
    assert "cannot be handled" in api.fails(400, "POST", path, obj)
    obj["metadata"]["labels"] = {"bar": "abc"}
    made = api.create(path, obj)
    assert "unknown" not in made["metadata"] and made["metadata"]["generation"] == 1


def spoken(api: Api, method: str, path: str, body: str | None = None, **query: str) -> tuple[int, Any]:
    """(code, object) of a conversation in YAML."""
    headers = {"Accept": YAML, **({"Content-Type": YAML} if body is not None else {})}
    answer = api.http.request(method, path, content=body, headers=headers, params=query)
    assert answer.headers["content-type"].startswith(YAML)
    return answer.status_code, yaml.safe_load(answer.text)


def test_yaml(api: Api, custom: Custom, namespace: str) -> None:
    """Everything but watches and patches."""
    code, found = spoken(api, "GET", f"/apis/{custom.group}/v1")
    assert code == 200 and found["kind"] == "APIResourceList"
    path = custom.path(namespace)
    assert spoken(api, "GET", f"{path}/missing")[1]["reason"] == "NotFound"
    values = {"numVal": 1, "boolVal": True, "stringVal": "1"}
    code, made = spoken(api, "POST", path, yaml.safe_dump(custom.obj("mytest", values=values)))
    assert code == 201 and made["values"] == values and made["metadata"]["name"] == "mytest"
    assert spoken(api, "GET", f"{path}/mytest")[1] == made
    listed = spoken(api, "GET", path)[1]
    assert listed["kind"] == f"{custom.kind}List" and listed["items"] == [made]
    code, status = spoken(api, "GET", path, watch="true")
    assert (code, status["kind"], status["reason"]) == (406, "Status", "NotAcceptable")
    other = {"numVal": 2, "boolVal": False, "stringVal": "2"}
    code, found = spoken(api, "PUT", f"{path}/mytest", yaml.safe_dump({**made, "values": other}))
    assert code == 200 and found["values"] == other and found["metadata"]["uid"] == made["metadata"]["uid"]
    code, status = spoken(api, "PATCH", f"{path}/mytest", "values: {numVal: 3}")
    assert (code, status["reason"]) == (415, "UnsupportedMediaType")
    code, status = spoken(api, "DELETE", f"{path}/mytest")
    assert (status["kind"], status["status"]) == ("Status", "Success")


COLUMNS: list[Object] = [
    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
    {"name": "Alpha", "type": "string", "jsonPath": ".spec.alpha"},
    {"name": "Beta", "type": "integer", "format": "int64", "priority": 42, "jsonPath": ".spec.beta"},
    {"name": "Gamma", "type": "integer", "description": "wrongly typed", "jsonPath": ".spec.gamma"},
    {"name": "Epsilon", "type": "string", "jsonPath": ".spec.epsilon"},
]


@pytest.mark.parametrize("table", ("v1", "v1beta1"))
def test_tables(api: Api, namespace: str, table: str) -> None:
    """Columns of each version; values of the wrong type are null, lists are text."""
    zeta = {"name": "Zeta", "type": "integer", "jsonPath": ".spec.zeta"}
    versions = (
        version("v1", additionalPrinterColumns=[*COLUMNS, zeta]),
        version("v1beta1", storage=False, additionalPrinterColumns=COLUMNS),
    )
    spec = {"alpha": "foo_123", "beta": 10, "gamma": "bar", "epsilon": [1, 2, 3], "zeta": 5}
    with defined(api, *versions) as custom:
        api.create(custom.path(namespace), custom.obj("foo", spec=spec))
        accept = f"application/json;as=Table;v={table};g=meta.k8s.io, application/json"
        for name, cells in (("v1", ["foo_123", 10, None, "[1,2,3]", 5]), ("v1beta1", ["foo_123", 10])):
            found = api("GET", custom.path(namespace, version=name), accept=accept)
            assert found["kind"] == "Table" and found["apiVersion"] == f"meta.k8s.io/{table}"
            headers = found["columnDefinitions"]
            assert [one["name"] for one in headers][:4] == ["Name", "Age", "Alpha", "Beta"]
            assert headers[3] == {
                "name": "Beta",
                "type": "integer",
                "format": "int64",
                "description": "Custom resource definition column (in JSONPath format): .spec.beta",
                "priority": 42,
            }
            (row,) = found["rows"]
            assert row["cells"][0] == "foo" and row["cells"][1].endswith("s")
            assert row["cells"][2 : 2 + len(cells)] == cells
            assert row["object"]["kind"] == "PartialObjectMetadata"


def test_columns_may_come_later(api: Api, custom: Custom, namespace: str) -> None:
    """By a strategic merge patch of the versions, which a list of theirs replaces."""
    age = [{"name": "Made", "type": "date", "jsonPath": ".metadata.creationTimestamp"}]
    patched = version("v1", ANYTHING, additionalPrinterColumns=age)
    api.patch(custom.definition, {"spec": {"versions": [patched]}}, STRATEGIC_PATCH)
    found = api("GET", custom.path(namespace), accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    assert [one["name"] for one in found["columnDefinitions"]] == ["Name", "Made"]


def loose(**properties: Object) -> Object:
    return {**ANYTHING, "properties": properties}


def tight(**properties: Object) -> Object:
    return {"type": "object", "properties": properties}


NEST = {"preserving": ANYTHING, "pruning": {"type": "object"}}
PRUNING = loose(
    alpha=TEXT,
    preserving=loose(**NEST),
    pruning=tight(**NEST),
)
EVERYTHING = {"unspecified": 1, "preserving": {"unspecified": 1}, "pruning": {"unspecified": 1}}


def test_pruning_with_islands(api: Api, custom: Custom, namespace: str) -> None:
    """Unknown fields are kept where a schema says so, and not below where it does not."""
    custom.schema(PRUNING)
    fields: Object = {"alpha": "a", "unspecified": 1, "preserving": EVERYTHING, "pruning": EVERYTHING}
    made = api.create(custom.path(namespace), custom.obj("foo", **fields))
    assert made["unspecified"] == 1
    kept = {"preserving": {"unspecified": 1}, "pruning": {}}
    assert made["preserving"] == {"unspecified": 1, **kept} and made["pruning"] == kept


def test_pruning_what_is_stored(api: Api, custom: Custom, namespace: str) -> None:
    """A schema that got smaller prunes what is read, and what is patched."""
    api.create(custom.path(namespace), custom.obj("foo", alpha="a", gone=1))
    custom.schema(tight(alpha=TEXT))
    path = custom.path(namespace, "foo")
    until(lambda: "gone" not in api.get(path), what="the pruning of what is read")
    found = api.patch(path, {"alpha": "b", "gone": 2})
    assert found["alpha"] == "b" and "gone" not in found


def test_embedded_resources(api: Api, custom: Custom, namespace: str) -> None:
    """Their type is required, their metadata is checked and pruned like an object's own."""
    embedded = {"type": "object", "x-kubernetes-embedded-resource": True}
    pruning = {**embedded, "properties": {"specified": TEXT}}
    custom.schema(tight(pruning=pruning, preserving={**ANYTHING, **embedded}))
    inner: Object = {"apiVersion": "foo/v1", "kind": "Foo", "unspecified": "bar", "specified": "bar"}
    inner["metadata"] = {"name": "foo", "unspecified": "bar"}
    path = custom.path(namespace)
    made = api.create(path, custom.obj("good", pruning=inner, preserving=inner))
    assert made["pruning"] == {
        "apiVersion": "foo/v1",
        "kind": "Foo",
        "metadata": {"name": "foo"},
        "specified": "bar",
    }
    assert made["preserving"] == {**inner, "metadata": {"name": "foo"}}
    for change, words in (
        ({"apiVersion": ""}, 'pruning.apiVersion: Invalid value: "": must not be empty'),
        ({"apiVersion": "a/b/c"}, 'pruning.apiVersion: Invalid value: "a/b/c"'),
        ({"kind": "OO$$"}, 'pruning.kind: Invalid value: "OO$$"'),
        ({"metadata": {"name": ".."}}, 'pruning.metadata.name: Invalid value: ".."'),
        ({"metadata": {"labels": {"a": "x y"}}}, 'pruning.metadata.labels: Invalid value: "x y"'),
    ):
        assert words in api.fails(422, "POST", path, custom.obj("bad", pruning={**inner, **change}))
    message = api.fails(422, "POST", path, custom.obj("bad", pruning={"metadata": {"name": "foo"}}))
    for field in ("apiVersion", "kind"):
        assert f"pruning.{field}: Required value" in message


REPLICAS = tight(replicas={"type": "integer"})
STATUS_OF = tight(replicas={"type": "integer"}, selector=TEXT)
SCALED = version(
    "v1",
    tight(spec=REPLICAS, status=STATUS_OF),
    subresources={
        "status": {},
        "scale": {
            "specReplicasPath": ".spec.replicas",
            "statusReplicasPath": ".status.replicas",
            "labelSelectorPath": ".status.selector",
        },
    },
)


def test_status_and_generation(api: Api, namespace: str) -> None:
    """A status is left out of a creation; only what is specified makes a generation."""
    with defined(api, SCALED) as custom:
        obj = custom.obj("a", spec={"replicas": 3}, status={"replicas": 9})
        made = api.create(custom.path(namespace), obj)
        assert "status" not in made and made["metadata"]["generation"] == 1
        path = custom.path(namespace, "a")
        written = api.update(f"{path}/status", {**made, "spec": {"replicas": 7}, "status": {"replicas": 2}})
        assert (written["spec"], written["status"]) == ({"replicas": 3}, {"replicas": 2})
        assert written["metadata"]["generation"] == 1
        written = api.update(path, {**written, "spec": {"replicas": 4}, "status": {"replicas": 5}})
        assert (written["spec"], written["status"]) == ({"replicas": 4}, {"replicas": 2})
        assert written["metadata"]["generation"] == 2


def test_scale(api: Api, namespace: str) -> None:
    """Read, updated, patched; a negative number is refused; HorizontalPodAutoscalers see a selector."""
    with defined(api, SCALED) as custom:
        made = api.create(custom.path(namespace), custom.obj("a", spec={"replicas": 3}))
        path = custom.path(namespace, "a")
        api.update(f"{path}/status", {**made, "status": {"replicas": 2, "selector": "app=a"}})
        scale = api.get(f"{path}/scale")
        assert (scale["kind"], scale["apiVersion"]) == ("Scale", "autoscaling/v1")
        assert (scale["spec"], scale["status"]) == ({"replicas": 3}, {"replicas": 2, "selector": "app=a"})
        scale["spec"]["replicas"] = 4
        assert api.update(f"{path}/scale", scale)["spec"]["replicas"] == 4
        assert api.patch(f"{path}/scale", {"spec": {"replicas": 5}})["spec"]["replicas"] == 5
        assert api.get(path)["spec"]["replicas"] == 5 and api.get(path)["metadata"]["generation"] == 3
        negative = {"spec": {"replicas": -1}}
        assert "conflict" in api.ask("PUT", f"{path}/scale", {**scale, **negative}).obj["reason"].lower()
        for place in (f"{path}/scale", path):
            message = api.fails(422, "PATCH", place, negative, content_type=MERGE_PATCH)
            assert ".spec.replicas: Invalid value: -1: should be a non-negative integer" in message


def test_scopes(api: Api, namespace: str) -> None:
    """An object of the cluster is in no namespace, one of a namespace is in one."""
    with defined(api, namespaced=False) as wide, defined(api) as narrow:
        assert api.ask("GET", wide.path(namespace)).code == 404
        assert api.ask("POST", narrow.path(), narrow.obj("a")).code == 404
        assert "namespace" not in api.create(wide.path(), wide.obj("a"))["metadata"]
        wrong = narrow.obj("a")
        wrong["metadata"]["namespace"] = "elsewhere"
        message = api.fails(400, "POST", narrow.path(namespace), wrong)
        assert "does not match the namespace" in message
        api.create(narrow.path(namespace), narrow.obj("a"))
        assert api.names(narrow.path()) == ["a"]


def test_types_in_bodies(api: Api, custom: Custom, namespace: str) -> None:
    """The kind and version of a body are those of the path."""
    path = custom.path(namespace)
    for code, change, words in (
        (422, {"kind": "Other"}, f'kind: Invalid value: "Other": must be {custom.kind}'),
        (400, {"apiVersion": f"{custom.group}/v2"}, "does not match the expected API version"),
        (400, {"kind": ""}, "Object 'Kind' is missing"),
    ):
        assert words in api.fails(code, "POST", path, {**custom.obj("a"), **change})
