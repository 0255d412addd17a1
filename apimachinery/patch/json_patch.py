"""JSON patch as evanphx/json-patch v4 applies it, which is laxer than RFC 6902.

A `replace` of a missing key adds it, negative indices count from the end, and what precedes a path's first
slash is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .. import errors
from ..field import quote
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
        raise ValueError(go_json.misfit(value, "[]handlers.jsonPatchOp"))
    for item in value:
        if item is not None and not isinstance(item, dict):
            raise ValueError(go_json.misfit(item, "handlers.jsonPatchOp"))
        for name, text in (item or {}).items():
            if name in _FIELDS and text is not None and not isinstance(text, str):
                raise ValueError(go_json.misfit(text, "string", f"jsonPatchOp.{name}"))
    return value


def touched(operations: list[Operation]) -> dict[str, Any]:
    """The objects and lists that the operations reached into, as a tree of path parts. The library writes
    these with sorted keys, and the rest as it was."""
    tree: dict[str, Any] = {}
    for operation in operations:
        for name in ("from", "path"):
            path = (operation or {}).get(name)
            if isinstance(path, str) and (name == "path" or (operation or {}).get("op") in ("move", "copy")):
                *parents, last = [_unescape(part) for part in path.split("/")[1:]] or [""]
                node = tree
                for part in parents:
                    node = node.setdefault(part, {})
                node.pop(last, None)
    return tree


class Mismatch(Exception):  # noqa: N818
    """The operation does not fit the document; the text is the library's."""


class _Document:
    """The document being patched, with what has been copied so far."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.copied = 0

    def holder(self, path: str, problem: str) -> tuple[Any, str]:
        """The object or list that holds the last part of `path`, and that part; `problem` when there is
        none."""
        parts = path.split("/")
        node = self.root if len(parts) > 1 else None
        for part in parts[1:-1]:
            try:
                node = _get(node, _unescape(part))
            except Mismatch:
                node = None
            if not isinstance(node, dict | list):
                break
        if not isinstance(node, dict | list):
            raise Mismatch(f"{problem}: missing value")
        return node, _unescape(parts[-1])


@contextmanager
def _telling(start: str) -> Iterator[None]:
    """Puts `start` before what is wrong."""
    try:
        yield
    except Mismatch as error:
        raise Mismatch(f"{start}: {error}") from None


def _unescape(part: str) -> str:
    return re.sub("~[01]", lambda m: "/" if m[0] == "~1" else "~", part) if "~" in part else part


def _index(key: str, size: int) -> int:
    """A list index below `size`; negative ones count from the end."""
    if not _INDEX.fullmatch(key):
        raise Mismatch(f"strconv.Atoi: parsing {quote(key)}: invalid syntax")
    index = int(key)
    if not -size <= index < size:
        raise Mismatch(f"Unable to access invalid index: {index}: invalid index referenced")
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
        if not _INDEX.fullmatch(key):
            with _telling(f"value was not a proper array index: '{key}'"):
                _index(key, 0)
        node.insert(_index(key, len(node) + 1), value)


def _drop(node: Any, key: str) -> None:
    if isinstance(node, list):
        del node[_index(key, len(node))]
    elif key in node:
        del node[key]
    else:
        raise Mismatch(f"Unable to remove nonexistent key: {key}: missing value")


def _path(operation: dict[str, Any]) -> str:
    return _text(operation, "path", "operation missing path field")


def _from(operation: dict[str, Any]) -> str:
    return _text(operation, "from", "operation, missing from field")


def _text(operation: dict[str, Any], name: str, absent: str) -> str:
    value = operation.get(name)
    if not isinstance(value, str):
        raise Mismatch(f"{operation['op']} operation failed to decode {name}: {absent}: missing value")
    return value


def _add(document: _Document, operation: dict[str, Any]) -> None:
    path = _path(operation)
    node, key = document.holder(path, f'add operation does not apply: doc is missing path: "{path}"')
    with _telling(f"error in add for path: '{path}'"):
        _put(node, key, clone(operation.get("value")))


def _remove(document: _Document, operation: dict[str, Any]) -> None:
    path = _path(operation)
    node, key = document.holder(path, f'remove operation does not apply: doc is missing path: "{path}"')
    with _telling(f"error in remove for path: '{path}'"):
        _drop(node, key)


def _replace(document: _Document, operation: dict[str, Any]) -> None:
    path = _path(operation)
    value = clone(operation.get("value"))
    if not path:
        if not isinstance(value, dict | list):
            raise Mismatch("replace operation value must be object or array: %!w(<nil>)")
        document.root = value
        return
    problem = "replace operation does not apply: doc is missing"
    node, key = document.holder(path, f"{problem} path: {path}")
    try:
        node[key if isinstance(node, dict) else _index(key, len(node))] = value
    except Mismatch:
        raise Mismatch(f"{problem} key: {path}: missing value") from None


def _move(document: _Document, operation: dict[str, Any]) -> None:
    start, problem = _from(operation), "move operation does not apply: doc is missing"
    node, key = document.holder(start, f"{problem} from path: {start}")
    with _telling(f"error in move for path: '{key}'"):
        value = _get(node, key)
        _drop(node, key)
    path = _path(operation)
    node, key = document.holder(path, f"{problem} destination path: {path}")
    with _telling(f"error in move for path: '{path}'"):
        _put(node, key, value)


def _copy(document: _Document, operation: dict[str, Any]) -> None:
    start, problem = _from(operation), "copy operation does not apply: doc is missing"
    node, key = document.holder(start, f"{problem} from path: {start}")
    with _telling(f"error in copy for from: '{start}'"):
        value = _get(node, key)
    path = _path(operation)
    node, key = document.holder(path, f"{problem} destination path: {path}")
    document.copied += len(dumps(value))
    if document.copied > MAX_COPIED_BYTES:
        raise Mismatch(
            f"Unable to complete the copy, the accumulated size increase of copy is {document.copied}, "
            f"exceeding the limit {MAX_COPIED_BYTES}"
        )
    with _telling("error while adding value during copy"):
        _put(node, key, clone(value))


def _same(left: Any, right: Any) -> bool:
    """JSON equality: true is not 1."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return type(left) is type(right) and bool(left == right)


class TestFailed(Mismatch):
    """A `test` found another value."""


def _test(document: _Document, operation: dict[str, Any]) -> None:
    path = _path(operation)
    found = document.root
    if path:
        node, key = document.holder(path, f"test operation does not apply: is missing path: {path}")
        with _telling(f"error in test for path: '{path}'"):
            found = _get(node, key)
    if not _same(found, operation.get("value")):
        raise TestFailed(f"testing value {path} failed: test failed")


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
        name = (operation or {}).get("op")
        todo = _OPERATIONS.get(name or "")
        if todo is None or operation is None:
            raise Mismatch(f"Unexpected kind: {'unknown' if name is None else name}")
        todo(document, operation)
    return document.root
