"""What cel-go says of a call whose arguments no overload takes: it depends on what the first one can do.

Source: cel-go interpreter/{interpretable,attributes}.go, common/stdlib, common/types (traits).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .errors import EvaluationError
from .library.convert import to_string
from .library.operators import index_list, qualifier
from .values import type_name

_RECEIVERS = frozenset(("string", "google.protobuf.Duration", "google.protobuf.Timestamp"))
_NUMBERS = frozenset(("int", "uint", "double"))
_ORDERED = _NUMBERS | {"bool", "bytes"}
_ABLE: dict[str, frozenset[str]] = {
    "_+_": _NUMBERS | {"bytes", "list"},
    **dict.fromkeys(("_-_", "_*_", "_/_"), _NUMBERS),
    "_%_": frozenset(("int", "uint")),
    "-_": frozenset(("int", "double", "bool")),
    **dict.fromkeys(("_<_", "_<=_", "_>_", "_>=_"), _ORDERED),
    "size": frozenset(("bytes", "list", "map")),
    "sort": frozenset(("list",)),
}
"""The kinds of first arguments that the function itself is asked with, and refuses without its name."""
_NAMELESS = ("contains", "endsWith", "startsWith", "matches", "find", "findAll")


def misfit(name: str, args: Sequence[Any]) -> EvaluationError:
    kinds = [type_name(arg) for arg in args]
    if name == "_[_]":
        return _not_indexed(args[0], args[1])
    if name in _ABLE:
        able = kinds[0] in _ABLE[name] or kinds[0] in _RECEIVERS
        return EvaluationError("no such overload" if able else f"no such overload: {name}")
    if name in _NAMELESS or name.startswith(("_", "!", "@")):
        return EvaluationError("no such overload")
    return EvaluationError(f"no such overload: {name}({', '.join(kinds)})")


def _not_indexed(holder: Any, index: Any) -> EvaluationError:
    try:
        qualifier(index)
        if isinstance(holder, list):
            index_list(holder, index)
    except EvaluationError as wrong:
        return wrong
    return EvaluationError(f"no such key: {to_string(index)}")
