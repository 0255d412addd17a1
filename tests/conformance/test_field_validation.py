"""Unknown and duplicate fields with fieldValidation=Strict (upstream:
test/e2e/apimachinery/field_validation.go)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conformance.api import APPLY_PATCH, Api, Object
from tests.conformance.custom import Custom, defined, version

DEPLOYMENT = """{
  "apiVersion": "apps/v1", "kind": "Deployment",
  "metadata": {"name": "my-dep", META "labels": {"app": "nginx"}},
  "spec": {
    SPEC
    "selector": {"matchLabels": {"app": "nginx"}},
    "template": {
      "metadata": {"labels": {"app": "nginx"}},
      "spec": {"containers": [{"name": "nginx", "image": "nginx:latest"}]}
    }
  }
}"""
SPEC = """
  cronSpec: "* * * * */5"
  ports:
  - name: x
    containerPort: 80
    protocol: TCP"""
TEXT = {"type": "string"}
NUMBER = {"type": "integer", "format": "int32"}
PORT = {
    "type": "object",
    "required": ["containerPort", "protocol"],
    "properties": {
        "containerPort": NUMBER,
        "hostPort": NUMBER,
        "hostIP": TEXT,
        "name": TEXT,
        "protocol": TEXT,
    },
}
PORTS = {
    "type": "array",
    "items": PORT,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["containerPort", "protocol"],
}
CRON = {"type": "string", "pattern": r"^(\d+|\*)(/\d+)?(\s+(\d+|\*)(/\d+)?){4}$"}
KNOWN: Object = {"foo": TEXT, "cronSpec": CRON, "ports": PORTS}
PARTLY = "x-kubernetes-preserve-unknown-fields"


def schema(**more: object) -> Object:
    spec = {"type": "object", "properties": KNOWN, **more}
    return {"type": "object", "properties": {"spec": spec}}


@pytest.mark.parametrize(
    ("meta", "spec", "words"),
    [
        (
            "",
            '"unknownField": "foo", "replicas": 2, "replicas": 3,',
            'unknown field "spec.unknownField", duplicate field "spec.replicas"',
        ),
        ('"unknownMeta": "foo",', "", 'unknown field "metadata.unknownMeta"'),
    ],
    ids=["spec", "metadata"],
)
def test_typed_objects(api: Api, namespace: str, meta: str, spec: str, words: str) -> None:
    """«should detect unknown and duplicate fields of a typed object», «should detect unknown metadata
    fields of a typed object»"""
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    text = DEPLOYMENT.replace("META", meta).replace("SPEC", spec)
    options = {"fieldManager": "field_validation_mgr", "fieldValidation": "Strict"}
    assert f"strict decoding error: {words}" in api.fails(400, "POST", path, text, **options)


@contextmanager
def kind(api: Api, root: Object | None = None) -> Iterator[Custom]:
    """Two versions, cluster-wide."""
    versions = (version("v1beta1", root), version("v1beta2", root, storage=False))
    with defined(api, *versions, namespaced=False) as found:
        yield found
        # An object with a finalizer keeps its definition from going.
        for name in api.names(found.path()):
            api.patch(found.path(name=name), {"metadata": {"finalizers": None}})


def text(custom: Custom, *, meta: str = "", root: str = "", spec: str = "  foo: foo1") -> str:
    head = f"\napiVersion: {custom.group}/{custom.version}\nkind: {custom.kind}\nmetadata:\n  name: mytest\n"
    return f"{head}{meta}{root}spec:\n{spec}{SPEC}"


FINALIZERS = "  finalizers:\n  - test-finalizer\n"
STRICT = {"fieldManager": "field_validation_mgr", "fieldValidation": "Strict"}


def applied(custom: Custom, body: str) -> None:
    path = custom.path(name="mytest")
    custom.api("PATCH", path, body, content_type=APPLY_PATCH, **STRICT)


def refused(custom: Custom, body: str, code: int) -> str:
    path = custom.path(name="mytest")
    return custom.api.fails(code, "PATCH", path, body, content_type=APPLY_PATCH, **STRICT)


def test_a_valid_object_with_a_schema(api: Api) -> None:
    """«should create/apply a valid CR for CRD with validation schema»"""
    with kind(api, schema()) as custom:
        applied(custom, text(custom, meta=FINALIZERS))


def test_unknown_fields_without_a_schema(api: Api) -> None:
    """«should create/apply a CR with unknown fields for CRD with no validation schema»"""
    with kind(api) as custom:
        applied(custom, text(custom, meta=FINALIZERS, spec="  unknown: uk1"))


def test_unknown_fields_with_a_schema(api: Api) -> None:
    """«should create/apply an invalid CR with extra properties for CRD with validation schema»"""
    with kind(api, schema()) as custom:
        body = text(custom, meta=FINALIZERS, root="unknownField: unknown\n")
        assert ".unknownField: field not declared in schema" in refused(custom, body, 500)


def test_unknown_metadata(api: Api, namespace: str) -> None:
    """«should detect unknown metadata fields in both the root and embedded object of a CR»"""
    meta = {"type": "object", "properties": {"name": TEXT}}
    template: Object = {"type": "object", "x-kubernetes-embedded-resource": True}
    template["properties"] = {"metadata": meta, "spec": {"type": "object"}}
    root = schema(**{PARTLY: True, "properties": {**KNOWN, "template": template}})
    with kind(api, root) as custom:
        inner = f"        unknownSubMeta: unknown\n        name: subobject\n        namespace: {namespace}\n"
        sub = f"  template:\n    apiversion: foo/v1\n    kind: Sub\n    metadata:\n{inner}  foo: foo1"
        message = refused(custom, text(custom, meta="  unknownMeta: unknown\n", spec=sub), 500)
        places = (".spec.template.metadata.unknownSubMeta", ".metadata.unknownMeta")
        assert any(f"{place}: field not declared in schema" in message for place in places)


def test_duplicates_where_unknown_fields_are_kept(api: Api) -> None:
    """«should detect duplicates in a CR when preserving unknown fields»"""
    with kind(api, schema(**{PARTLY: True})) as custom:
        body = text(custom, spec="  unknown: uk1\n  foo: foo1\n  foo: foo2")
        assert 'line 9: key "foo" already set in map' in refused(custom, body, 400)
