"""JSON merge patch: null deletes, objects merge, everything else replaces."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..serializer import json_strict

Object = dict[str, Any]


def decode(data: bytes, strict: bool = True) -> tuple[Object, list[str]]:
    """The patch of a body and, when `strict` (fieldValidation is not Ignore), its repeated keys.
    StatusError 400."""
    try:
        value, problems = json_strict.loads(data)
        patch = json_strict.require_object(value)
    except ValueError as error:
        raise errors.bad_request(
            f"error decoding patch: {error}" if strict else "Invalid JSON Patch"
        ) from None
    if value is None:
        raise errors.bad_request("Invalid JSON Patch")
    return patch, problems if strict else []


def apply(doc: Object, patch: Object) -> Object:
    """A patched copy of `doc`."""
    out = dict(doc)
    for key, value in patch.items():
        if value is None:
            out.pop(key, None)
            continue
        current = out.get(key)
        if not isinstance(current, dict):
            out[key] = _without_nulls(value)
        else:
            out[key] = apply(current, value) if isinstance(value, dict) else value
    return out


def _without_nulls(value: Any) -> Any:
    """A new value cannot contain deletions: its null members go; null elements of lists stay."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def diff(old: Object, new: Object) -> Object:
    """The merge patch that turns `old` into `new`."""
    patch: Object = {key: None for key in old if key not in new}
    for key, value in new.items():
        before = old.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            inner = diff(before, value)
            if inner:
                patch[key] = inner
        elif key not in old or type(before) is not type(value) or before != value:
            patch[key] = value
    return patch
