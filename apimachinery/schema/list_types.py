"""Lists of custom resources that are sets or maps: no element, or no key, twice.

Source: apiextensions-apiserver pkg/apiserver/schema/listtype.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from .. import field
from ..field import FieldError
from .node import Node


def validate(node: Node, value: Any, path: str = "") -> Iterator[FieldError]:
    """Everything that stands twice in a list that forbids it, below `value`."""
    if not node.has_keyed:
        return
    if isinstance(value, list) and node.type == "array" and node.item is not None:
        yield from _list(node, value, path)
        for i, item in enumerate(value):
            yield from validate(node.item, item, f"{path}[{i}]")
    elif isinstance(value, dict) and node.type == "map" and node.item is not None:
        for name, item in value.items():
            yield from validate(node.item, item, f"{path}[{name}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in node.fields:
                yield from validate(node.fields[name], item, f"{path}.{name}" if path else name)


def _list(node: Node, value: list[Any], path: str) -> Iterator[FieldError]:
    if node.list_type == "set":
        yield from _repeated(value, path)
    elif node.list_type == "map" and node.raw is not None:
        for i, item in enumerate(value):
            if item is not None and not isinstance(item, dict):
                text = "must be an object for an array of list-type map"
                yield field.invalid(f"{path}[{i}]", item, text)
                return
        keys = [{k: item[k] for k in node.list_keys if k in item} if item else {} for item in value]
        yield from _repeated(keys, path)


def _repeated(items: list[Any], path: str) -> Iterator[FieldError]:
    """One error per element that is there again, at its second place."""
    seen: dict[bytes, int] = {}
    for i, item in enumerate(items):
        text = orjson.dumps(item, option=orjson.OPT_SORT_KEYS)
        seen[text] = seen.get(text, 0) + 1
        if seen[text] == 2:
            yield field.duplicate(f"{path}[{i}]", item)
