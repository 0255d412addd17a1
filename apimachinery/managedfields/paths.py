"""Path elements: their serialized form and how messages show them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

from ..field import quote
from ..serializer import go_format
from .fieldset import MEMBER, Fields

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
    """A field set from outside, with canonical elements. ValueError when it is none."""
    if not isinstance(fields, dict):
        raise ValueError("fields must be an object")
    return {_normal_element(key): normalize(node) for key, node in fields.items()}


def _normal_element(element: str) -> str:
    kind, text = element[:2], element[2:]
    if element == MEMBER or kind == "f:":
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
    raise ValueError("unknown path element type")
