"""What an ApplyConfiguration expression makes, merged into the object as server-side apply would, without
owners.

Source: k8s.io/apiserver pkg/admission/plugin/policy/mutating/patch/smd.go, pkg/cel/mutation/dynamic.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....apimachinery import jsonio
from ....apimachinery.cel.library.convert import to_string
from ....apimachinery.cel.values import Duration, Struct, Timestamp
from ....apimachinery.field import quote
from ....apimachinery.gvk import GroupVersionKind
from ....apimachinery.managedfields import check, merge
from ....apimachinery.managedfields.shape import Kind, Shape, of_object
from ....apimachinery.schema.node import Node
from ...registry.strategy import Object


class BadConfiguration(Exception):  # noqa: N818
    """It cannot be merged; the text says why."""


def merged(node: Node, obj: Object, made: Struct, unknown: GroupVersionKind | None = None) -> Object:
    """A new object; `unknown` is the kind that its group does not describe. BadConfiguration."""
    check_names(made)
    if unknown is not None:
        raise BadConfiguration(
            "error applying patch: failed to convert patch object to typed object: no corresponding type for "
            f"{unknown.group}/{unknown.version}, Kind={unknown.kind}"
        )
    patch: Object = {**plain(made), "apiVersion": obj.get("apiVersion", ""), "kind": obj.get("kind", "")}
    shape = of_object(node)
    try:
        check.fits(shape, patch)
    except check.Misfit as error:
        raise BadConfiguration(
            f"error applying patch: failed to convert patch object to typed object: {error}"
        ) from None
    atomic = list(_atomics(shape, patch, ""))
    if atomic:
        raise BadConfiguration(
            "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or "
            f"structs: {', '.join(atomic)}"
        )
    laid: Object = jsonio.clone(merge.objects(shape, obj, patch))
    return laid


def _atomics(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """Lists and maps that can only be replaced as a whole."""
    if isinstance(value, dict) and shape.atom == "map":
        if shape.kind is Kind.LEAF:
            yield path
        for name, inner in value.items():
            if name in shape.fields:
                yield from _atomics(shape.fields[name][1], inner, f"{path}.{name}")
    elif isinstance(value, list) and shape.atom == "list":
        if shape.kind is Kind.LEAF:
            yield path
        for i, inner in enumerate(value):
            if shape.element is not None:
                yield from _atomics(shape.element, inner, f"{path}[{i}]")


def check_names(made: Any) -> None:
    """Structs must be named for where they stand: `Object.spec` is the value of `spec`. BadConfiguration."""
    if not isinstance(made, Struct):
        return
    found = list(_misnamed(made, made.type.name))
    if found:
        raise BadConfiguration("type mismatch: " + "\n".join(found))


def _misnamed(value: Any, wanted: str) -> Iterator[str]:
    if isinstance(value, Struct):
        if value.type.name != wanted:
            yield (
                f"unexpected type name {quote(value.type.name)}, expected {quote(wanted)}, "
                "which matches field name path from root Object type"
            )
        for name, inner in value.items():
            yield from _misnamed(inner, f"{wanted}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _misnamed(inner, wanted)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _misnamed(inner, wanted)


def plain(value: Any) -> Any:
    """JSON from a CEL value."""
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise BadConfiguration(f"map key {key} is of type {type(key).__name__}, not string")
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, Timestamp | Duration):
        return to_string(value)
    if isinstance(value, bool | float | str | None):
        return value
    if isinstance(value, int):
        return int(value)
    return str(value)
