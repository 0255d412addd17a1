"""Defaults inside a schema: pruned, valid by the schema they stand in, and good metadata where they are that.

Source: apiextensions-apiserver pkg/apiserver/schema/defaulting/validation.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ....apimachinery import field, jsonio
from ....apimachinery.field import FieldError
from ....apimachinery.schema import structural, value_validation
from ....apimachinery.schema.pruning import prune
from ....apimachinery.schema.strict import DecodeError
from ..strategy import Object
from ..validation.common import Errors
from . import embedded
from .schema_rules import EMBEDDED, META

INVALID = ": Invalid value: "
"""What stands behind the place in an error that names one."""
Found = Iterator[FieldError]
Surrounding = Callable[[Any], Any]
"""Builds the object that has a value at some place."""
CelCheck = Callable[[Object, Any, str], Errors]
"""(schema, default, path) → what x-kubernetes-validations say."""


def validate(raw: Object, path: str, cel: CelCheck, *, pruned: bool = True) -> Errors:
    """`pruned`: whether a default may not have unknown fields."""
    root = {**raw, EMBEDDED: True}
    return list(_Walk(cel, pruned).position(root, root, path, _itself, False))


def unpruned(raw: Object) -> bool:
    """Whether a schema has a default with unknown fields, as older ones may."""
    value = raw.get("default")
    inside = [raw["items"]] if isinstance(raw.get("items"), dict) else []
    inside += (raw.get("properties") or {}).values()
    return (value is not None and _has_unknown(raw, value)) or any(map(unpruned, inside))


def _itself(value: Any) -> Any:
    return value


def _has_unknown(raw: Object, value: Any) -> bool:
    """Also true of an embedded default whose metadata is none, which is told apart."""
    return bool(prune(raw, jsonio.clone(value)))


class _Walk:
    def __init__(self, cel: CelCheck, pruned: bool) -> None:
        self._cel = cel
        self._pruned = pruned

    def position(self, raw: Object, root: Object, path: str, around: Surrounding, in_meta: bool) -> Found:
        """`root` is the schema of the innermost resource, `around` builds that resource."""
        if raw.get(EMBEDDED):
            root, around, in_meta = raw, _itself, False
        if raw.get("default") is not None:
            at = f"{path}.default"
            yield from self._metadata(raw, root, around, at) if in_meta else self._default(raw, at)
        # Not inside additionalProperties, where upstream allows no defaults.
        if isinstance(raw.get("items"), dict):
            yield from self.position(
                raw["items"], root, f"{path}.items", lambda value: around([value]), in_meta
            )
        for name, inner in (raw.get("properties") or {}).items():
            meta = in_meta or (bool(raw.get(EMBEDDED)) and name in META)
            holder = _holder(around, name)
            yield from self.position(inner, root, f"{path}.properties[{name}]", holder, meta)

    def _default(self, raw: Object, path: str) -> Found:
        value = raw["default"]
        node = structural.build(raw)
        copy = jsonio.clone(value)
        try:
            unknown = prune(raw, copy)
        except DecodeError as fault:
            yield field.invalid(f"{path}.metadata", value.get("metadata"), _reason(fault))
            return
        if self._pruned and unknown:
            yield field.invalid(path, value, "must not have unknown fields")
        yield from (
            embedded.validate(node, copy, path)
            or value_validation.validate(node, value, path)
            or self._cel(raw, value, path)
        )

    def _metadata(self, raw: Object, root: Object, around: Surrounding, path: str) -> Found:
        value = raw["default"]
        whole = around(jsonio.clone(value))
        resource = {"kind": "Validation", "apiVersion": "validation/v1", **whole}
        node = structural.build(root)
        try:
            prune(root, resource)
        except DecodeError as fault:
            named = (
                str(fault)
                if INVALID in str(fault)
                else field.invalid("metadata", resource["metadata"], str(fault))
            )
            yield field.invalid(path, value, f"must result in valid metadata: {named}")
            return
        if problems := embedded.validate(node, resource, root=True):
            yield field.invalid(path, value, f"must result in valid metadata: {_together(problems)}")
            return
        own = structural.build(raw)
        yield from value_validation.validate(own, value, path) or self._cel(raw, value, path)


def _holder(around: Surrounding, name: str) -> Surrounding:
    return lambda value: around({name: value})


def _reason(fault: DecodeError) -> str:
    return str(fault).rpartition(INVALID)[2]


def _together(errors: Errors) -> str:
    texts = list(dict.fromkeys(map(str, errors)))
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
