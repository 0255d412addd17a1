"""The OpenAPI documents of metrics.k8s.io/v1beta1, for `kubectl explain` and for checks of fields.

Made from the tables that describe the built-in kinds, as far as these objects have their parts in common.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import orjson

from ..apimachinery import version
from ..apimachinery.schema.node import Node
from ..apimachinery.schema.registry import builtin
from .objects import GROUP, PATH, VERSION

Object = dict[str, Any]

V3_PATH = f"/openapi/v3{PATH}"
INDEX_PATH, V2_PATH = "/openapi/v3", "/openapi/v2"
_MODELS = "io.k8s.metrics.pkg.apis.metrics.v1beta1."
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_TEXT: Object = {"type": "string"}
_QUANTITIES: Object = {
    "type": "object",
    "description": "What is used of each resource: cpu in cores, memory in bytes of the working set.",
    "additionalProperties": {"type": "string"},
}
_MEASURED: Object = {
    "timestamp": {
        **_TEXT,
        "format": "date-time",
        "description": "When the interval ended that was measured.",
    },
    "window": {**_TEXT, "description": "How long that interval was."},
}
_IDENTITY: Object = {
    "kind": {**_TEXT, "description": "Which REST resource this object represents."},
    "apiVersion": {**_TEXT, "description": "The version of the schema that this representation follows."},
}
_KINDS = {
    "NodeMetrics": "What a node has used.",
    "PodMetrics": "What the containers of a pod have used.",
}
_PLACES = (
    ("nodes", "NodeMetricsList", "list"),
    ("nodes/{name}", "NodeMetrics", "get"),
    ("pods", "PodMetricsList", "list"),
    ("namespaces/{namespace}/pods", "PodMetricsList", "list"),
    ("namespaces/{namespace}/pods/{name}", "PodMetrics", "get"),
)


@cache
def v3() -> bytes:
    """The document of the one group and version."""
    return orjson.dumps(
        {
            "openapi": "3.0.0",
            "info": _info(),
            "paths": {path: _path(kind, verb, path, v3=True) for path, kind, verb in _places()},
            "components": {"schemas": _definitions("#/components/schemas/")},
        }
    )


@cache
def v3_index() -> bytes:
    digest = hashlib.sha512(v3()).hexdigest().upper()
    return orjson.dumps({"paths": {PATH.strip("/"): {"serverRelativeURL": f"{V3_PATH}?hash={digest}"}}})


@cache
def v2() -> bytes:
    return orjson.dumps(
        {
            "swagger": "2.0",
            "info": _info(),
            "paths": {path: _path(kind, verb, path, v3=False) for path, kind, verb in _places()},
            "definitions": _definitions("#/definitions/"),
        }
    )


def _info() -> Object:
    return {"title": "Kubernetes metrics-server", "version": version.KUBERNETES}


def _places() -> list[tuple[str, str, str]]:
    return [(f"{PATH}/{path}", kind, verb) for path, kind, verb in _PLACES]


def _path(kind: str, verb: str, path: str, *, v3: bool) -> Object:
    at = {"$ref": ("#/components/schemas/" if v3 else "#/definitions/") + _MODELS + kind}
    answer = {"content": {"application/json": {"schema": at}}} if v3 else {"schema": at}
    item = kind.removesuffix("List")
    scope = "ForAllNamespaces" if path == f"{PATH}/pods" else ""
    where = "Namespaced" if "{namespace}" in path else ""
    gvk = {"group": GROUP, "version": VERSION, "kind": item}
    action = {"list": "list", "get": "read"}[verb]
    found: Object = {
        "get": {
            "operationId": f"{action}MetricsV1beta1{where}{item}{scope}",
            "description": f"{action} {'the specified' if verb == 'get' else 'objects of kind'} {item}",
            "tags": ["metrics_v1beta1"],
            "x-kubernetes-action": verb,
            "x-kubernetes-group-version-kind": gvk,
            "responses": {"200": {"description": "OK", **answer}},
        }
    }
    names = [name for name in ("name", "namespace") if f"{{{name}}}" in path]
    if names:
        kind_of: Object = {"schema": _TEXT} if v3 else _TEXT
        found["parameters"] = [{"name": name, "in": "path", "required": True, **kind_of} for name in names]
    return found


def _definitions(prefix: str) -> dict[str, Object]:
    node = builtin("", "v1", "ConfigMapList")
    assert node is not None
    parts = {"ListMeta": node.root.fields["metadata"]}
    item = node.root.fields["items"].item
    assert item is not None
    parts["ObjectMeta"] = item.fields["metadata"]
    found = {_META + name: _shape(part) for name, part in parts.items()}
    found[f"{_MODELS}ContainerMetrics"] = {
        "description": "What one container has used.",
        "type": "object",
        "required": ["name", "usage"],
        "properties": {"name": {**_TEXT, "description": "The container's name."}, "usage": _QUANTITIES},
    }
    container = {"type": "array", "items": {"$ref": f"{prefix}{_MODELS}ContainerMetrics"}}
    own = {
        "NodeMetrics": {"usage": _QUANTITIES},
        "PodMetrics": {"containers": {**container, "description": "All containers of that interval."}},
    }
    for kind, fields in own.items():
        found[_MODELS + kind] = _kind(kind, _KINDS[kind], {**_MEASURED, **fields}, "ObjectMeta", prefix)
        items: Object = {"type": "array", "items": {"$ref": prefix + _MODELS + kind}}
        many = {"items": {**items, "description": f"The {kind}."}}
        found[f"{_MODELS}{kind}List"] = _kind(f"{kind}List", f"A list of {kind}.", many, "ListMeta", prefix)
    return found


def _kind(kind: str, text: str, fields: Object, metadata: str, prefix: str) -> Object:
    meta = {"allOf": [{"$ref": f"{prefix}{_META}{metadata}"}], "description": "Standard metadata."}
    if prefix == "#/definitions/":
        meta = {"$ref": f"{prefix}{_META}{metadata}", "description": "Standard metadata."}
    return {
        "description": text,
        "type": "object",
        "required": list(fields),
        "properties": {**_IDENTITY, "metadata": meta, **fields},
        "x-kubernetes-group-version-kind": [{"group": GROUP, "version": VERSION, "kind": kind}],
    }


def _shape(node: Node) -> Object:
    """A part that all objects have, without its words: those are told with the built-in kinds."""
    if node.type == "array" and node.item is not None:
        return {"type": "array", "items": _shape(node.item)}
    if node.type == "map" and node.item is not None:
        return {"type": "object", "additionalProperties": _shape(node.item)}
    if node.fields:
        return {"type": "object", "properties": {name: _shape(one) for name, one in node.fields.items()}}
    plain = {"integer": "integer", "boolean": "boolean", "number": "number", "string": "string"}
    return {"type": plain.get(node.type, "object")}
