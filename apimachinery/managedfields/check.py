"""Whether a configuration fits its schema, in the words of structured-merge-diff."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..serializer import go_format
from . import memo, paths
from .shape import Kind, Shape, UntoldError


class Misfit(ValueError):  # noqa: N818
    """All problems of a configuration, joined."""


def fits(shape: Shape, value: Any, *, allow_duplicates: bool = False) -> None:
    """Misfit when it does not."""
    if not allow_duplicates and isinstance(value, dict):
        value = _unknown_parts(shape, value)
    found = _problems(shape, value, "", allow_duplicates)
    if len(found) == 1:
        raise Misfit(found[0])
    if found:
        raise Misfit("\n".join(["errors:", *("  " + text for text in found)]))


_memo: memo.Memo[bool] = memo.Memo()
"""Parts of objects that fit."""


def _unknown_parts(shape: Shape, value: dict[str, Any]) -> dict[str, Any]:
    """The fields that are not known to fit. Those that are found to, are remembered."""
    rest: dict[str, Any] = {}
    for name, part in value.items():
        known_by = memo.key(shape, name, shape.child(name)[1], part)
        if known_by is None:
            rest[name] = part
        elif not _memo.get(known_by):
            if _problems(shape, {name: part}, "", False):
                rest[name] = part
            else:
                _memo.put(known_by, True)
    return rest


def _say(path: str, message: str) -> list[str]:
    return [f"{path}: {message}" if path else message]


def _problems(shape: Shape, value: Any, path: str, allow_duplicates: bool) -> list[str]:
    if value is None:
        return []
    return _CHECKS[shape.atom](shape, value, path, allow_duplicates)


def _map(shape: Shape, value: Any, path: str, allow_duplicates: bool) -> list[str]:
    if not isinstance(value, dict):
        return _say(path, f"expected map, got {_wrapped(value)}")
    found: list[str] = []
    for name, item in value.items():
        if name not in shape.fields and shape.element is None:
            return found + _say(f"{path}.{name}", "field not declared in schema")
        found += _problems(shape.child(name)[1], item, f"{path}.{name}", allow_duplicates)
    return found


def _list(shape: Shape, value: Any, path: str, allow_duplicates: bool) -> list[str]:
    if not isinstance(value, list):
        return _say(path, f"expected list, got {_wrapped(value)}")
    found: list[str] = []
    seen: set[str] = set()
    for i, item in enumerate(value):
        shown = f"[{i}]"
        if shape.kind is not Kind.LEAF:
            try:
                element = shape.item_element(item)
            except UntoldError as error:
                return found + _say(path, f"element {i}: {error}")
            shown = paths.show_element(element)
            if element in seen and not allow_duplicates:
                found += _say(path, f"duplicate entries for key {shown}")
            seen.add(element)
        if shape.element is not None:
            found += _problems(shape.element, item, path + shown, allow_duplicates)
    return found


def _string(shape: Shape, value: Any, path: str, allow_duplicates: bool) -> list[str]:
    if isinstance(value, str):
        return []
    return _say(path, f"expected string, got &value.valueUnstructured{{Value:{_go_syntax(value)}}}")


def _numeric(shape: Shape, value: Any, path: str, allow_duplicates: bool) -> list[str]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return []
    return _say(path, f"expected numeric (int or float), got {_go_type(value)}")


def _boolean(shape: Shape, value: Any, path: str, allow_duplicates: bool) -> list[str]:
    return [] if isinstance(value, bool) else _say(path, f"expected boolean, got {_wrapped(value)}")


def _untyped(shape: Shape, value: Any, path: str, allow_duplicates: bool) -> list[str]:
    if not isinstance(value, dict | list):
        return []
    return _say(path, f"expected any scalar, got {_wrapped(value)}")


def _anything(shape: Shape, value: Any, path: str, allow_duplicates: bool) -> list[str]:
    return _map(shape, value, path, allow_duplicates) if shape.fields and isinstance(value, dict) else []


_CHECKS: dict[str, Callable[[Shape, Any, str, bool], list[str]]] = {
    "map": _map,
    "list": _list,
    "string": _string,
    "numeric": _numeric,
    "boolean": _boolean,
    "untyped": _untyped,
    "any": _anything,
}


def _wrapped(value: Any) -> str:
    """How Go prints the struct around a value."""
    return f"&{{{go_format.show(value)}}}"


def _go_type(value: Any) -> str:
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "bool"
    return "map[string]interface {}" if isinstance(value, dict) else "[]interface {}"


def _go_syntax(value: Any) -> str:
    """`%#v` of a value that is no string."""
    if isinstance(value, dict):
        pairs = (f"{paths.encode(key)}:{_go_literal(value[key])}" for key in sorted(value))
        return "map[string]interface {}{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[]interface {}{" + ", ".join(map(_go_literal, value)) + "}"
    return go_format.show(value)


def _go_literal(value: Any) -> str:
    if value is None:
        return "interface {}(nil)"
    return paths.show_value(value) if isinstance(value, str) else _go_syntax(value)
