"""Operations as they stand in the documents of versions 2 and 3."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .operations import TEXT, Operation
from .parameters import PATH, QUERY
from .schemas import V2, V3, Dialect, reference

MEDIA_TYPES = ("application/json", "application/yaml")
STREAM = "application/json;stream=watch"
APPLY, JSON_PATCH, MERGE, STRATEGIC = (
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
)
_PATH_PARAMETER = re.compile(r"{(\w+)}")
_GROUP_VERSION = re.compile(r"/(api/v\w+|apis/[^/]+/v\w+)/")


def document_of(path: str) -> str:
    """The document a path belongs to: its group version, else the path itself."""
    found = _GROUP_VERSION.match(path)
    return found.group(1) if found else path.strip("/")


def paths(found: Iterable[Operation], dialect: Dialect) -> dict[str, Any]:
    out: dict[str, Any] = {}
    render = _operation_v3 if dialect.v3 else _operation_v2
    for operation in found:
        item = out.setdefault(operation.path, {})
        item[operation.method] = render(operation)
        names = _PATH_PARAMETER.findall(operation.path)
        if names:
            item["parameters"] = [_path_parameter(name, dialect) for name in names]
    return dict(sorted(out.items()))


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


def _body_types(operation: Operation) -> tuple[str, ...]:
    if operation.body != "patch":
        return MEDIA_TYPES if operation.custom else ("*/*",)
    common = (APPLY, JSON_PATCH, MERGE)
    return common if operation.custom else (*common, STRATEGIC)


def _operation_v3(operation: Operation) -> dict[str, Any]:
    out = _common(operation, V3)
    if operation.body:
        required = operation.body != "meta.v1.DeleteOptions"
        out["requestBody"] = {
            **({} if operation.custom and not required else {"required": required}),
            "content": {kind: {"schema": reference(operation.body, V3)} for kind in _body_types(operation)},
        }
    streams = operation.action in ("list", "watch", "watchlist") and not operation.custom
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
    out["consumes"] = list(_body_types(operation))
    out["produces"] = list(MEDIA_TYPES)
    out["schemes"] = ["https"]
    schema = {"schema": _content(operation.response, V2)}
    answers = {code: {"description": text, **schema} for code, text in _codes(operation).items()}
    out["responses"] = answers | {"401": {"description": "Unauthorized"}}
    return out
