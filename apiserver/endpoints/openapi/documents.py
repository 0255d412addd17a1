"""Assembles the documents from operations and schemas and keeps their bytes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

import orjson

from ....apimachinery import schema as schema_package
from ....apimachinery import version
from ...registry.resource import Resource
from . import protobuf
from .operations import TEXT, Operation, meta_operations, operations
from .parameters import PATH, QUERY
from .schemas import V2, V3, Dialect, closure, component, component_name, reference

MEDIA_TYPES = ("application/json", "application/yaml")
STREAM = "application/json;stream=watch"
PATCH_TYPES = (
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
)
_PATH_PARAMETER = re.compile(r"{(\w+)}")
_GROUP_VERSION = re.compile(r"/(api/v\w+|apis/[^/]+/v\w+)/")


class OpenAPI:
    """The documents of a fixed set of resources. Each is built when first asked for, in tens of ms."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self._operations: dict[str, list[Operation]] = {}
        self._resources = tuple(resources)
        self._kept: dict[str, bytes] = {}
        for operation in self._all():
            self._operations.setdefault(document_of(operation.path), []).append(operation)

    def _all(self) -> Iterable[Operation]:
        yield from meta_operations(self._resources)
        for resource in self._resources:
            yield from operations(resource)

    def v3_index(self) -> bytes:
        """The answer of `/openapi/v3`: where each document is, with a hash clients may cache it by."""
        paths = {
            path: {"serverRelativeURL": f"/openapi/v3/{path}?hash={self.hash(path)}"}
            for path in sorted(self._operations)
        }
        return orjson.dumps({"paths": paths})

    def hash(self, path: str) -> str:
        """Changes whenever the document does: a digest of what it is built from, upper-case hexadecimal."""
        digest = hashlib.sha512(_tables_digest())
        for operation in self._operations[path]:
            digest.update(repr(operation).encode())
        return digest.hexdigest().upper()

    def v3(self, path: str) -> bytes | None:
        """The document of `api/v1`, `apis/apps/v1`, …; None when there is none."""
        path = path.strip("/")
        if path not in self._operations:
            return None
        if path not in self._kept:
            self._kept[path] = orjson.dumps(self._v3(path))
        return self._kept[path]

    def v2(self) -> bytes:
        """The whole API as one Swagger document."""
        if "v2" not in self._kept:
            self._kept["v2"] = orjson.dumps(self._v2())
        return self._kept["v2"]

    def v2_protobuf(self) -> bytes:
        """The same in gnostic's protobuf encoding, which kubectl and client-go ask for."""
        if "v2.pb" not in self._kept:
            self._kept["v2.pb"] = protobuf.encode(self._v2())
        return self._kept["v2.pb"]

    def _v3(self, path: str) -> dict[str, Any]:
        found = self._operations[path]
        parts = path.split("/")
        group_version = ("", parts[1]) if parts[0] == "api" and len(parts) == 2 else None
        if parts[0] == "apis" and len(parts) == 3:
            group_version = (parts[1], parts[2])
        schemas = {component_name(n): component(n, V3, group_version) for n in _definitions(found)}
        return {
            "openapi": "3.0.0",
            "info": _info(),
            "paths": _paths(found, V3),
            "components": {"schemas": schemas, "securitySchemes": {"BearerToken": _security()}},
        }

    def _v2(self) -> dict[str, Any]:
        found = [operation for group in self._operations.values() for operation in group]
        return {
            "swagger": "2.0",
            "info": _info(),
            "paths": _paths(found, V2),
            "definitions": {component_name(n): component(n, V2) for n in _definitions(found)},
            "securityDefinitions": {"BearerToken": _security()},
            "security": [{"BearerToken": []}],
        }


def documents(resources: Sequence[Resource]) -> OpenAPI:
    """The documents of the given resources."""
    return OpenAPI(resources)


def document_of(path: str) -> str:
    """The document a path belongs to: its group version, else the path itself."""
    found = _GROUP_VERSION.match(path)
    return found.group(1) if found else path.strip("/")


def _tables_digest() -> bytes:
    digest = hashlib.sha512(version.git_version().encode())
    for entry in sorted((files(schema_package) / "data").iterdir(), key=lambda item: item.name):
        digest.update(entry.read_bytes())
    return digest.digest()


def _info() -> dict[str, str]:
    return {"title": "Kubernetes", "version": version.KUBERNETES}


def _security() -> dict[str, str]:
    text = "Bearer Token authentication"
    return {"type": "apiKey", "name": "authorization", "in": "header", "description": text}


def _definitions(found: Iterable[Operation]) -> list[str]:
    roots = {name for operation in found for name in (operation.body, operation.response)}
    return closure(roots - {"", TEXT})


def _paths(found: Iterable[Operation], dialect: Dialect) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    render = _operation_v3 if dialect.v3 else _operation_v2
    for operation in found:
        item = paths.setdefault(operation.path, {})
        item[operation.method] = render(operation)
        names = _PATH_PARAMETER.findall(operation.path)
        if names:
            item["parameters"] = [_path_parameter(name, dialect) for name in names]
    return dict(sorted(paths.items()))


def _path_parameter(name: str, dialect: Dialect) -> dict[str, Any]:
    return _parameter(name, "path", "string", PATH[name], dialect) | {"required": True}


def _query_parameter(name: str, dialect: Dialect) -> dict[str, Any]:
    return _parameter(name, "query", QUERY[name].type, QUERY[name].description, dialect)


def _parameter(name: str, place: str, kind: str, text: str, dialect: Dialect) -> dict[str, Any]:
    shape = {"type": kind, "uniqueItems": True}
    more = {"schema": shape} if dialect.v3 else shape
    return {"name": name, "in": place, "description": text, **more}


def _common(operation: Operation, dialect: Dialect) -> dict[str, Any]:
    out: dict[str, Any] = {"operationId": operation.operation_id, "tags": [operation.tag]}
    if operation.action:
        out["x-kubernetes-action"] = operation.action
    if operation.kind is not None:
        group, version_, kind = operation.kind
        out["x-kubernetes-group-version-kind"] = {"group": group, "kind": kind, "version": version_}
    in_path = _PATH_PARAMETER.findall(operation.path)
    names = [name for name in operation.parameters if name not in in_path]
    if names:
        out["parameters"] = [_query_parameter(name, dialect) for name in names]
    return out


def _content(name: str, dialect: Dialect) -> dict[str, Any]:
    return {"type": "string"} if name == TEXT else reference(name, dialect)


def _codes(operation: Operation) -> dict[str, str]:
    codes = {"200": "OK"}
    if operation.created:
        codes["201"] = "Created"
    if (operation.method == "post" and operation.created) or operation.action == "delete":
        codes["202"] = "Accepted"
    return codes


def _operation_v3(operation: Operation) -> dict[str, Any]:
    out = _common(operation, V3)
    if operation.body:
        types = PATCH_TYPES if operation.body == "patch" else ("*/*",)
        out["requestBody"] = {
            "required": operation.body != "meta.v1.DeleteOptions",
            "content": {kind: {"schema": reference(operation.body, V3)} for kind in types},
        }
    streams = operation.action in ("list", "watch", "watchlist")
    kinds = ("text/plain",) if operation.response == TEXT else MEDIA_TYPES + ((STREAM,) if streams else ())
    content = {kind: {"schema": _content(operation.response, V3)} for kind in kinds}
    answers = {code: {"description": text, "content": content} for code, text in _codes(operation).items()}
    out["responses"] = answers | {"401": {"description": "Unauthorized"}}
    return out


def _operation_v2(operation: Operation) -> dict[str, Any]:
    out = _common(operation, V2)
    if operation.body:
        required = {"required": True} if operation.body != "meta.v1.DeleteOptions" else {}
        body = {"name": "body", "in": "body", "schema": reference(operation.body, V2)} | required
        out["parameters"] = [body, *out.get("parameters", [])]
    out["consumes"] = list(PATCH_TYPES) if operation.body == "patch" else ["*/*"]
    out["produces"] = list(MEDIA_TYPES)
    out["schemes"] = ["https"]
    schema = {"schema": _content(operation.response, V2)}
    answers = {code: {"description": text, **schema} for code, text in _codes(operation).items()}
    out["responses"] = answers | {"401": {"description": "Unauthorized"}}
    return out
