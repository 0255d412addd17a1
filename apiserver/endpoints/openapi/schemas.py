"""Definitions of built-in types as OpenAPI schemas, in the dialects of versions 2 and 3.

Version 3 shows what a Go zero value would be as `default` and wraps the `$ref` of a property in `allOf` (it
may have siblings there); version 2 has neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import orjson

from ....apimachinery import schema as schema_package
from ....apimachinery import version
from ....apimachinery.schema import facts
from ....apimachinery.schema.build import full_name

Schema = dict[str, Any]

MACHINERY = "io.k8s.apimachinery.pkg."
META = MACHINERY + "apis.meta.v1."
EXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1."
COMPONENTS = {
    "quantity": MACHINERY + "api.resource.Quantity",
    "int-or-string": MACHINERY + "util.intstr.IntOrString",
    "raw": MACHINERY + "runtime.RawExtension",
    "time": META + "Time",
    "micro-time": META + "MicroTime",
    "fields": META + "FieldsV1",
    "patch": META + "Patch",
    "version": MACHINERY + "version.Info",
    "json": EXTENSIONS + "JSON",
    "schema-or-array": EXTENSIONS + "JSONSchemaPropsOrArray",
    "schema-or-bool": EXTENSIONS + "JSONSchemaPropsOrBool",
    "schema-or-strings": EXTENSIONS + "JSONSchemaPropsOrStringArray",
}
"""Types with a component of their own that are no structs of fields."""
SCALARS: dict[str, Schema] = {
    "string": {"type": "string"},
    "bool": {"type": "boolean"},
    "int32": {"type": "integer", "format": "int32"},
    "int64": {"type": "integer", "format": "int64"},
    "double": {"type": "number", "format": "double"},
    "byte": {"type": "string", "format": "byte"},
    "any": {"type": "object"},
}
ZEROES: dict[str, Any] = {"string": "", "bool": False, "int32": 0, "int64": 0, "double": 0}
_DEFINITION = re.compile(r"[a-z]\w*\.v\d\w*\.[A-Z]\w*")


class Dialect(NamedTuple):
    prefix: str
    v3: bool


V2 = Dialect("#/definitions/", False)
V3 = Dialect("#/components/schemas/", True)


@cache
def _descriptions() -> dict[str, str]:
    """Type (`Pod`, `core.v1.Event` where a name is taken twice, `*` for any) or `Type.field` → text."""
    text = (files(schema_package) / "data" / "descriptions.txt").read_text()
    lines = (line.partition(": ") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: description for name, _, description in lines}


@cache
def _published() -> dict[str, dict[str, Any]]:
    """Definition → field → default shown to clients."""
    data = files(schema_package) / "data" / "published_defaults.json"
    table: dict[str, dict[str, Any]] = orjson.loads(data.read_bytes())
    return table


@cache
def _enumerations() -> dict[str, list[str]]:
    """`core.v1.PodSpec.restartPolicy` → the values it may have, in order."""
    text = (files(schema_package) / "data" / "enums.txt").read_text()
    lines = (line.partition(": ") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: values.split("|") for name, _, values in lines}


def description(definition: str, field: str = "") -> str:
    """Our text for a definition such as `core.v1.Pod` or one of its fields; empty when there is none."""
    table, suffix = _descriptions(), f".{field}" if field else ""
    owners = (definition, definition.rpartition(".")[2], "*")
    return next((text for owner in owners if (text := table.get(owner + suffix))), "")


def references(expression: str) -> Iterable[str]:
    """Definitions and special types that a type expression names."""
    if found := _DEFINITION.search(expression):
        yield found.group()
    base = expression.rpartition("]")[2]
    if base in COMPONENTS:
        yield base


def closure(roots: Iterable[str]) -> list[str]:
    """Everything reachable from `roots`, sorted."""
    structure = facts.load().structure
    seen: set[str] = set()
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        for given in structure.get(name, {}).get("fields", {}).values():
            todo += references(given if isinstance(given, str) else given["type"])
        if name.startswith("schema-or-"):
            todo.append("apiextensions.v1.JSONSchemaProps")
    return sorted(seen)


def component_name(name: str) -> str:
    """The full name of a definition or special type; a custom kind's has it already, after its mark."""
    _, custom, model = name.partition(":")
    return model if custom else COMPONENTS.get(name) or full_name(name)


def reference(name: str, dialect: Dialect) -> Schema:
    return {"$ref": dialect.prefix + component_name(name)}


def component(name: str, dialect: Dialect, group_version: tuple[str, str] | None = None) -> Schema:
    """The schema of a definition or special type. `group_version` narrows what is registered everywhere."""
    if name in COMPONENTS:
        return _special(name, dialect)
    structure = facts.load().structure[name]
    out: Schema = {"type": "object"}
    if text := description(name):
        out["description"] = text
    layout = facts.load().layout(name)
    fields = structure["fields"]
    properties = {line.field: _property(name, line, fields[line.field], dialect) for line in layout}
    if properties:
        out["properties"] = dict(sorted(properties.items()))
    if "required" in structure:
        out["required"] = [line.field for line in layout if line.field in structure["required"]]
    if kinds := _kinds(structure, group_version):
        out["x-kubernetes-group-version-kind"] = kinds
    if "map" in structure:
        out["x-kubernetes-map-type"] = structure["map"]
    if "unions" in structure:
        out["x-kubernetes-unions"] = structure["unions"]
    return out


def _kinds(structure: dict[str, Any], group_version: tuple[str, str] | None) -> list[dict[str, str]]:
    kinds = structure.get("kinds", [])
    if group_version is not None and len(kinds) > 1 and kinds[0][2] in ("DeleteOptions", "WatchEvent"):
        kinds = [k for k in kinds if (k[0], k[1]) in (group_version, ("", "v1"))]
    return [{"group": group, "kind": kind, "version": version} for group, version, kind in kinds]


def _special(name: str, dialect: Dialect) -> Schema:
    if name in ("quantity", "int-or-string"):
        form = {"format": name} if name == "int-or-string" else {}
        if not dialect.v3:
            return {"type": "string", **form}
        return {"oneOf": [{"type": "integer" if form else "number"}, {"type": "string"}], **form}
    if name in ("time", "micro-time"):
        return {"type": "string", "format": "date-time"}
    if name == "version":
        fields = {field: {"type": "string"} for field in sorted(version.info())}
        return {"type": "object", "properties": fields}
    return {"type": "object"} if name in ("raw", "fields", "patch") else {}


def _property(definition: str, line: facts.Layout, given: Any, dialect: Dialect) -> Schema:
    more: dict[str, Any] = {} if isinstance(given, str) else given
    expression: str = more["type"] if more else given
    siblings: Schema = {}
    if text := description(definition, line.field):
        siblings["description"] = text
    if dialect.v3:
        siblings |= _default(definition, line, expression)
    for key, extension in EXTENSION_NAMES.items():
        if key in more:
            siblings[extension] = more[key]
    if "strategy" in more:
        siblings["x-kubernetes-patch-strategy"] = ",".join(more["strategy"])
    schema = type_schema(expression, dialect)
    if options := _enumerations().get(f"{definition}.{line.field}"):
        schema.get("items", schema)["enum"] = options
    if dialect.v3 and "$ref" in schema:
        return {"allOf": [schema], **siblings}
    return {**schema, **siblings}


EXTENSION_NAMES = {
    "list": "x-kubernetes-list-type",
    "keys": "x-kubernetes-list-map-keys",
    "merge": "x-kubernetes-patch-merge-key",
    "map": "x-kubernetes-map-type",
}


def _default(definition: str, line: facts.Layout, expression: str) -> Schema:
    published = _published().get(definition, {})
    if line.field in published:
        return {"default": published[line.field]}
    if line.pointer:
        return {}
    if expression in facts.load().structure:
        return {"default": {}}
    return {"default": ZEROES[expression]} if expression in ZEROES and not line.omit_empty else {}


def type_schema(expression: str, dialect: Dialect) -> Schema:
    """The schema of a type expression (`[]core.v1.Container`, `map[string]quantity`, `int32`)."""
    if expression.startswith("[]"):
        return {"type": "array", "items": _element(expression[2:], dialect)}
    if expression.startswith("map[string]"):
        return {"type": "object", "additionalProperties": _element(expression[11:], dialect)}
    return dict(SCALARS[expression]) if expression in SCALARS else reference(expression, dialect)


def _element(expression: str, dialect: Dialect) -> Schema:
    schema = type_schema(expression, dialect)
    if dialect.v3 and expression in ZEROES:
        schema["default"] = ZEROES[expression]
    return schema
