"""Assembles the documents from operations and schemas and keeps their bytes.

What the server itself serves never changes. Custom kinds come and go: after `changed` their documents are put
together again when somebody asks, those of kinds that stayed as they were excepted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import orjson

from ....apimachinery import schema as schema_package
from ....apimachinery import version
from ...registry.resource import Resource
from . import protobuf
from .custom import ROOTS, CustomKind
from .operations import CUSTOM, TEXT, Operation, meta_operations, operations
from .render import document_of, paths
from .schemas import V2, V3, Dialect, Schema, closure, component, component_name

Kinds = Callable[[], Iterable[CustomKind]]


class _Group:
    """The operations of one document, and the custom kinds it describes. Parts are made when asked for."""

    def __init__(self, path: str, found: Sequence[Operation], kinds: Sequence[CustomKind] = ()) -> None:
        self.path = path
        self.operations = found
        self.kinds = tuple(kinds)

    def same(self, kinds: Sequence[CustomKind]) -> bool:
        return len(kinds) == len(self.kinds) and all(
            old.resource is new.resource and old.version is new.version
            for old, new in zip(self.kinds, kinds, strict=True)
        )

    @cached_property
    def hash(self) -> str:
        """A digest of what the document is built from, upper-case hexadecimal."""
        digest = hashlib.sha512(_tables_digest())
        for operation in self.operations:
            digest.update(repr(operation).encode())
        for kind in self.kinds:
            digest.update(orjson.dumps([kind.version.get(key) for key in ("schema", "selectableFields")]))
        return digest.hexdigest().upper()

    @cached_property
    def v3(self) -> bytes:
        parts = self.path.split("/")
        group_version = ("", parts[1]) if parts[0] == "api" and len(parts) == 2 else None
        if parts[0] == "apis" and len(parts) == 3:
            group_version = (parts[1], parts[2])
        custom = bool(self.kinds) and all(one.custom for one in self.operations)
        schemes = {} if custom else {"securitySchemes": {"BearerToken": _security()}}
        document = {
            "openapi": "3.0.0",
            "info": _info(custom),
            "paths": paths(self.operations, V3),
            "components": {"schemas": self.definitions(V3, group_version), **schemes},
        }
        return orjson.dumps(document)

    def definitions(
        self, dialect: Dialect, group_version: tuple[str, str] | None = None
    ) -> dict[str, Schema]:
        """Everything the operations refer to, by component name."""
        custom: dict[str, Schema] = {}
        for kind in self.kinds:
            custom |= kind.definitions(dialect)
        roots = {name for operation in self.operations for name in (operation.body, operation.response)}
        known = {name for name in roots - {"", TEXT} if not name.startswith(CUSTOM)}
        names = closure(known | set(ROOTS if custom else ()))
        found = {component_name(name): component(name, dialect, group_version) for name in names}
        return found | {component_name(name): schema for name, schema in custom.items()}

    @cached_property
    def swagger(self) -> Schema:
        """What the group adds to the document of version 2."""
        return {"paths": paths(self.operations, V2), "definitions": self.definitions(V2)}


class _Fragment:
    """A part of the version 2 document in both encodings, without what is in `known` already."""

    def __init__(self, swagger: Schema, known: Iterable[str] = ()) -> None:
        skipped = frozenset(known)
        own = {name: one for name, one in swagger["definitions"].items() if name not in skipped}
        self.names = swagger["definitions"].keys()
        self._swagger = {"paths": swagger["paths"], "definitions": own}

    @cached_property
    def paths(self) -> bytes:
        return orjson.dumps(self._swagger["paths"])[1:-1]

    @cached_property
    def definitions(self) -> bytes:
        return orjson.dumps(self._swagger["definitions"])[1:-1]

    @cached_property
    def protobuf(self) -> bytes:
        return protobuf.encode(self._swagger)


class OpenAPI:
    """The documents of a fixed set of resources and of the custom kinds that are served now."""

    def __init__(self, resources: Sequence[Resource], custom: Kinds = tuple) -> None:
        self._custom = custom
        fixed: dict[str, list[Operation]] = {}
        for operation in _all(tuple(resources)):
            fixed.setdefault(document_of(operation.path), []).append(operation)
        self._fixed = {path: _Group(path, found) for path, found in fixed.items()}
        self._added: dict[str, _Group] = {}
        self._fragments: dict[str, tuple[_Group, _Fragment]] = {}
        self._stale = True
        self._kept: dict[str, bytes] = {}
        self.foreign: dict[str, str] = {}
        """Documents that other servers answer for: path → `serverRelativeURL`. `changed` after a change."""
        self.foreign_v2: dict[str, Schema] = {}
        """What other servers add to version 2: name → a Swagger document."""

    def changed(self) -> None:
        """What is custom or foreign is not as it was."""
        self._stale = True
        self._kept.clear()

    def _groups(self) -> dict[str, _Group]:
        if self._stale:
            self._stale = False
            kinds: dict[str, list[CustomKind]] = {}
            for kind in self._custom():
                kinds.setdefault(f"apis/{kind.resource.group}/{kind.resource.version}", []).append(kind)
            self._added = {path: self._group(path, found) for path, found in kinds.items()}
            self._fragments = {path: kept for path, kept in self._fragments.items() if path in self._added}
        return self._fixed | self._added

    def _group(self, path: str, kinds: list[CustomKind]) -> _Group:
        old = self._added.get(path)
        if old is not None and old.same(kinds):
            return old
        found = [operation for kind in kinds for operation in operations(kind.resource)]
        beside = self._fixed[path].operations if path in self._fixed else ()
        return _Group(path, [*beside, *found], kinds)

    def v3_index(self) -> bytes:
        """The answer of `/openapi/v3`: where each document is, with a hash clients may cache it by."""
        if "index" not in self._kept:
            found = {
                path: _address(path, group.hash) for path, group in self._groups().items()
            } | self.foreign
            index = {path: {"serverRelativeURL": found[path]} for path in sorted(found)}
            self._kept["index"] = orjson.dumps({"paths": index})
        return self._kept["index"]

    def hash(self, path: str) -> str:
        """Changes whenever the document does. KeyError when there is none."""
        return self._groups()[path.strip("/")].hash

    def v3(self, path: str) -> bytes | None:
        """The document of `api/v1`, `apis/apps/v1`, …; None when there is none."""
        group = self._groups().get(path.strip("/"))
        return None if group is None else group.v3

    def address(self, path: str) -> str:
        """Where a document is, its hash included."""
        return _address(path.strip("/"), self.hash(path))

    def v2(self) -> bytes:
        """The whole API as one Swagger document."""
        if "v2" not in self._kept:
            parts = list(self._v2_parts())
            head = orjson.dumps(_swagger_head())[:-1]
            listed = b",".join(part.paths for part in parts if part.paths)
            defined = b",".join(part.definitions for part in parts if part.definitions)
            self._kept["v2"] = b'%b,"paths":{%b},"definitions":{%b}}' % (head, listed, defined)
        return self._kept["v2"]

    def v2_protobuf(self) -> bytes:
        """The same in gnostic's protobuf encoding, which client-go asks for."""
        if "v2.pb" not in self._kept:
            head = protobuf.encode(_swagger_head())
            self._kept["v2.pb"] = head + b"".join(part.protobuf for part in self._v2_parts())
        return self._kept["v2.pb"]

    def _v2_parts(self) -> Iterable[_Fragment]:
        yield self._base
        groups = self._groups()
        for path in self._added:
            group = groups[path]
            kept = self._fragments.get(path)
            if kept is None or kept[0] is not group:
                kept = self._fragments[path] = group, _Fragment(group.swagger, self._base.names)
            yield kept[1]
        for document in self.foreign_v2.values():
            yield _Fragment(document, self._base.names)

    @cached_property
    def _base(self) -> _Fragment:
        whole = _Group("", [operation for group in self._fixed.values() for operation in group.operations])
        return _Fragment(whole.swagger)


def documents(resources: Sequence[Resource], custom: Kinds = tuple) -> OpenAPI:
    """The documents of the given resources, and of the custom kinds a function gives."""
    return OpenAPI(resources, custom)


def _all(resources: tuple[Resource, ...]) -> Iterable[Operation]:
    yield from meta_operations(resources)
    for resource in resources:
        yield from operations(resource)


def _address(path: str, digest: str) -> str:
    return f"/openapi/v3/{path}?hash={digest}"


@cache
def _tables_digest() -> bytes:
    digest = hashlib.sha512(version.git_version().encode())
    for entry in sorted((files(schema_package) / "data").iterdir(), key=lambda item: item.name):
        digest.update(entry.read_bytes())
    return digest.digest()


def _info(custom: bool = False) -> dict[str, str]:
    if custom:
        return {"title": "Kubernetes CRD Swagger", "version": "v0.1.0"}
    return {"title": "Kubernetes", "version": version.KUBERNETES}


def _security() -> dict[str, str]:
    text = "Bearer Token authentication"
    return {"type": "apiKey", "name": "authorization", "in": "header", "description": text}


def _swagger_head() -> dict[str, Any]:
    return {
        "swagger": "2.0",
        "info": _info(),
        "securityDefinitions": {"BearerToken": _security()},
        "security": [{"BearerToken": []}],
    }
