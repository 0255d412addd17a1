"""JSON patch as evanphx/json-patch v4 applies it, which is laxer than RFC 6902.

A `replace` of a missing key adds it, negative indices count from the end, and what precedes a path's first
slash is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from .. import errors
from ..jsonio import clone, dumps
from ..serializer import go_json, json_strict
from .errors import unprocessable

MAX_OPERATIONS = 10_000
MAX_COPIED_BYTES = 3 * 1024 * 1024
"""How much `copy` may add to an object."""

_FIELDS = {"op": "string", "path": "string", "from": "string"}
_INDEX = re.compile(r"[+-]?[0-9]{1,18}")

Operation = dict[str, Any] | None


def decode(data: bytes, strict: bool = True) -> tuple[list[Operation], list[str]]:
    """The operations of a body and, when `strict` (fieldValidation is not Ignore), problems with their
    fields. StatusError 400 when they are not operations, 413 when they are too many."""
    prefix = "error decoding patch: " if strict else ""
    try:
        value, duplicates = json_strict.loads(data)
        operations = _check_types(value)
    except ValueError as error:
        raise errors.bad_request(f"{prefix}{error}") from None
    if len(operations) > MAX_OPERATIONS:
        raise errors.too_large(
            f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(operations)}"
        )
    unknown = [
        f'unknown field "[{i}].{name}"'
        for i, operation in enumerate(operations)
        for name in operation or ()
        if name not in _FIELDS and name != "value"
    ]
    problems = json_strict.in_order(data, duplicates, unknown) if strict else []
    return operations, [f"json patch {problem}" for problem in problems]


def _check_types(value: Any) -> list[Operation]:
    if value is None:
        return []
    if not isinstance(value, list):
        kind = go_json.kind_of(value)
        raise ValueError(f"json: cannot unmarshal {kind} into Go value of type []handlers.jsonPatchOp")
    for item in value:
        if item is not None and not isinstance(item, dict):
            kind = go_json.kind_of(item)
            raise ValueError(f"json: cannot unmarshal {kind} into Go value of type handlers.jsonPatchOp")
        for name, text in (item or {}).items():
            if name in _FIELDS and text is not None and not isinstance(text, str):
                kind = go_json.kind_of(text)
                raise ValueError(
                    f"json: cannot unmarshal {kind} into Go struct field jsonPatchOp.{name} of type string"
                )
    return value


class Mismatch(Exception):  # noqa: N818
    """The operation does not fit the document; the text is the library's."""


class _Document:
    """The document being patched, with what has been copied so far."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.copied = 0

    def container(self, path: str) -> tuple[Any, str]:
        """The object or list that holds the last part of `path`, and that part."""
        parts = path.split("/")
        if len(parts) < 2:
            raise Mismatch
        node = self.root
        for part in parts[1:-1]:
            node = _get(node, _unescape(part))
            if not isinstance(node, dict | list):
                raise Mismatch
        return node, _unescape(parts[-1])


def _unescape(part: str) -> str:
    return re.sub("~[01]", lambda m: "/" if m[0] == "~1" else "~", part) if "~" in part else part


def _index(key: str, size: int) -> int:
    """A list index below `size`; negative ones count from the end."""
    if not _INDEX.fullmatch(key):
        raise Mismatch
    index = int(key)
    if not -size <= index < size:
        raise Mismatch
    return index + size if index < 0 else index


def _get(node: Any, key: str) -> Any:
    """A missing key reads as null, a missing index does not."""
    if isinstance(node, dict):
        return node.get(key)
    return node[_index(key, len(node))]


def _put(node: Any, key: str, value: Any) -> None:
    if isinstance(node, dict):
        node[key] = value
    elif key == "-":
        node.append(value)
    else:
        node.insert(_index(key, len(node) + 1), value)


def _drop(node: Any, key: str) -> None:
    if isinstance(node, dict):
        if key not in node:
            raise Mismatch
        del node[key]
    else:
        del node[_index(key, len(node))]


def _text(operation: dict[str, Any], name: str) -> str:
    value = operation.get(name)
    if not isinstance(value, str):
        raise Mismatch
    return value


def _add(document: _Document, operation: dict[str, Any]) -> None:
    node, key = document.container(_text(operation, "path"))
    _put(node, key, clone(operation.get("value")))


def _remove(document: _Document, operation: dict[str, Any]) -> None:
    _drop(*document.container(_text(operation, "path")))


def _replace(document: _Document, operation: dict[str, Any]) -> None:
    path = _text(operation, "path")
    value = clone(operation.get("value"))
    if not path:
        if not isinstance(value, dict | list):
            raise Mismatch
        document.root = value
        return
    node, key = document.container(path)
    node[key if isinstance(node, dict) else _index(key, len(node))] = value


def _move(document: _Document, operation: dict[str, Any]) -> None:
    node, key = document.container(_text(operation, "from"))
    value = _get(node, key)
    _drop(node, key)
    node, key = document.container(_text(operation, "path"))
    _put(node, key, value)


def _copy(document: _Document, operation: dict[str, Any]) -> None:
    value = _get(*document.container(_text(operation, "from")))
    encoded = dumps(value)
    document.copied += len(encoded)
    if document.copied > MAX_COPIED_BYTES:
        raise Mismatch
    node, key = document.container(_text(operation, "path"))
    _put(node, key, clone(value))


def _same(left: Any, right: Any) -> bool:
    """JSON equality: true is not 1."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return type(left) is type(right) and bool(left == right)


def _test(document: _Document, operation: dict[str, Any]) -> None:
    path = _text(operation, "path")
    found = _get(*document.container(path)) if path else document.root
    if not _same(found, operation.get("value")):
        raise Mismatch


_OPERATIONS: dict[str, Callable[[_Document, dict[str, Any]], None]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}


def apply(doc: Any, operations: Sequence[Operation]) -> Any:
    """A patched copy of `doc`; StatusError 422 when an operation does not fit, and then none has effect."""
    try:
        return perform(doc, operations)
    except Mismatch:
        raise unprocessable() from None


def perform(doc: Any, operations: Sequence[Operation]) -> Any:
    """A patched copy of `doc`. Mismatch says which operation does not fit, and why."""
    document = _Document(clone(doc))
    for operation in operations:
        name = (operation or {}).get("op") or ""
        todo = _OPERATIONS.get(name)
        if todo is None or operation is None:
            raise Mismatch(f"Unexpected kind: {name or 'unknown'}")
        try:
            todo(document, operation)
        except Mismatch as error:
            raise Mismatch(str(error) or _explained(name, operation)) from None
    return document.root


def _explained(name: str, operation: dict[str, Any]) -> str:
    path = operation.get("path")
    if name == "test":
        return f"testing value {path} failed: test failed"
    shown = f'"{path}"' if name == "add" else path
    if name in ("move", "copy"):
        shown = operation.get("from")
    return f"{name} operation does not apply: doc is missing path: {shown}: missing value"
