"""Schema nodes as ownership sees them: what is one leaf, what is merged by key, what by value.

A shape is built once per node and shared; recursive schemas give recursive shapes.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from ..schema.node import MISSING, Node
from . import paths


class UntoldError(ValueError):
    """An item of a list that cannot be told apart from the others."""


class Kind(IntEnum):
    LEAF = 0
    """A scalar, or a list or map that is owned as a whole."""
    MAP = 1
    KEYED = 2
    """A list whose items are told apart by key fields."""
    SET = 3
    """A list whose items are told apart by their value."""
    DEDUCED = 4
    """Whatever JSON is there: maps are granular, lists and scalars leaves."""


class Shape:
    """`fields` maps a known field to its path element and shape; `element` is the shape of a map's values
    or a list's items. `zero` holds what Go writes for fields that are not set, so that a missing field
    equals its zero value. `atom` is map, list, string, numeric, boolean, untyped or any: what a value must
    be."""

    __slots__ = ("atom", "element", "fields", "key_defaults", "keys", "kind", "single", "zero")

    def __init__(self, kind: Kind, atom: str) -> None:
        self.kind = kind
        self.atom = atom
        self.fields: dict[str, tuple[str, Shape]] = {}
        self.element: Shape | None = None
        self.zero: dict[str, Any] = {}
        self.keys: tuple[str, ...] = ()
        self.key_defaults: dict[str, Any] = {}
        self.single: str | None = None
        """The beginning of an item's path element when there is one key."""

    def set_keys(self, keys: tuple[str, ...], defaults: dict[str, Any]) -> None:
        self.keys = keys
        self.key_defaults = defaults
        self.single = f'k:{{"{keys[0]}":' if len(keys) == 1 else None

    def child(self, name: str) -> tuple[str, Shape]:
        """Path element and shape of a map's member."""
        found = self.fields.get(name)
        return found if found is not None else ("f:" + name, self.element or ANY)

    def item_element(self, item: Any) -> str:
        """Path element of a list's item. UntoldError when it cannot be told apart."""
        if self.kind is Kind.SET:
            return _set_element(item)
        if item is None:
            raise UntoldError("associative list with keys may not have a null element")
        if not isinstance(item, dict):
            raise UntoldError("associative list with keys may not have non-map elements")
        if self.single is not None and self.keys[0] in item:
            return f"{self.single}{paths.encode_any(item[self.keys[0]])}}}"
        pairs = []
        for name in self.keys:
            value = item.get(name, MISSING)
            if value is MISSING:
                value = self.key_defaults.get(name, MISSING)
            if value is not MISSING:
                pairs.append((name, value))
        if not pairs:
            names = " ".join(f'"{name}"' for name in self.keys)
            raise UntoldError(
                f"associative list with keys has an element that omits all key fields [{names}] "
                "(and doesn't have default values for any key fields)"
            )
        return paths.key_element(sorted(pairs))


def _set_element(item: Any) -> str:
    if isinstance(item, dict):
        raise UntoldError("associative list without keys has an element that's a map type")
    if isinstance(item, list):
        raise UntoldError("not supported: associative list with lists as elements")
    if item is None:
        raise UntoldError("associative list without keys has an element that's an explicit null")
    return paths.value_element(item)


ANY = Shape(Kind.DEDUCED, "any")
_TEXT = Shape(Kind.LEAF, "string")

PLAIN_TEXT = ("", "byte")
"""Formats of texts that nothing but a text fits; any scalar fits the others."""

_SCALARS = {"string": "string", "integer": "numeric", "number": "numeric", "boolean": "boolean"}


def _object_meta() -> Shape:
    """metadata of objects whose schema leaves it open: lists and maps as in meta/v1 ObjectMeta."""
    meta = Shape(Kind.MAP, "map")
    meta.element = ANY
    texts = Shape(Kind.MAP, "map")
    texts.element = _TEXT
    finalizers = Shape(Kind.SET, "list")
    finalizers.element = _TEXT
    owners = Shape(Kind.KEYED, "list")
    owners.set_keys(("uid",), {})
    owners.element = Shape(Kind.LEAF, "map")
    owners.element.element = ANY
    for name, shape in {
        "annotations": texts,
        "labels": texts,
        "finalizers": finalizers,
        "ownerReferences": owners,
    }.items():
        meta.fields[name] = ("f:" + name, shape)
    return meta


OBJECT_META = _object_meta()


def of_object(node: Node | None) -> Shape:
    """The shape of a whole object. None (a custom resource without a schema) deduces everything but
    metadata."""
    if node is None:
        return _UNKNOWN
    if node.object_shape is None:
        node.object_shape = _whole(node)
    found: Shape = node.object_shape
    return found


def _whole(node: Node | None) -> Shape:
    shape = Shape(Kind.MAP, "map")
    if node is None:
        shape.element = ANY
    else:
        known = of(node)
        shape.fields = dict(known.fields)
        shape.element = known.element
        shape.zero = known.zero
    for name, field in (("apiVersion", _TEXT), ("kind", _TEXT)):
        shape.fields.setdefault(name, ("f:" + name, field))
    metadata = shape.fields.get("metadata")
    if metadata is None or not metadata[1].fields:
        shape.fields["metadata"] = ("f:metadata", OBJECT_META)
    return shape


_UNKNOWN = _whole(None)


def of(node: Node) -> Shape:
    known: Shape | None = node.shape
    if known is None:
        # Told before it is filled, so that a node inside itself finds the shape under construction.
        known = node.shape = Shape(_kind(node), _atom(node))
        _fill(known, node)
    return known


def _kind(node: Node) -> Kind:
    if _atom(node) == "map":
        return Kind.LEAF if node.map_type == "atomic" else Kind.MAP
    if node.type == "array":
        return {"map": Kind.KEYED, "set": Kind.SET}.get(node.list_type, Kind.LEAF)
    if _atom(node) == "any" and (node.preserve_unknown or node.format == "int-or-string"):
        return Kind.DEDUCED
    return Kind.LEAF


def _atom(node: Node) -> str:
    if node.type in ("object", "map") or (node.raw is not None and node.raw.get("type") == "object"):
        return "map"
    if node.type == "array":
        return "list"
    if node.type == "string" and node.format not in PLAIN_TEXT:
        # Schemas name no type for what may be a number or a text, so it may be anything.
        return "any" if node.format == "int-or-string" else "untyped"
    return _SCALARS.get(node.type, "any")


def _fill(shape: Shape, node: Node) -> None:
    for name, child in node.fields.items():
        shape.fields[name] = ("f:" + name, of(child))
    shape.zero = node.presence
    if node.item is not None:
        shape.element = ANY if _is_free(node) else of(node.item)
    elif _takes_unknown(node):
        shape.element = ANY
    if shape.kind is Kind.KEYED and node.item is not None:
        keys = tuple(node.list_keys)
        shape.set_keys(keys, _key_defaults(node.item, keys))


def _takes_unknown(node: Node) -> bool:
    """Whether an object without a schema for its members may hold any beside its fields."""
    if node.raw is not None:
        return node.loose or not node.fields
    return node.preserve_unknown or (node.type == "map" and not node.fields)


def _is_free(node: Node) -> bool:
    """Whether a custom resource's map may hold anything (`additionalProperties: true`)."""
    return node.raw is not None and node.raw.get("additionalProperties") is True


def _key_defaults(item: Node, keys: tuple[str, ...]) -> dict[str, Any]:
    """What a key is when an item leaves it out: the schema's default, or what Go writes for it."""
    out = {name: item.presence[name] for name in keys if item.presence.get(name) is not None}
    if item.fields.keys() == {"name"} == set(keys):
        out["name"] = ""  # LocalObjectReference: its only field may be left out
    for name in keys:
        field = item.fields.get(name)
        if field is not None and field.default is not MISSING:
            out[name] = field.default
    return out
