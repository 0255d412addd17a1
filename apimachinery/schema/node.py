"""One position of a structural schema. Nodes are shared between kinds and immutable once built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


class GoField(NamedTuple):
    """How Go's encoding/json treats one field of a struct; the order of fields is the order of output."""

    name: str
    node: Node
    pointer: bool
    omit_empty: bool
    omit_zero: bool
    embedded: str = ""
    """The embedded structs the field is promoted from (`VolumeSource`), named in decoding errors."""


class Node:
    """The schema of one value.

    `type` is one of object (known `fields`), map (any key, `item` values), array (`item` elements), string,
    integer, number, boolean, any (whatever JSON: RawExtension, JSON, preserve-unknown without fields).
    `format` refines it: int32, int64, double, quantity, int-or-string, time, micro-time, byte; raw, json or
    fields for an `any`; schema-or-array, schema-or-bool, schema-or-strings (apiextensions' unions, with the
    schema as `item`); or an OpenAPI format of a custom resource.
    `list_type` is atomic, set or map (with `list_keys`); `map_type` is granular or atomic.
    """

    __slots__ = (
        "below",
        "check",
        "default",
        "description",
        "embedded",
        "enum",
        "fields",
        "format",
        "go_type",
        "has_embedded",
        "has_keyed",
        "item",
        "layout",
        "list_keys",
        "list_type",
        "loose",
        "map_type",
        "merge_key",
        "merge_strategy",
        "name",
        "nullable",
        "object_shape",
        "presence",
        "preserve_unknown",
        "raw",
        "required",
        "shape",
        "type",
    )

    def __init__(self, type: str) -> None:  # noqa: A002
        self.type = type
        self.format = ""
        self.name = ""
        """Definition name (`io.k8s.api.core.v1.Container`), empty for inline schemas."""
        self.go_type = ""
        """The Go type as decoding errors print it: `v1.Container`, `[]v1.Container`, `string`, `int32`."""
        self.fields: dict[str, Node] = {}
        self.layout: tuple[GoField, ...] = ()
        """A built-in struct's fields as Go encodes them; empty for custom resources."""
        self.item: Node | None = None
        self.required: frozenset[str] = frozenset()
        self.presence: dict[str, Any] = {}
        """Fields of an object that Go always writes, with their zero value ({} for a struct)."""
        self.list_type = "atomic"
        self.list_keys: tuple[str, ...] = ()
        self.map_type = "granular"
        self.merge_strategy: frozenset[str] = frozenset()
        """Strategic merge: merge, replace, retainKeys."""
        self.merge_key = ""
        self.enum: tuple[Any, ...] = ()
        self.default: Any = MISSING
        self.below: dict[str, Any] = {}
        """Defaults that only this kind sets in a field's object: `spec.enableServiceLinks` → value."""
        self.nullable = False
        self.preserve_unknown = False
        self.loose = False
        """Whether a custom resource's unknown fields are preserved here or anywhere above."""
        self.embedded = False
        self.has_embedded = False
        """Whether an embedded resource may be here or below."""
        self.has_keyed = False
        """Whether a list that is a set or a map may be here or below (custom resources only)."""
        self.description = ""
        self.check: Callable[[Any], object] | None = None
        """What `fits` compiled from `raw`."""
        self.raw: dict[str, Any] | None = None
        """A custom resource's own OpenAPI for this position, for the keywords a Node has no slot for."""
        self.shape: Any = None
        self.object_shape: Any = None
        """What ownership sees in it (`managedfields/shape.py`), as a part and as a whole object, once asked.
        Kept nowhere else, so that it goes with the schema of a custom resource."""
