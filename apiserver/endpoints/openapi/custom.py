"""The schemas of custom kinds in the documents, in the dialects of versions 2 and 3.

Version 2 leaves out what it cannot say or what old clients choke on: logic, defaults, types of nullable
values, the inside of whatever preserves unknown fields.

Source: apiextensions-apiserver pkg/controller/openapi: builder, v2/conversion.go; schema/unfold.go.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ....apimachinery.schema.defaulting import INT_OR_STRING
from ....apimachinery.schema.pruning import EMBEDDED, PRESERVE
from ...registry.resource import Resource
from .operations import model_name
from .schemas import Dialect, Schema, description, reference

OBJECT_META, LIST_META = "meta.v1.ObjectMeta", "meta.v1.ListMeta"
ROOTS = (OBJECT_META, LIST_META)
"""Definitions that every custom kind refers to."""
KINDS, SELECTABLE = "x-kubernetes-group-version-kind", "x-kubernetes-selectable-fields"
EITHER: list[Schema] = [{"type": "integer"}, {"type": "string"}]
METADATA = "Standard object's metadata: its name, labels, owners and life."
"""In the words that upstream's conformance tests look for, as `APIVersion defines` in the tables."""
LOGIC = ("allOf", "oneOf", "anyOf", "not")


class CustomKind(NamedTuple):
    resource: Resource
    version: dict[str, Any]
    """The version as its definition spells it: `schema`, `selectableFields`."""

    def definitions(self, dialect: Dialect) -> dict[str, Schema]:
        """The schemas of the kind and its list, by the names operations use."""
        resource = self.resource
        kind, many = resource.kind, resource.list_kind or f"{resource.kind}List"
        names = [model_name(resource.group, resource.version, name) for name in (kind, many)]
        return {
            names[0]: {**self._object(dialect), **self._extensions(kind)},
            names[1]: {**self._list(names[0], many, dialect), **self._extensions(many)},
        }

    def _extensions(self, kind: str) -> Schema:
        resource = self.resource
        out: Schema = {KINDS: [{"group": resource.group, "kind": kind, "version": resource.version}]}
        if fields := self.version.get("selectableFields"):
            out[SELECTABLE] = [{"fieldPath": one["jsonPath"].removeprefix(".")} for one in fields]
        return out

    def _object(self, dialect: Dialect) -> Schema:
        raw = (self.version.get("schema") or {}).get("openAPIV3Schema")
        if raw is None or (not dialect.v3 and raw.get(PRESERVE)):
            # With any property of its own, kubectl would take the others for unknown.
            return {"type": "object"}
        out = _converted(raw, dialect)
        out["properties"] = {**(out.get("properties") or {}), **_meta_fields(OBJECT_META, dialect)}
        return out

    def _list(self, item: str, kind: str, dialect: Dialect) -> Schema:
        more = "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md"
        items = {
            "type": "array",
            "items": reference(item, dialect),
            "description": f"List of {self.resource.plural}. More info: {more}",
        }
        return {
            "type": "object",
            "description": f"{kind} is a list of {self.resource.kind}",
            "required": ["items"],
            "properties": {"items": items, **_meta_fields(LIST_META, dialect)},
        }


def _meta_fields(metadata: str, dialect: Dialect) -> dict[str, Schema]:
    """The fields that every object has."""
    fields: dict[str, Schema] = {
        name: {"type": "string", "description": description("*", name)} for name in ("apiVersion", "kind")
    }
    link = reference(metadata, dialect)
    linked: Schema = {"allOf": [link]} if dialect.v3 else dict(link)
    return {**fields, "metadata": {**linked, "description": METADATA}}


def _converted(raw: Schema, dialect: Dialect) -> Schema:
    """One position of a schema with everything inside."""
    out = dict(raw)
    if out.get("items") is None:
        out.pop("items", None)  # an empty list of items is stored as null
    if raw.get(INT_OR_STRING):
        _unfold(out)
    if not dialect.v3:
        _reduce(out)
    if out.get("properties"):
        out["properties"] = {name: _converted(inner, dialect) for name, inner in out["properties"].items()}
    for keyword in ("items", "additionalProperties"):
        if isinstance(out.get(keyword), dict):
            out[keyword] = _converted(out[keyword], dialect)
    if out.get(EMBEDDED) and (dialect.v3 or not out.get(PRESERVE)):
        out["properties"] = {**(out.get("properties") or {}), **_meta_fields(OBJECT_META, dialect)}
        required = out.get("required") or []
        out["required"] = [*required, *(name for name in ("kind", "apiVersion") if name not in required)]
    return out


def _unfold(out: Schema) -> None:
    """Says in words of OpenAPI that an int-or-string is either."""
    if out.get("anyOf") == EITHER or (out.get("allOf") or [{}])[0].get("anyOf") == EITHER:
        return
    if out.get("anyOf"):
        out["allOf"] = [{"anyOf": EITHER}, *(out.get("allOf") or ())]
    else:
        out["anyOf"] = EITHER


def _reduce(out: Schema) -> None:
    """Takes out what version 2 or its readers cannot bear, and defaults, which it has none of."""
    for keyword in (*LOGIC, "default"):
        out.pop(keyword, None)
    kind, properties = out.get("type"), out.get("properties") or {}
    nullable = out.pop("nullable", False)
    if nullable or out.get(PRESERVE):
        out.pop("items", None)
        out.pop("properties", None)
    if nullable or (kind == "array" and out.get("items") is None) or (kind == "object" and out.get(PRESERVE)):
        out.pop("type", None)
    rest = out.get("additionalProperties")
    kept = [name for name in out.get("required") or () if not properties.get(name, {}).get("nullable")]
    if isinstance(rest, dict) and rest.get("nullable"):
        kept = []
    out.pop("required", None)
    if kept:
        out["required"] = kept
