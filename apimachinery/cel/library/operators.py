"""The operators: arithmetic with checked ranges, order, membership, indexing.

`_==_`, `_&&_`, `_||_` and `_?_:_` are declared here, and evaluated by the planner: they do not want their
arguments' errors.

Source: cel-go common/stdlib/standard.go, common/types.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from ..errors import EvaluationError
from ..functions import Function, Overload, over
from ..types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    INT,
    STRING,
    TIMESTAMP,
    UINT,
    CelType,
    list_of,
    map_of,
    optional_of,
    param,
)
from ..values import (
    NONE,
    Duration,
    MapList,
    Optional,
    SetList,
    Timestamp,
    Uint,
    check_int,
    check_uint,
    compare,
    contains,
    equal,
    go_name,
    identity,
    type_name,
)
from .convert import string_of_double, to_string

_A, _B = param("A"), param("B")
_LIST, _MAP = list_of(_A), map_of(_A, _B)


def no_overload(*_: Any) -> Any:
    raise EvaluationError("no such overload")


def add_lists(left: list[Any], right: list[Any]) -> list[Any]:
    if isinstance(left, SetList):
        return SetList([*left, *(item for item in right if not contains(left, item))])
    if isinstance(left, MapList):
        return _merged(left, right)
    return [*left, *right]


def _merged(left: MapList, right: list[Any]) -> MapList:
    places = {identity(item, left.keys): i for i, item in enumerate(left)}
    merged = list(left)
    for item in right:
        place = places.get(identity(item, left.keys))
        if place is None:
            merged.append(item)
        else:
            merged[place] = item
    return MapList(merged, left.keys)


def divide_ints(left: int, right: int) -> int:
    if right == 0:
        raise EvaluationError("division by zero")
    quotient = abs(left) // abs(right)
    return check_int(quotient if (left < 0) == (right < 0) else -quotient)


def modulo_ints(left: int, right: int) -> int:
    if right == 0:
        raise EvaluationError("modulus by zero")
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def _divide_uints(left: int, right: int) -> Uint:
    if right == 0:
        raise EvaluationError("division by zero")
    return Uint(left // right)


def _modulo_uints(left: int, right: int) -> Uint:
    if right == 0:
        raise EvaluationError("modulus by zero")
    return Uint(left % right)


def _divide_doubles(left: float, right: float) -> float:
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


def _ordering(name: str, word: str, test: Callable[[int], bool]) -> Function:
    def implement(left: Any, right: Any) -> bool:
        return test(compare(left, right))

    pairs: list[tuple[str, CelType, CelType]] = [
        ("bool", BOOL, BOOL),
        ("int64", INT, INT),
        ("int64_double", INT, DOUBLE),
        ("int64_uint64", INT, UINT),
        ("uint64", UINT, UINT),
        ("uint64_double", UINT, DOUBLE),
        ("uint64_int64", UINT, INT),
        ("double", DOUBLE, DOUBLE),
        ("double_int64", DOUBLE, INT),
        ("double_uint64", DOUBLE, UINT),
        ("string", STRING, STRING),
        ("bytes", BYTES, BYTES),
        ("timestamp", TIMESTAMP, TIMESTAMP),
        ("duration", DURATION, DURATION),
    ]
    quick = {"less": operator.lt, "less_equals": operator.le, "greater": operator.gt}.get(word, operator.ge)
    overloads: list[Overload] = []
    for kind, left, right in pairs:
        plain = kind in ("int64", "uint64", "string", "bytes", "bool")
        overloads.append(over(f"{word}_{kind}", (left, right), BOOL, quick if plain else implement))
    return Function(name, overloads)


def index_list(items: list[Any], index: Any) -> Any:
    if type(index) is not int:
        index = _whole_index(index)
    if 0 <= index < len(items):
        return items[index]
    raise EvaluationError(f"index out of bounds: {index}")


_BEYOND = 1 << 63
"""What no index is of, which is a signed number of 64 bits."""


def _whole_index(index: Any) -> int:
    if isinstance(index, bool) or not isinstance(index, int | float):
        raise EvaluationError(f"unsupported index type '{type_name(index)}' in list")
    if math.isfinite(index) and index == int(index) and -_BEYOND < index < _BEYOND:
        return int(index)
    shown = string_of_double(index) if isinstance(index, float) else index
    raise EvaluationError(f"unsupported index value {shown} in list")


def qualifier(index: Any) -> None:
    """EvaluationError for what nothing can be indexed by."""
    if not isinstance(index, str | int | float):
        raise EvaluationError(f"invalid qualifier type: {go_name(index)}")


def index_map(mapping: dict[Any, Any], key: Any) -> Any:
    if type(key) is not str:
        qualifier(key)
    try:
        return mapping[key]
    except KeyError:
        raise EvaluationError(f"no such key: {to_string(key)}") from None
    except TypeError:
        raise EvaluationError("no such overload") from None


def optional_index(holder: Any, key: Any) -> Any:
    if isinstance(holder, Optional):
        return optional_index(holder.value, key) if holder.present else NONE
    qualifier(key)
    try:
        return Optional(index_list(holder, key) if isinstance(holder, list) else index_map(holder, key))
    except EvaluationError:
        return NONE


def _index_optional(holder: Optional, key: Any) -> Any:
    return optional_index(holder, key)


def in_map(key: Any, mapping: dict[Any, Any]) -> bool:
    try:
        return key in mapping
    except TypeError:
        return False


_ADD = Function(
    "_+_",
    (
        over("add_bytes", (BYTES, BYTES), BYTES, operator.add),
        over("add_double", (DOUBLE, DOUBLE), DOUBLE, operator.add),
        over(
            "add_duration_duration",
            (DURATION, DURATION),
            DURATION,
            lambda a, b: Duration(a.nanos + b.nanos),
        ),
        over(
            "add_duration_timestamp",
            (DURATION, TIMESTAMP),
            TIMESTAMP,
            lambda a, b: Timestamp(a.nanos + b.nanos, b.offset),
        ),
        over(
            "add_timestamp_duration",
            (TIMESTAMP, DURATION),
            TIMESTAMP,
            lambda a, b: Timestamp(a.nanos + b.nanos, a.offset),
        ),
        over("add_int64", (INT, INT), INT, lambda a, b: check_int(a + b)),
        over("add_list", (_LIST, _LIST), _LIST, add_lists),
        over("add_string", (STRING, STRING), STRING, operator.add),
        over("add_uint64", (UINT, UINT), UINT, lambda a, b: check_uint(int(a) + int(b))),
    ),
)
_SUBTRACT = Function(
    "_-_",
    (
        over("subtract_double", (DOUBLE, DOUBLE), DOUBLE, operator.sub),
        over(
            "subtract_duration_duration",
            (DURATION, DURATION),
            DURATION,
            lambda a, b: Duration(a.nanos - b.nanos),
        ),
        over("subtract_int64", (INT, INT), INT, lambda a, b: check_int(a - b)),
        over(
            "subtract_timestamp_duration",
            (TIMESTAMP, DURATION),
            TIMESTAMP,
            lambda a, b: Timestamp(a.nanos - b.nanos, a.offset),
        ),
        over(
            "subtract_timestamp_timestamp",
            (TIMESTAMP, TIMESTAMP),
            DURATION,
            lambda a, b: Duration(a.nanos - b.nanos),
        ),
        over("subtract_uint64", (UINT, UINT), UINT, lambda a, b: check_uint(int(a) - int(b))),
    ),
)

FUNCTIONS = (
    Function("_?_:_", (over("conditional", (BOOL, _A, _A), _A, no_overload),)),
    Function("_&&_", (over("logical_and", (BOOL, BOOL), BOOL, no_overload),)),
    Function("_||_", (over("logical_or", (BOOL, BOOL), BOOL, no_overload),)),
    Function("!_", (over("logical_not", (BOOL,), BOOL, operator.not_),)),
    Function("@not_strictly_false", (over("not_strictly_false", (BOOL,), BOOL, no_overload),)),
    Function("_==_", (over("equals", (_A, _A), BOOL, equal),)),
    Function("_!=_", (over("not_equals", (_A, _A), BOOL, lambda a, b: not equal(a, b)),)),
    _ADD,
    Function(
        "_/_",
        (
            over("divide_double", (DOUBLE, DOUBLE), DOUBLE, _divide_doubles),
            over("divide_int64", (INT, INT), INT, divide_ints),
            over("divide_uint64", (UINT, UINT), UINT, _divide_uints),
        ),
    ),
    Function(
        "_%_",
        (
            over("modulo_int64", (INT, INT), INT, modulo_ints),
            over("modulo_uint64", (UINT, UINT), UINT, _modulo_uints),
        ),
    ),
    Function(
        "_*_",
        (
            over("multiply_double", (DOUBLE, DOUBLE), DOUBLE, operator.mul),
            over("multiply_int64", (INT, INT), INT, lambda a, b: check_int(a * b)),
            over("multiply_uint64", (UINT, UINT), UINT, lambda a, b: check_uint(int(a) * int(b))),
        ),
    ),
    Function(
        "-_",
        (
            over("negate_double", (DOUBLE,), DOUBLE, operator.neg),
            over("negate_int64", (INT,), INT, lambda a: check_int(-a)),
        ),
    ),
    _SUBTRACT,
    _ordering("_<_", "less", lambda order: order < 0),
    _ordering("_<=_", "less_equals", lambda order: order <= 0),
    _ordering("_>_", "greater", lambda order: order > 0),
    _ordering("_>=_", "greater_equals", lambda order: order >= 0),
    Function(
        "_[_]",
        (
            over("index_list", (_LIST, INT), _A, index_list),
            over("index_map", (_MAP, _A), _B, index_map),
            over("optional_list_index_int", (optional_of(_LIST), INT), optional_of(_A), _index_optional),
            over("optional_map_index_value", (optional_of(_MAP), _A), optional_of(_B), _index_optional),
        ),
    ),
    Function(
        "_[?_]",
        (
            over("list_optindex_optional_int", (_LIST, INT), optional_of(_A), optional_index),
            over(
                "optional_list_optindex_optional_int",
                (optional_of(_LIST), INT),
                optional_of(_A),
                optional_index,
            ),
            over("map_optindex_optional_value", (_MAP, _A), optional_of(_B), optional_index),
            over(
                "optional_map_optindex_optional_value",
                (optional_of(_MAP), _A),
                optional_of(_B),
                optional_index,
            ),
        ),
    ),
    Function(
        "@in",
        (
            over("in_list", (_A, _LIST), BOOL, lambda item, items: contains(items, item)),
            over("in_map", (_A, _MAP), BOOL, in_map),
        ),
    ),
    Function(
        "cel.@mapInsert",
        (
            over("@mapInsert_map_key_value", (_MAP, _A, _B), _MAP, lambda m, k, v: map_insert(m, {k: v})),
            over("@mapInsert_map_map", (_MAP, _MAP), _MAP, lambda m, other: map_insert(m, other)),
        ),
    ),
)


def map_insert(mapping: dict[Any, Any], more: dict[Any, Any]) -> dict[Any, Any]:
    for key in more:
        if key in mapping:
            raise EvaluationError(f"insert failed: key {to_string(key)} already exists")
    return {**mapping, **more}
