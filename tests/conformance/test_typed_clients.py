"""Every built-in kind as a typed Go client speaks it: protobuf both ways.

Most conformance tests use such a client; their framework asks for application/vnd.kubernetes.protobuf.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from wherry.apimachinery import protobuf

from tests.conformance.api import Api, Object
from tests.conformance.custom import DEFINITIONS, body, established, named, version
from tests.conformance.kinds import KINDS, Kind
from tests.e2e.waiting import until

PROTOBUF = "application/vnd.kubernetes.protobuf"
ACCEPT = f"{PROTOBUF},application/json"


class Typed:
    """Sends and reads protobuf."""

    def __init__(self, api: Api) -> None:
        self._http = api.http

    def __call__(self, method: str, path: str, obj: Object | None = None, **query: str) -> Any:
        content = None if obj is None else protobuf.encode(obj)
        headers = {"Accept": ACCEPT, **({"Content-Type": PROTOBUF} if obj is not None else {})}
        answer = self._http.request(method, path, content=content, headers=headers, params=query)
        assert answer.headers["content-type"] == PROTOBUF, answer.text
        found = protobuf.decode(answer.content)[1]
        assert answer.status_code < 400, found
        return found


@pytest.fixture
def typed(api: Api) -> Typed:
    return Typed(api)


def as_typed(obj: Object) -> Object:
    """With what protobuf always has: false, 0 and "" of required fields."""
    return protobuf.decode(protobuf.encode(obj))[1]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.plural} {kind.version}")
def test_life(api: Api, typed: Typed, namespace: str, kind: Kind) -> None:
    """What a client writes in protobuf is what others read in JSON; writing it again changes nothing."""
    base = "/api/v1" if kind.version == "v1" else f"/apis/{kind.version}"
    resource = next(one for one in api.get(base)["resources"] if one["name"] == kind.plural)
    root = kind.path(namespace if kind.namespaced else "")
    name = "10.251.0.1" if kind.plural == "ipaddresses" else f"typed-{namespace}"
    head = {"apiVersion": kind.version, "kind": resource["kind"]}
    obj = {**head, "metadata": {"name": name, **kind.body.get("metadata", {})}}
    fields = json.loads(json.dumps(kind.body).replace("{n}", "251"))
    body = {key: value for key, value in fields.items() if key not in ("metadata", "stringData")}
    made = typed("POST", root, {**obj, **body}, fieldValidation="Strict")
    path = f"{root}/{made['metadata']['name']}"
    until(lambda: typed("GET", path) == as_typed(api.get(path)), 10, "two equal answers")
    plain = api.get(path)
    assert all(key in plain for key, value in body.items() if value)

    def write_back() -> bool:
        current = typed("GET", path)
        answer = api.ask("PUT", path, protobuf.encode(current), content_type=PROTOBUF)
        assert answer.code in (200, 409), answer.text
        version = answer.obj and answer.obj["metadata"].get("resourceVersion")
        return answer.code == 200 and bool(version == current["metadata"]["resourceVersion"])

    until(write_back, 10, "a write that changes nothing")
    listed = typed("GET", root)
    assert made["metadata"]["name"] in [one["metadata"]["name"] for one in listed["items"]]
    remove(api, path, kind.version, made["metadata"]["uid"])


def remove(api: Api, path: str, version: str, uid: str) -> None:
    """With DeleteOptions of the kind's own group and version, as client-go encodes them."""
    options: Object = {"propagationPolicy": "Background", "preconditions": {"uid": "somebody-else"}}
    message = api.fails(409, "DELETE", path, deletion(version, options), content_type=PROTOBUF)
    assert "the UID in the precondition (somebody-else)" in message
    body = deletion(version, {**options, "preconditions": {"uid": uid}})
    api("DELETE", path, body, content_type=PROTOBUF)


def deletion(version: str, options: Object) -> bytes:
    plain = {"kind": "DeleteOptions", "apiVersion": "v1", **options}
    return protobuf.envelope(version, "DeleteOptions", protobuf.raw(plain))


def test_definitions(api: Api, typed: Typed) -> None:
    """A schema with everything that is JSON inside protobuf: defaults, enums, items, bools or schemas."""
    text = {"type": "string", "default": "a", "enum": ["a", None], "nullable": True, "example": {"x": [1]}}
    numbers = {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 7.5}, "maxItems": 3}
    loose = {"type": "object", "additionalProperties": {"x-kubernetes-int-or-string": True}}
    open_ended = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    rule = {"rule": "self.all(x, x >= 0)", "message": "negative", "reason": "FieldValueInvalid"}
    properties = {
        "text": text,
        "numbers": {**numbers, "x-kubernetes-validations": [rule]},
        "loose": loose,
        "any": open_ended,
    }
    schema = {"type": "object", "properties": properties}
    column = {"name": "Text", "type": "string", "jsonPath": ".text", "priority": 1}
    scale = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    more: Object = {"additionalPrinterColumns": [column], "subresources": {"status": {}, "scale": scale}}
    versions = [version("v1", schema, **more)]
    custom = named(api, versions)
    typed("POST", DEFINITIONS, body(custom, versions))
    until(lambda: established(api.get(custom.definition)), what="the definition's establishment")
    (found,) = api.get(custom.definition)["spec"]["versions"]
    assert found["schema"]["openAPIV3Schema"] == schema
    assert found["additionalPrinterColumns"] == [column] and found["subresources"]["scale"] == scale
    assert typed("GET", custom.definition)["spec"] == as_typed(api.get(custom.definition))["spec"]
    assert api.create(custom.path("default"), custom.obj("one"))["text"] == "a"
    typed("DELETE", custom.definition)
