"""Path elements: their serialized form and how messages show them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

from ..field import quote
from ..serializer import go_format
from .fieldset import LEAF, MEMBER, Fields

_HTML = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


@lru_cache(maxsize=8192, typed=True)
def encode(value: Any) -> str:
    """A scalar as JSON, escaped as Go's encoder does."""
    text = orjson.dumps(value).decode()
    return text.translate(_HTML) if isinstance(value, str) else text


def key_element(pairs: list[tuple[str, Any]]) -> str:
    """The element of an associative list's item, from its keys in order of their names."""
    return "k:{" + ",".join(f'"{name}":{encode_any(value)}' for name, value in pairs) + "}"


def value_element(value: Any) -> str:
    return "v:" + encode_any(value)


def encode_any(value: Any) -> str:
    """Any JSON value, as `encode`."""
    if isinstance(value, dict | list):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode().translate(_HTML)
    return encode(value)


def show_value(value: Any) -> str:
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list):
        return "[" + ",".join(map(show_value, value)) + "]"
    if isinstance(value, dict):
        return "".join(f"{name}={show_value(item)}" for name, item in value.items())
    return "null" if value is None else go_format.show(value)


def show_element(element: str) -> str:
    """`.name`, `[key="a"]`, `[="x"]` or `[0]`."""
    kind, text = element[:2], element[2:]
    if kind == "f:":
        return "." + text
    if kind == "k:":
        return "[" + ",".join(f"{k}={show_value(v)}" for k, v in orjson.loads(text).items()) + "]"
    if kind == "v:":
        return f"[={show_value(orjson.loads(text))}]"
    return f"[{text}]"


def show(path: tuple[str, ...]) -> str:
    return "".join(map(show_element, path))


def normalize(fields: Any) -> Fields:
    """A field set from outside, with canonical elements; elements of types that nobody knows are left out.
    ValueError when it is none."""
    out = _normal_node(fields)
    out.pop(MEMBER, None)
    return out


def _normal_node(node: Any) -> Fields:
    if node is None:
        return LEAF
    if not isinstance(node, dict):
        raise ValueError("fields must be an object")
    out: Fields = {}
    for key, below in node.items():
        element = MEMBER if key == MEMBER else _normal_element(key)
        if element:
            out[element] = LEAF if element == MEMBER else _normal_node(below)
    return LEAF if out.keys() == {MEMBER} else out


def _normal_element(element: str) -> str:
    """Empty when it is of an unknown type."""
    if element[1:2] != ":":
        raise ValueError("an element begins with its type and a colon")
    kind, text = element[:2], element[2:]
    if kind == "f:":
        return element
    if kind == "v:":
        return value_element(orjson.loads(text))
    if kind == "k:":
        keys = orjson.loads(text)
        if not isinstance(keys, dict):
            raise ValueError("a key must be an object")
        return key_element(sorted(keys.items()))
    if kind == "i:":
        return f"i:{int(text)}"
    return ""


def order(element: str) -> tuple[Any, ...]:
    """What elements of one level are sorted by: fields, keys, values, indices; numbers by their size."""
    kind, text = element[:2], element[2:]
    if kind == "f:":
        return 0, text
    if kind == "i:":
        return 3, int(text)
    value = orjson.loads(text)
    if kind == "k:":
        return 1, *((name, *_order_value(item)) for name, item in value.items())
    return 2, _order_value(value)


def _order_value(value: Any) -> tuple[int, Any]:
    if isinstance(value, bool):
        return 2, value
    if isinstance(value, int | float):
        return 0, value
    return (1, value) if isinstance(value, str) else (3, encode_any(value))
