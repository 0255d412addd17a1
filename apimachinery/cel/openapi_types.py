"""The types of kinds as an OpenAPI v3 document describes them: for checking what policies say about them.

Source: k8s.io/apiserver/pkg/cel/openapi (adaptor, resolver).
"""

from __future__ import annotations

from typing import Any

from ..gvk import GroupVersionKind
from .schema_types import declare
from .types import CelType

Raw = dict[str, Any]

_REF = "#/components/schemas/"
_KINDS = "x-kubernetes-group-version-kind"


def type_of(document: Raw, gvk: GroupVersionKind) -> CelType | None:
    """The type of a kind's objects; None when the document does not describe it, or only by itself."""
    schemas: Raw = (document.get("components") or {}).get("schemas") or {}
    for schema in schemas.values():
        if any(_is(kind, gvk) for kind in schema.get(_KINDS) or ()):
            try:
                return declare(_resolved(schema, schemas, ()), root=True, name=gvk.kind)
            except _CyclicError:
                return None
    return None


class _CyclicError(Exception):
    """A schema contains itself: CEL has no type for that."""


def _is(kind: Raw, gvk: GroupVersionKind) -> bool:
    said = kind.get("group", ""), kind.get("version", ""), kind.get("kind", "")
    return said == (gvk.group, gvk.version, gvk.kind)


def _resolved(schema: Raw, schemas: Raw, above: tuple[str, ...]) -> Raw:
    """The schema with what it refers to in its place."""
    ref = schema.get("$ref")
    parts: list[Raw] = schema.get("allOf") or []
    if ref is None and len(parts) == 1:
        ref = parts[0].get("$ref")
    if ref is not None:
        name = ref.removeprefix(_REF)
        if name in above:
            raise _CyclicError
        return _resolved(schemas.get(name) or {}, schemas, (*above, name))
    made = dict(schema)
    if schema.get("format") == "int-or-string":
        made["x-kubernetes-int-or-string"] = True
    if "type" not in made and "oneOf" in made:
        made["type"] = "string"  # a Quantity, which the older document calls a string
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            made[key] = _resolved(schema[key], schemas, above)
    if "properties" in schema:
        made["properties"] = {
            name: _resolved(inner, schemas, above) for name, inner in schema["properties"].items()
        }
    return made
