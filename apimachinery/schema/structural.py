"""Custom resources: nodes from an `openAPIV3Schema`, and pruning and defaulting by them.

A custom resource is kept as JSON: nothing is dropped or added but by the schema's own rules, unlike a
built-in kind. Only metadata is decoded as a built-in type. `value_validation` says whether values fit.

Source: apiextensions-apiserver pkg/apiserver/schema (structural schemas, pruning, defaulting, objectmeta).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..gvk import GroupVersionKind
from .build import definition_node
from .defaulting import INT_OR_STRING, Apply, defaulter
from .node import MISSING, Node
from .pruning import EMBEDDED, META, PRESERVE, clean, decode_metadata, prune, settle_numbers

Object = dict[str, Any]
Raw = dict[str, Any]

TYPE_META = ("apiVersion", "kind")


def build(raw: Raw, loose: bool = False) -> Node:
    """The node of a structural schema (one that the CRD's own validation accepted). `loose` says that unknown
    fields are preserved somewhere above."""
    node = Node(_type(raw))
    node.raw = raw
    node.format = "int-or-string" if raw.get(INT_OR_STRING) else raw.get("format", "")
    node.default = raw.get("default", MISSING)
    node.nullable = bool(raw.get("nullable"))
    node.enum = tuple(raw.get("enum", ()))
    node.required = frozenset(raw.get("required", ()))
    node.description = raw.get("description", "")
    node.preserve_unknown = bool(raw.get(PRESERVE))
    node.loose = loose or node.preserve_unknown
    node.embedded = bool(raw.get(EMBEDDED))
    node.list_type = raw.get("x-kubernetes-list-type", node.list_type)
    node.list_keys = tuple(raw.get("x-kubernetes-list-map-keys", ()))
    node.map_type = raw.get("x-kubernetes-map-type", node.map_type)
    if node.type == "map":
        more = raw["additionalProperties"]
        node.item = build(more, node.loose) if isinstance(more, dict) else Node("object")
    elif node.type == "array":
        node.item = build(raw.get("items") or {PRESERVE: True}, node.loose)
    if node.type in ("object", "any"):
        node.fields = {
            name: build(inner, node.loose) for name, inner in (raw.get("properties") or {}).items()
        }
    inside = [*node.fields.values(), *([node.item] if node.item is not None else ())]
    node.has_embedded = node.embedded or any(inner.has_embedded for inner in inside)
    node.has_keyed = node.list_type in ("set", "map") or any(inner.has_keyed for inner in inside)
    if node.embedded and node.type == "object":
        _add_object_fields(node)
    return node


def _type(raw: Raw) -> str:
    if raw.get(INT_OR_STRING):
        return "string"
    declared = raw.get("type", "")
    if declared != "object":
        return declared or "any"
    if raw.get("properties") or raw.get(EMBEDDED):
        return "object"
    if raw.get("additionalProperties"):
        return "map"
    return "any" if raw.get(PRESERVE) else "object"


def _add_object_fields(node: Node) -> None:
    for name in TYPE_META:
        node.fields.setdefault(name, Node("string"))
    node.fields["metadata"] = definition_node("meta.v1.ObjectMeta")


def build_root(raw: Raw) -> Node:
    """The node of a whole custom resource: the schema with apiVersion, kind and metadata."""
    node = build({**raw, "type": "object", EMBEDDED: True})
    node.raw = raw
    return node


class CustomSchema:
    """`registry.Schema` for one version of a custom resource. Immutable; compiled as it is used."""

    __slots__ = ("_clean", "_default", "_default_merged", "gvk", "raw", "root")

    def __init__(self, raw: Raw, gvk: GroupVersionKind) -> None:
        self.raw = raw
        self.root = build_root(raw)
        self.gvk = gvk
        typed: dict[str, Raw] = {name: {} for name in META}
        self._clean = clean({**raw, "properties": {**(raw.get("properties") or {}), **typed}})
        self._default = defaulter(raw)
        self._default_merged: Apply | None = None

    def decode(self, obj: Object, duplicates: Sequence[str] = (), source: bytes = b"") -> list[str]:
        """Types metadata and prunes the rest, in place; returns the duplicates and then the unknown fields.

        `source` is the JSON text the object came from: it lets errors quote numbers. Raises DecodeError.
        """
        meta = obj.pop("metadata", None)
        try:
            known = self._clean(obj)
            if not known:
                settle_numbers(obj, source)
        finally:
            if meta is not None:
                obj["metadata"] = meta
        unknown = decode_metadata(obj) if meta is not None else []
        if not known:
            unknown += prune(self.raw, obj, root=True)
        return [*duplicates, *unknown]

    def default(self, obj: Object) -> None:
        """Sets the schema's defaults; in place. A null that may not be there is defaulted or dropped."""
        self._default(obj)

    def default_merged(self, obj: Object) -> None:
        """The same for what a configuration was merged into: typed nulls stay, to be refused."""
        if self._default_merged is None:
            self._default_merged = defaulter(self.raw, keep=True)
        self._default_merged(obj)
