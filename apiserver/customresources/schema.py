"""The schema of one version of a custom resource, made at its first use: most definitions are only listed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from ...apimachinery.gvk import GroupVersionKind
from ...apimachinery.schema.node import Node
from ...apimachinery.schema.structural import CustomSchema
from ..registry.strategy import Object

PRESERVED: Object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
"""The schema of a version that has none, which only an old definition can be."""


class LazySchema:
    """Behaves as its `CustomSchema` (`schema.registry.Schema`)."""

    def __init__(self, raw: Object | None, gvk: GroupVersionKind) -> None:
        self._raw = raw or PRESERVED
        self.gvk = gvk

    @cached_property
    def _schema(self) -> CustomSchema:
        return CustomSchema(self._raw, self.gvk)

    @cached_property
    def root(self) -> Node:
        return self._schema.root

    @cached_property
    def rules(self) -> Any:
        """The CEL rules (`cel.rules.RuleSet`), None when there are none."""
        return None

    def decode(self, obj: Object, duplicates: Sequence[str] = (), source: bytes = b"") -> list[str]:
        return self._schema.decode(obj, duplicates, source)

    def default(self, obj: Object) -> None:
        self._schema.default(obj)
