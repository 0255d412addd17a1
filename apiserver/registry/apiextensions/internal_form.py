"""A definition as upstream holds it inside: what all versions have alike stands at the top, in Go's structs.

Errors have their paths from this form, and two of them show whole structs.

Source: apiextensions-apiserver pkg/apis/apiextensions (types) and v1/conversion.go.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from ....apimachinery import jsonio
from ..strategy import Object

PARTS = ("schema", "subresources", "additionalPrinterColumns", "selectableFields")


def shown(value: Any) -> str:
    return jsonio.as_go(orjson.dumps(value)).decode()


class Spec(NamedTuple):
    """`top` holds the parts that all versions share (absent parts are None), `versions` the rest."""

    top: Object
    versions: list[Object]

    def subresources(self, version: Object) -> Object | None:
        found: Object | None = version.get("subresources", self.top["subresources"])
        return found


def hoisted(spec: Object) -> Spec:
    versions = spec.get("versions") or []
    top: Object = dict.fromkeys(PARTS)
    if not versions:
        return Spec(top, [])
    first = versions[0]
    shared = [part for part in PARTS if all(v.get(part) == first.get(part) for v in versions)]
    top |= {part: first.get(part) for part in shared}
    return Spec(top, [{k: v for k, v in version.items() if k not in shared} for version in versions])


def versions_text(spec: Object, inside: Spec) -> str:
    """`spec.versions` as an error shows it."""
    given = spec.get("versions")
    if not given:
        return "null" if given is None else "[]"
    return shown([_version(version) for version in inside.versions])


def _version(version: Object) -> Object:
    schema = version.get("schema")
    columns, fields = version.get("additionalPrinterColumns"), version.get("selectableFields")
    return {
        "Name": version.get("name", ""),
        "Served": bool(version.get("served")),
        "Storage": bool(version.get("storage")),
        "Deprecated": bool(version.get("deprecated")),
        "DeprecationWarning": version.get("deprecationWarning"),
        "Schema": None if schema is None else {"OpenAPIV3Schema": _schema(schema.get("openAPIV3Schema"))},
        "Subresources": _subresources(version.get("subresources")),
        "AdditionalPrinterColumns": None if columns is None else [_column(column) for column in columns],
        "SelectableFields": None if fields is None else [{"JSONPath": f.get("jsonPath", "")} for f in fields],
    }


def _subresources(given: Object | None) -> Object | None:
    if given is None:
        return None
    scale = given.get("scale")
    return {
        "Status": None if given.get("status") is None else {},
        "Scale": None
        if scale is None
        else {
            "SpecReplicasPath": scale.get("specReplicasPath", ""),
            "StatusReplicasPath": scale.get("statusReplicasPath", ""),
            "LabelSelectorPath": scale.get("labelSelectorPath"),
        },
    }


def _column(column: Object) -> Object:
    return {
        "Name": column.get("name", ""),
        "Type": column.get("type", ""),
        "Format": column.get("format", ""),
        "Description": column.get("description", ""),
        "Priority": column.get("priority", 0),
        "JSONPath": column.get("jsonPath", ""),
    }


FIELDS: tuple[tuple[str, str, Any], ...] = (
    ("ID", "id", ""),
    ("Schema", "$schema", ""),
    ("Ref", "$ref", None),
    ("Description", "description", ""),
    ("Type", "type", ""),
    ("Nullable", "nullable", False),
    ("Format", "format", ""),
    ("Title", "title", ""),
    ("Default", "default", None),
    ("Maximum", "maximum", None),
    ("ExclusiveMaximum", "exclusiveMaximum", False),
    ("Minimum", "minimum", None),
    ("ExclusiveMinimum", "exclusiveMinimum", False),
    ("MaxLength", "maxLength", None),
    ("MinLength", "minLength", None),
    ("Pattern", "pattern", ""),
    ("MaxItems", "maxItems", None),
    ("MinItems", "minItems", None),
    ("UniqueItems", "uniqueItems", False),
    ("MultipleOf", "multipleOf", None),
    ("Enum", "enum", None),
    ("MaxProperties", "maxProperties", None),
    ("MinProperties", "minProperties", None),
    ("Required", "required", None),
    ("Items", "items", None),
    ("AllOf", "allOf", None),
    ("OneOf", "oneOf", None),
    ("AnyOf", "anyOf", None),
    ("Not", "not", None),
    ("Properties", "properties", None),
    ("AdditionalProperties", "additionalProperties", None),
    ("PatternProperties", "patternProperties", None),
    ("Dependencies", "dependencies", None),
    ("AdditionalItems", "additionalItems", None),
    ("Definitions", "definitions", None),
    ("ExternalDocs", "externalDocs", None),
    ("Example", "example", None),
    ("XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields", None),
    ("XEmbeddedResource", "x-kubernetes-embedded-resource", False),
    ("XIntOrString", "x-kubernetes-int-or-string", False),
    ("XListMapKeys", "x-kubernetes-list-map-keys", None),
    ("XListType", "x-kubernetes-list-type", None),
    ("XMapType", "x-kubernetes-map-type", None),
    ("XValidations", "x-kubernetes-validations", None),
)
"""Go's field, the keyword, and what the field is when the keyword is absent; in Go's order."""


def schema_text(schema: Object) -> str:
    """A schema as an error shows it."""
    return shown(_schema(schema))


def items_text(items: Any) -> str:
    return shown(_items(items))


def _schema(schema: Object | None) -> Object | None:
    if schema is None:
        return None
    out = {}
    for name, keyword, absent in FIELDS:
        value = schema.get(keyword)
        make = _MAKERS.get(keyword)
        out[name] = absent if value is None else make(value) if make else value
    return out


def _schemas(value: list[Object]) -> list[Object | None]:
    return [_schema(schema) for schema in value]


def _named(value: dict[str, Object]) -> Object:
    return {name: _schema(value[name]) for name in sorted(value)}


def _items(value: Any) -> Object:
    many = isinstance(value, list)
    return {"Schema": None if many else _schema(value), "JSONSchemas": _schemas(value) if many else None}


def _or_bool(value: Any) -> Object:
    if isinstance(value, bool):
        return {"Allows": value, "Schema": None}
    return {"Allows": True, "Schema": _schema(value)}


def _dependencies(value: Object) -> Object:
    return {
        name: {
            "Schema": _schema(one) if isinstance(one, dict) else None,
            "Property": one if isinstance(one, list) else None,
        }
        for name, one in sorted(value.items())
    }


def _docs(value: Object) -> Object:
    return {"Description": value.get("description", ""), "URL": value.get("url", "")}


RULE_FIELDS = (
    ("Rule", "rule", ""),
    ("Message", "message", ""),
    ("MessageExpression", "messageExpression", ""),
    ("Reason", "reason", None),
    ("FieldPath", "fieldPath", ""),
    ("OptionalOldSelf", "optionalOldSelf", None),
)


def _rules(value: list[Object]) -> list[Object]:
    return [{name: rule.get(key, absent) for name, key, absent in RULE_FIELDS} for rule in value]


_MAKERS: dict[str, Any] = {
    "items": _items,
    "allOf": _schemas,
    "oneOf": _schemas,
    "anyOf": _schemas,
    "not": _schema,
    "properties": _named,
    "additionalProperties": _or_bool,
    "patternProperties": _named,
    "dependencies": _dependencies,
    "additionalItems": _or_bool,
    "definitions": _named,
    "externalDocs": _docs,
    "x-kubernetes-validations": _rules,
}
