"""JSON bodies: fast when they are right, Go's words when they are wrong, repeated keys reported."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import orjson

from ..field import quote
from . import bounds, go_json

_SPACED_COLONS = (b" :", b"\t:", b"\n:", b"\r:", b"\\u")
MAX_PROBLEMS = 100
"""Upstream stops listing strict problems there."""
_MOST_PATHS = 1 << 23
"""Characters of paths that are looked at: the same long path may be repeated very often."""


def loads(data: bytes) -> tuple[Any, list[str]]:
    """The value, and `duplicate field "…"` for every key given twice (the last one wins). ValueError with
    Go's message when it is not JSON. Bytes that are not UTF-8 become U+FFFD."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return _loads_leniently(data)
    if data.count(b"{") + data.count(b"[") > bounds.MAX_DEPTH:
        bounds.encoded(value)
    if not _may_repeat(data, value):
        return value, []
    return value, _duplicates(data)


def _may_repeat(data: bytes, value: Any) -> bool:
    """Whether keys might be repeated. Written again, the value has as many `":` as the text unless a key
    got lost; texts whose keys may be written otherwise are looked at closely."""
    if data.count(b'":') != orjson.dumps(value).count(b'":'):
        return True
    return any(mark in data for mark in _SPACED_COLONS)


def _loads_leniently(data: bytes) -> tuple[Any, list[str]]:
    problem = go_json.syntax_problem(data)
    if problem:
        raise ValueError(problem)
    try:
        value = _without_surrogates(json.loads(data.decode("utf-8", "replace")))
    except RecursionError:
        raise ValueError("exceeded max depth") from None
    return value, _duplicates(data)


def _without_surrogates(value: Any) -> Any:
    """Half of a surrogate pair becomes U+FFFD, as in Go."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_without_surrogates(k): _without_surrogates(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    return value


class _Repeats:
    """Notices a repeated key at the speed of the C parser."""

    def __init__(self) -> None:
        self.found = False

    def __call__(self, pairs: list[tuple[str, Any]]) -> None:
        if not self.found and len(pairs) > 1 and len({key for key, _ in pairs}) != len(pairs):
            self.found = True


def _duplicates(data: bytes) -> list[str]:
    if data.count(b'":') > bounds.MAX_VALUES:
        raise bounds.TooManyError
    text = data.decode("utf-8", "replace")
    repeats = _Repeats()
    json.loads(text, object_pairs_hook=repeats)
    if not repeats.found:
        return []
    return [f'duplicate field "{path}"' for path in _repeated(text)]


def _repeated(text: str) -> list[str]:
    """Paths that are given twice within one object, as many as are told."""
    repeated: dict[str, None] = {}
    left = _MOST_PATHS
    for place, again in go_json.keys(text):
        if again:
            path = go_json.path(place)
            repeated[path] = None
            left -= len(path)
            if left < 0 or len(repeated) == MAX_PROBLEMS:
                break
    return list(repeated)


def in_order(data: bytes, duplicates: Sequence[str], unknown: Sequence[str]) -> list[str]:
    """Both kinds of strict problems in the order of the document, as upstream's decoder meets them.
    Duplicates inside an unknown field are dropped: upstream skips its value."""
    if not duplicates or not unknown:
        return [*duplicates, *unknown]
    hidden = tuple(p[len('unknown field "') : -1] + mark for p in unknown for mark in (".", "["))
    pending = set(unknown) | {p for p in duplicates if not p[len('duplicate field "') :].startswith(hidden)}
    ordered: list[str] = []
    left = _MOST_PATHS
    for place, again in go_json.keys(data.decode("utf-8", "replace")):
        path = go_json.path(place)
        left -= len(path)
        if left < 0:
            break
        names = (f"unknown field {quote(path)}", f'duplicate field "{path}"' if again else "")
        for problem in names:
            if problem in pending:
                pending.discard(problem)
                ordered.append(problem)
    return ordered + sorted(pending)


def require_object(value: Any) -> dict[str, Any]:
    """The value when it is an object (null counts as an empty one); ValueError as Go has it otherwise."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(go_json.misfit(value, "map[string]interface {}"))
    return value
