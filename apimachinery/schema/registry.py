"""The schemas of built-in kinds: `builtin(group, version, kind)`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from ..gvk import GroupVersionKind
from . import compile, facts, restore, strict  # noqa: A004 - the module's name is its activity
from .build import definition_node
from .node import Node
from .scalars import Odd

Object = dict[str, Any]


class Schema:
    """How one kind is decoded and defaulted. Immutable; shared by all requests."""

    __slots__ = ("_decode", "_default", "gvk", "root")

    def __init__(self, root: Node, gvk: GroupVersionKind) -> None:
        self.root = root
        self.gvk = gvk
        self._decode = compile.decoder(root)
        self._default = compile.defaulter(root)

    def decode(self, obj: Object, duplicates: Sequence[str] = (), source: bytes = b"") -> list[str]:
        """Makes `obj` what Go's structs would hold and write again; in place.

        Unknown fields are dropped and returned as strict-decoding problems (`unknown field "spec.foo"`),
        merged in document order with `duplicates` (`duplicate field "data.k"`, from the parser). `source` is
        the JSON text the object came from: it lets errors quote numbers as they were written. Raises
        DecodeError.
        """
        problems: list[str] = []
        try:
            new = None if duplicates else self._decode(obj)
        except (Odd, RecursionError):
            new = None
        if new is None:
            careful, problems = strict.decode(self.root, obj, duplicates, source)
            new = self._decode(careful)
        obj.clear()
        obj.update(new)
        return problems

    def restore(self, obj: Object, duplicates: Sequence[str] = (), kept: Collection[str] = ()) -> list[str]:
        """`decode` for the result of a strategic merge patch, with the errors of Go's unstructured converter.

        The problems are `duplicates` (of the patch) and then the unknown fields, sorted. `kept` are fields of
        the object that the patch did not reach, and that were decoded when they were stored. Raises
        DecodeError.
        """
        careful, unknown = restore.restore(self.root, {k: v for k, v in obj.items() if k not in kept})
        self.decode(careful)
        if kept:
            careful |= {name: obj[name] for name in kept}
            names = [field.name for field in self.root.layout if field.name in careful]
            careful = {name: careful[name] for name in dict.fromkeys([*names, *careful])}
        obj.clear()
        obj.update(careful)
        return [*duplicates, *unknown]

    def convert(self, obj: Object) -> None:
        """`decode` for the result of an apply, with the errors of Go's unstructured converter. What it does
        not know is dropped. Raises DecodeError."""
        try:
            new = self._decode(obj)
        except (Odd, RecursionError):
            new = None
        if new is None:
            new = restore.restore(self.root, obj)[0]
            self.decode(new)
        obj.clear()
        obj.update(new)

    def default(self, obj: Object) -> None:
        """Sets the schema's literal defaults in a decoded object; in place."""
        self._default(obj)


@cache
def by_definition(name: str, gvk: GroupVersionKind) -> Schema:
    """The schema of a definition such as `core.v1.Pod`, for structs that are no kind of their own."""
    return Schema(definition_node(name), gvk)


@cache
def builtin(group: str, version: str, kind: str) -> Schema | None:
    """The schema of a built-in kind, also of its List; None when there is none."""
    definition = facts.load().kinds.get((group, version, kind))
    if definition is None:
        return None
    return by_definition(definition, GroupVersionKind(group, version, kind))
