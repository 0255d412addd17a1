"""Strict applies, as Kubernetes' conformance suite does them (field_validation.go)."""

from __future__ import annotations

import pytest

from ..harness import Api, Object, drive
from .widgets import ROOT, define, definition, version

PORT = {
    "type": "object",
    "required": ["containerPort", "protocol"],
    "properties": {
        "containerPort": {"type": "integer", "format": "int32"},
        "name": {"type": "string"},
        "protocol": {"type": "string"},
    },
}
FIELDS: Object = {
    "foo": {"type": "string"},
    "cronSpec": {"type": "string", "pattern": r"^(\d+|\*)(/\d+)?(\s+(\d+|\*)(/\d+)?){4}$"},
    "ports": {
        "type": "array",
        "items": PORT,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["containerPort", "protocol"],
    },
}
TEMPLATE = {
    "type": "object",
    "x-kubernetes-embedded-resource": True,
    "properties": {
        "metadata": {"type": "object", "properties": {"name": {"type": "string"}}},
        "spec": {"type": "object"},
    },
}
STRICT = {"type": "object", "properties": {"spec": {"type": "object", "properties": FIELDS}}}
LOOSE = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "x-kubernetes-preserve-unknown-fields": True,
            "properties": {**FIELDS, "template": TEMPLATE},
        }
    },
}
HEAD = """
apiVersion: example.com/v1
kind: Widget
metadata:
  name: mytest
  finalizers:
  - test-finalizer
"""
SPEC = """
spec:
  foo: foo1
  cronSpec: "* * * * */5"
  ports:
  - name: x
    containerPort: 80
    protocol: TCP
"""
EMBEDDED = """
spec:
  template:
    apiversion: foo/v1
    kind: Sub
    metadata:
      unknownSubMeta: unknown
      name: subobject
      namespace: default
"""
TWICE = """
spec:
  unknown: uk1
  foo: foo1
  foo: foo2
"""


@pytest.mark.parametrize(
    ("schema", "body", "status", "text"),
    [
        (STRICT, HEAD + SPEC, 201, ""),
        (None, HEAD + SPEC + "  unknown: uk1\n", 201, ""),
        (STRICT, HEAD + "unknownField: unknown" + SPEC, 500, ".unknownField: field not declared in schema"),
        (
            LOOSE,
            HEAD + "  unknownMeta: unknown" + EMBEDDED,
            500,
            ".metadata.unknownMeta: field not declared in schema",
        ),
        (LOOSE, HEAD + TWICE, 400, r"line 12: key \"foo\" already set in map"),
    ],
)
def test_a_strict_apply_refuses_what_it_does_not_know(
    schema: Object | None, body: str, status: int, text: str
) -> None:
    async def scenario(api: Api) -> None:
        await define(api, definition(version(schema=schema), scope="Cluster"))
        path = f"{ROOT}/v1/widgets/mytest?fieldManager=m&fieldValidation=Strict"
        reply = await api.ask("PATCH", path, body.encode(), kind="application/apply-patch+yaml")
        assert (reply.status, text in reply.text) == (status, True), reply.text

    drive(scenario)
