"""The schema of one version of a custom resource, made at its first use: most definitions are only listed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import orjson

from ...apimachinery.gvk import GroupVersionKind
from ...apimachinery.schema.node import Node
from ...apimachinery.schema.structural import CustomSchema
from ..registry.strategy import Object

if TYPE_CHECKING:
    from ...apimachinery.cel.rules import RuleSet

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
    def rules(self) -> RuleSet | None:
        """The CEL rules, None when there are none: only then is the engine imported."""
        if b'"x-kubernetes-validations"' not in orjson.dumps(self._raw):
            return None
        from ...apimachinery.cel import rules

        return rules.compiled(self._raw, root=True)

    @cached_property
    def defaults_status(self) -> bool:
        status = (self._raw.get("properties") or {}).get("status") or {}
        return status.get("default") is not None

    def decode(self, obj: Object, duplicates: Sequence[str] = (), source: bytes = b"") -> list[str]:
        return self._schema.decode(obj, duplicates, source)

    def default(self, obj: Object) -> None:
        self._schema.default(obj)

    def default_merged(self, obj: Object) -> None:
        self._schema.default_merged(obj)
