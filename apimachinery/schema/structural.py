"""Custom resources: nodes from an `openAPIV3Schema`, and pruning and defaulting by them.

A custom resource is kept as JSON: nothing is dropped or added but by the schema's own rules, unlike a
built-in kind. Only metadata is decoded as a built-in type. `value_validation` says whether values fit.

Source: apiextensions-apiserver pkg/apiserver/schema (structural schemas, pruning, defaulting, objectmeta).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import jsonio
from ..gvk import GroupVersionKind
from . import compile, strict  # noqa: A004 - the module's name is its activity
from .build import definition_node
from .node import MISSING, Node
from .scalars import Odd

Object = dict[str, Any]
Raw = dict[str, Any]

TYPE_META = ("apiVersion", "kind")
INT_OR_STRING = "x-kubernetes-int-or-string"
PRESERVE = "x-kubernetes-preserve-unknown-fields"
EMBEDDED = "x-kubernetes-embedded-resource"


def build(raw: Raw) -> Node:
    """The node of a structural schema (one that the CRD's own validation accepted)."""
    node = Node(_type(raw))
    node.raw = raw
    node.format = "int-or-string" if raw.get(INT_OR_STRING) else raw.get("format", "")
    node.default = raw.get("default", MISSING)
    node.nullable = bool(raw.get("nullable"))
    node.enum = tuple(raw.get("enum", ()))
    node.required = frozenset(raw.get("required", ()))
    node.description = raw.get("description", "")
    node.preserve_unknown = bool(raw.get(PRESERVE))
    node.embedded = bool(raw.get(EMBEDDED))
    node.list_type = raw.get("x-kubernetes-list-type", node.list_type)
    node.list_keys = tuple(raw.get("x-kubernetes-list-map-keys", ()))
    node.map_type = raw.get("x-kubernetes-map-type", node.map_type)
    if node.type == "map":
        more = raw["additionalProperties"]
        node.item = build(more) if isinstance(more, dict) else Node("object")
    elif node.type == "array":
        node.item = build(raw.get("items") or {PRESERVE: True})
    if node.type == "object":
        node.fields = {name: build(inner) for name, inner in (raw.get("properties") or {}).items()}
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
    """`registry.Schema` for one version of a custom resource. Immutable."""

    __slots__ = ("gvk", "root")

    def __init__(self, raw: Raw, gvk: GroupVersionKind) -> None:
        self.root = build_root(raw)
        self.gvk = gvk

    def decode(self, obj: Object, duplicates: Sequence[str] = (), source: bytes = b"") -> list[str]:
        """Types metadata and prunes the rest, in place; returns the duplicates and then the unknown fields.

        `source` is not needed: only metadata can be refused, and its numbers are whole. Raises DecodeError.
        """
        unknown: list[str] = []
        _prune(self.root, obj, "", unknown)
        return [*duplicates, *sorted(unknown)]

    def default(self, obj: Object) -> None:
        """Sets the schema's defaults; in place. A null that may not be there is defaulted or dropped."""
        _default(self.root, obj)


def _prune(node: Node, value: Any, path: str, unknown: list[str]) -> None:
    if isinstance(value, list) and node.item is not None and node.type == "array":
        for i, item in enumerate(value):
            _prune(node.item, item, f"{path}[{i}]", unknown)
    elif isinstance(value, dict) and node.type == "map" and node.item is not None:
        for name, item in value.items():
            _prune(node.item, item, f"{path}.{name}" if path else name, unknown)
    elif isinstance(value, dict) and node.type == "object":
        _prune_object(node, value, path, unknown)


def _prune_object(node: Node, value: Object, path: str, unknown: list[str]) -> None:
    for name in list(value):
        inner = f"{path}.{name}" if path else name
        field = node.fields.get(name)
        if node.embedded and name == "metadata":
            _decode_metadata(value, path, unknown)
        elif field is not None:
            _prune(field, value[name], inner, unknown)
        elif not node.preserve_unknown:
            del value[name]
            unknown.append(f'unknown field "{inner}"')


def _decode_metadata(value: Object, path: str, unknown: list[str]) -> None:
    """Makes `value["metadata"]` what ObjectMeta would be. Inside an object the error names the place."""
    node = definition_node("meta.v1.ObjectMeta")
    given = value["metadata"]
    if given is None:
        return
    try:
        value["metadata"] = compile.decoder(node)(given)
    except (Odd, RecursionError):
        try:
            careful, problems = strict.decode(node, given)
        except strict.DecodeError as error:
            if not path:
                raise
            shown = jsonio.dumps(given).decode()
            raise strict.DecodeError(f"{path}.metadata: Invalid value: {shown}: {error}") from None
        value["metadata"] = compile.decoder(node)(careful)
        prefix = f"{path}.metadata." if path else "metadata."
        unknown += [problem.replace('"', f'"{prefix}', 1) for problem in problems]


def _default(node: Node, value: Any) -> None:
    if isinstance(value, list) and node.type == "array" and node.item is not None:
        for i, item in enumerate(value):
            if _is_stray_null(node.item, item) and node.item.default is not MISSING:
                value[i] = jsonio.clone(node.item.default)
            _default(node.item, value[i])
    elif isinstance(value, dict) and node.type == "map" and node.item is not None:
        for name in list(value):
            _settle(node.item, value, name)
    elif isinstance(value, dict) and node.type == "object":
        for name, field in node.fields.items():
            if name in value or field.default is not MISSING:
                _settle(field, value, name)


def _settle(field: Node, value: Object, name: str) -> None:
    """Defaults one field of an object, or drops its null, and goes on below it."""
    if field.name:  # metadata, which is typed
        return
    if name not in value or _is_stray_null(field, value[name]):
        if field.default is MISSING:
            value.pop(name, None)
            return
        value[name] = jsonio.clone(field.default)
    _default(field, value[name])


def _is_stray_null(field: Node, value: Any) -> bool:
    return value is None and not field.nullable and field.raw is not None
