"""The checks of Go's unstructured converter, which strategic merge patches go through, not a JSON decoder.

Its errors carry no field, it visits fields in the struct's order, and it reports unknown fields sorted by
text.

Source: apimachinery pkg/runtime/converter.go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..field import quote
from . import gobase64, strict
from .node import Node
from .strict import DecodeError

_GO_KINDS = {bool: "bool", str: "string", int: "int64", float: "float64", list: "slice", dict: "map"}
_BITS = {"int32": 32, "int64": 64}
_SELF_DECODING = frozenset({"quantity", "int-or-string", "time", "micro-time"})


def restore(root: Node, obj: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A copy of `obj` that decodes without a question, and the unknown fields. Raises DecodeError."""
    walk = _Walk()
    out = walk.value(root, obj, "")
    return out, sorted(walk.problems)


class _Walk:
    def __init__(self) -> None:
        self.problems: list[str] = []

    def value(self, node: Node, value: Any, path: str) -> Any:
        if node.format in _SELF_DECODING or node.type == "any":
            return self.own(node, value)
        return _BY_TYPE[node.type](self, node, value, path)

    def own(self, node: Node, value: Any) -> Any:
        """A type with a JSON method of its own."""
        out, _ = strict.decode(node, value)
        return out

    def struct(self, node: Node, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise DecodeError(f"cannot restore struct from: {_GO_KINDS[type(value)]}")
        out = {}
        for field in node.layout:
            item = value.get(field.name)
            if item is not None:
                inner = f"{path}.{field.name}" if path else field.name
                out[field.name] = self.value(field.node, item, inner)
        for name in value.keys() - node.fields.keys():
            where = f"{path}.{name}" if path else name
            self.problems.append(f"unknown field {quote(where)}")
        return out

    def map(self, node: Node, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise DecodeError(f"cannot restore map from {_GO_KINDS[type(value)]}")
        assert node.item is not None
        return {key: None if v is None else self.value(node.item, v, path) for key, v in value.items()}

    def array(self, node: Node, value: Any, path: str) -> Any:
        if not isinstance(value, list):
            raise DecodeError(f"cannot restore slice from {_GO_KINDS[type(value)]}")
        item = node.item
        assert item is not None
        return [None if v is None else self.value(item, v, f"{path}[{i}]") for i, v in enumerate(value)]

    def string(self, node: Node, value: Any, path: str) -> Any:
        if node.format == "byte":
            return self.bytes(value)
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool) and -(1 << 63) <= value < 1 << 63:
            raise DecodeError(f"cannot convert int64 to {node.go_type}")
        raise DecodeError("unrecognized type: string")

    def bytes(self, value: Any) -> str:
        if not isinstance(value, str):
            raise DecodeError(f"cannot restore slice from {_GO_KINDS[type(value)]}")
        try:
            return gobase64.canonical(value)
        except ValueError as fault:
            raise DecodeError(f"error decoding from json: {fault}") from None

    def boolean(self, node: Node, value: Any, path: str) -> Any:
        if not isinstance(value, bool):
            raise DecodeError("unrecognized type: bool")
        return value

    def integer(self, node: Node, value: Any, path: str) -> Any:
        """Go converts without a check: what is too large wraps around."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise DecodeError(f"unrecognized type: {node.format}")
        if isinstance(value, float) and not value.is_integer():
            raise DecodeError(f"cannot convert float64 to {node.go_type}")
        half = 1 << _BITS[node.format] - 1
        if not -(1 << 63) <= value < 1 << 63:
            value = -(1 << 63)  # what the processor makes of it
        return (int(value) + half) % (2 * half) - half

    def double(self, node: Node, value: Any, path: str) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise DecodeError("unrecognized type: float64")
        return value


_BY_TYPE: dict[str, Callable[[_Walk, Node, Any, str], Any]] = {
    "object": _Walk.struct,
    "map": _Walk.map,
    "array": _Walk.array,
    "string": _Walk.string,
    "boolean": _Walk.boolean,
    "integer": _Walk.integer,
    "number": _Walk.double,
}
