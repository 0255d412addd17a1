"""Values that JSON has not, and what holds for all values: kinds, equality, order, sizes.

A CEL int is a Python int, a double a float, and so on; `Uint` is an int of its own class. Python takes True
for 1 and looks into containers by its own equality, so `equal` and `compare` are asked instead of `==` and
`<`.

Source: cel-go common/types (Compare, Equal, Size), cel-spec "Equality", "Ordering".
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from . import types
from .errors import EvaluationError
from .types import CelType

MIN_INT, MAX_INT = -(1 << 63), (1 << 63) - 1
MAX_UINT = (1 << 64) - 1
NANO = 1_000_000_000
MIN_SECONDS, MAX_SECONDS = -62135596800, 253402300799

Key = Any


class Uint(int):
    """An unsigned number; arithmetic checks its own range."""

    __slots__ = ()


class Duration:
    """Whole nanoseconds."""

    __slots__ = ("nanos",)

    def __init__(self, nanos: int) -> None:
        if not MIN_INT <= nanos <= MAX_INT:
            raise EvaluationError("duration overflow")
        self.nanos = nanos

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Duration) and other.nanos == self.nanos

    def __hash__(self) -> int:
        return hash(("duration", self.nanos))


class Timestamp:
    """Nanoseconds since 1970, UTC; `offset` are the seconds of the zone that it was written in."""

    __slots__ = ("nanos", "offset")

    def __init__(self, nanos: int, offset: int = 0) -> None:
        if not MIN_SECONDS <= nanos // NANO <= MAX_SECONDS:
            raise EvaluationError("timestamp overflow")
        self.nanos = nanos
        self.offset = offset

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timestamp) and other.nanos == self.nanos

    def __hash__(self) -> int:
        return hash(("timestamp", self.nanos))


class Optional:
    """A value that may be absent; `NONE` is the absent one."""

    __slots__ = ("present", "value")

    def __init__(self, value: Any, *, present: bool = True) -> None:
        self.value = value
        self.present = present

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Optional) or other.present != self.present:
            return False
        return not self.present or equal(self.value, other.value)

    __hash__ = None  # type: ignore[assignment]


class Unconvertible(Optional):
    """One whose value upstream loses on the way: it is present, but asking for it is an error."""

    __slots__ = ("_why",)

    def __init__(self, why: str) -> None:
        self._why = why
        self.present = True

    @property
    def value(self) -> Any:
        raise EvaluationError(self._why)


NONE = Optional(None, present=False)


class TypeValue:
    """A type as a value: what type() yields and names of types mean."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeValue) and other.name == self.name

    def __hash__(self) -> int:
        return hash(("type", self.name))


class Struct(dict[str, Any]):
    """A value of a struct type that an expression made (`Object{…}`, `JSONPatch{…}`)."""

    __slots__ = ("type",)

    def __init__(self, declared: CelType, fields: dict[str, Any]) -> None:
        super().__init__(fields)
        self.type = declared


class SetList(list[Any]):
    """A list of list-type set: equal in any order, and `+` adds what is new."""

    __slots__ = ()


class MapList(list[Any]):
    """A list of list-type map: items are told apart by `keys`, `+` replaces them."""

    __slots__ = ("keys",)

    def __init__(self, items: list[Any], keys: tuple[str, ...]) -> None:
        super().__init__(items)
        self.keys = keys


class Opaque:
    """Base of Kubernetes' own values. Subclasses set `cel_type` and compare by value."""

    __slots__ = ()
    cel_type: ClassVar[CelType]
    go_data: ClassVar[str] = ""
    """The Go type of what it wraps, where CEL cannot make a value of that again."""
    size = 1


_KINDS: dict[type, str] = {
    bool: "bool",
    int: "int",
    Uint: "uint",
    float: "double",
    str: "string",
    bytes: "bytes",
    type(None): "null_type",
    list: "list",
    SetList: "list",
    MapList: "list",
    dict: "map",
    Duration: types.DURATION.name,
    Timestamp: types.TIMESTAMP.name,
    Optional: "optional_type",
    TypeValue: "type",
}


def type_name(value: Any) -> str:
    """The name of the value's type at run time."""
    found = _KINDS.get(type(value))
    if found is not None:
        return found
    if isinstance(value, Struct):
        return value.type.name
    return str(value.cel_type)


_GO_TYPES = {
    "null_type": "types.Null",
    "google.protobuf.Timestamp": "types.Timestamp",
    "google.protobuf.Duration": "types.Duration",
    "type": "*types.Type",
    "optional_type": "*types.Optional",
    "list": "*types.baseList",
    "map": "*types.baseMap",
    "kubernetes.NamedFormat": "*cel.Format",
    **{name: f"types.{name.capitalize()}" for name in ("int", "uint", "double", "bool", "string", "bytes")},
}
"""What cel-go calls its values of a type."""


def go_name(value: Any) -> str:
    """The Go type of a value, for messages that print it."""
    name = type_name(value)
    return _GO_TYPES.get(name, f"cel.{name.rpartition('.')[2]}")


def equal(left: Any, right: Any) -> bool:
    """`==`: numbers by value across their kinds, everything else only within its kind."""
    kind = type(left)
    if kind is type(right) and kind in _PLAIN:
        return bool(left == right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        return _equal_lists(left, right)
    if isinstance(left, dict) and isinstance(right, dict):
        return _equal_maps(left, right)
    return bool(left == right)


_PLAIN = frozenset((str, int, bool, bytes, float, Uint, type(None)))


def _equal_lists(left: list[Any], right: list[Any]) -> bool:
    if len(left) != len(right):
        return False
    if isinstance(left, SetList) or isinstance(right, SetList):
        return all(contains(right, item) for item in left)
    keyed = left if isinstance(left, MapList) else right
    if isinstance(keyed, MapList):
        theirs = {identity(item, keyed.keys): item for item in right}
        return all(
            identity(item, keyed.keys) in theirs and equal(item, theirs[identity(item, keyed.keys)])
            for item in left
        )
    return all(map(equal, left, right))


def _equal_maps(left: dict[Key, Any], right: dict[Key, Any]) -> bool:
    if len(left) != len(right):
        return False
    return all(key in right and equal(value, right[key]) for key, value in left.items())


def identity(item: Any, keys: tuple[str, ...]) -> tuple[Any, ...]:
    """What tells an item of a list-type map apart."""
    return tuple(item.get(key) for key in keys) if isinstance(item, dict) else (id(item),)


def contains(items: list[Any], wanted: Any) -> bool:
    if type(wanted) is str:
        return wanted in items
    return any(equal(item, wanted) for item in items)


def compare(left: Any, right: Any) -> int:
    """-1, 0 or 1. Raises EvaluationError for kinds without an order between them."""
    a, b = _rank(left), _rank(right)
    if a[0] != b[0]:
        raise EvaluationError("no such overload")
    if a[1] != a[1] or b[1] != b[1]:
        raise EvaluationError("NaN values cannot be ordered")
    return int(a[1] > b[1]) - int(a[1] < b[1])


def _rank(value: Any) -> tuple[str, Any]:
    if isinstance(value, bool):
        return "bool", value
    if isinstance(value, int | float):
        return "number", value
    if isinstance(value, str):
        # Code points order as UTF-8 does, so Python's own order is Go's.
        return "string", value
    if isinstance(value, bytes):
        return "bytes", value
    if isinstance(value, Duration):
        return "duration", value.nanos
    if isinstance(value, Timestamp):
        return "timestamp", value.nanos
    raise EvaluationError("no such overload")


def size(value: Any) -> int:
    """Elements, letters or bytes; 1 for everything without a size."""
    if isinstance(value, str | bytes | list | dict):
        return len(value)
    if isinstance(value, Optional):
        return size(value.value) if value.present else 1
    if isinstance(value, Opaque):
        return value.size
    return 1


def check_int(value: int) -> int:
    if MIN_INT <= value <= MAX_INT:
        return value
    raise EvaluationError("integer overflow")


def check_uint(value: int) -> Uint:
    if 0 <= value <= MAX_UINT:
        return Uint(value)
    raise EvaluationError("unsigned integer overflow")


def whole(value: float) -> int:
    """A double cut to its whole part, within an int."""
    if math.isnan(value) or not -9.223372036854775e18 < value < 9.223372036854775e18:
        raise EvaluationError("integer overflow")
    return int(value)
