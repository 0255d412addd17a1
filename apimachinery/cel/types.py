"""CEL's types: values that compare by structure, and how messages name them.

Source: cel-go common/types/types.go, checker/format.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any


class CelType:
    """One type. `kind` is the family, `name` what scripts and messages see, `params` the element types.

    A `struct` looks its fields up in `fields`; `open` structs take any field as dyn. `max_size` bounds values
    of schema-declared types in elements (strings: bytes), `min_bytes` is the least they take as JSON; both
    serve only the price of rules and do not take part in equality. `wire` makes the CEL value of the JSON
    one, where they differ; `keys` are the JSON names of fields that are written otherwise in CEL. With
    `null_is_absent`, a field that is null is not there.
    """

    __slots__ = (
        "fields",
        "keys",
        "kind",
        "max_size",
        "min_bytes",
        "name",
        "null_is_absent",
        "open",
        "params",
        "wire",
    )

    def __init__(
        self,
        kind: str,
        name: str = "",
        params: Sequence[CelType] = (),
        fields: Mapping[str, CelType] | None = None,
        *,
        open_fields: bool = False,
        max_size: int | None = None,
        min_bytes: int = 0,
    ) -> None:
        self.kind = kind
        self.name = name or kind
        self.params = tuple(params)
        self.fields = fields
        self.open = open_fields
        self.max_size = max_size
        self.min_bytes = min_bytes
        self.keys: Mapping[str, str] = {}
        self.wire: Callable[[Any], Any] | None = None
        self.null_is_absent = False

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, CelType):
            return NotImplemented
        return self.kind == other.kind and self.name == other.name and self.params == other.params

    def __hash__(self) -> int:
        return hash((self.kind, self.name, self.params))

    def __str__(self) -> str:
        """What `type()` yields and the Kubernetes messages print."""
        if not self.params:
            return self.name
        return f"{self.name}({', '.join(map(str, self.params))})"

    def __repr__(self) -> str:
        return f"CelType({self})"

    def describe(self) -> str:
        """What the checker's messages print."""
        if self.kind in _DESCRIBED:
            return _DESCRIBED[self.kind]
        if not self.params:
            return self.name
        return f"{self.name}({', '.join(param.describe() for param in self.params)})"

    @property
    def loose(self) -> bool:
        """Nothing is checked against it."""
        return self.kind in ("dyn", "error")


_DESCRIBED = {
    "duration": "duration",
    "timestamp": "timestamp",
    "null": "null",
    "error": "!error!",
    "unspecified": "",
}

BOOL = CelType("bool")
INT = CelType("int")
UINT = CelType("uint")
DOUBLE = CelType("double")
STRING = CelType("string")
BYTES = CelType("bytes")
NULL = CelType("null", "null_type")
DYN = CelType("dyn")
ERROR = CelType("error")
UNSPECIFIED = CelType("unspecified")
"""The type of a field that a struct has not: the checker prints it as nothing."""
TIMESTAMP = CelType("timestamp", "google.protobuf.Timestamp")
DURATION = CelType("duration", "google.protobuf.Duration")
TYPE = CelType("type")

SCALARS = frozenset(("bool", "double", "duration", "int", "timestamp", "uint"))
"""Kinds whose values have one size whatever they hold."""


def list_of(element: CelType, *, max_size: int | None = None, min_bytes: int = 0) -> CelType:
    return CelType("list", params=(element,), max_size=max_size, min_bytes=min_bytes)


def map_of(key: CelType, value: CelType, *, max_size: int | None = None, min_bytes: int = 0) -> CelType:
    return CelType("map", params=(key, value), max_size=max_size, min_bytes=min_bytes)


def type_of(inner: CelType) -> CelType:
    return CelType("type", params=(inner,))


def optional_of(inner: CelType) -> CelType:
    return CelType("opaque", "optional_type", (inner,))


def opaque(name: str) -> CelType:
    return CelType("opaque", name)


def struct(name: str, fields: Mapping[str, CelType] | None = None, *, open_fields: bool = False) -> CelType:
    return CelType("struct", name, (), fields or {}, open_fields=open_fields)


def param(name: str) -> CelType:
    """A type variable of a function's declaration."""
    return CelType("param", name)


def unwrap_optional(declared: CelType) -> tuple[CelType, bool]:
    if declared.kind == "opaque" and declared.name == "optional_type":
        return declared.params[0], True
    return declared, False


URL = struct("kubernetes.URL")
QUANTITY = struct("kubernetes.Quantity")
SEMVER = struct("kubernetes.Semver")
FORMAT = struct("kubernetes.NamedFormat")
IP = opaque("net.IP")
CIDR = opaque("net.CIDR")
AUTHORIZER = struct("kubernetes.authorization.Authorizer")
PATH_CHECK = struct("kubernetes.authorization.PathCheck")
GROUP_CHECK = struct("kubernetes.authorization.GroupCheck")
RESOURCE_CHECK = struct("kubernetes.authorization.ResourceCheck")
DECISION = struct("kubernetes.authorization.Decision")
