"""Which nodes a pod wants: node selector terms of core/v1, compiled once per kind of pod."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import labels

Object = dict[str, Any]

_OPERATORS = {
    "In": labels.IN,
    "NotIn": labels.NOT_IN,
    "Exists": labels.EXISTS,
    "DoesNotExist": labels.DOES_NOT_EXIST,
    "Gt": labels.GREATER,
    "Lt": labels.LESS,
}


class NodeTerm:
    """One NodeSelectorTerm: all its conditions hold. One without conditions matches nothing."""

    __slots__ = ("_fields", "_labels", "names")

    def __init__(self, term: Object) -> None:
        self._labels = tuple(_requirements(term.get("matchExpressions") or ()))
        fields = term.get("matchFields") or ()
        self._fields = tuple(_requirements(fields))
        self.names: frozenset[str] | None = None
        """The only node names that can match, when the term says so."""
        for field in fields:
            if field["key"] == "metadata.name" and field["operator"] == "In":
                values = frozenset(field["values"])
                self.names = values if self.names is None else self.names & values

    @property
    def empty(self) -> bool:
        return not self._labels and not self._fields

    def matches(self, name: str, node_labels: Mapping[str, str]) -> bool:
        if self.empty or not all(r.matches(node_labels) for r in self._labels):
            return False
        return not self._fields or all(r.matches({"metadata.name": name}) for r in self._fields)


class NodeWish:
    """`spec.nodeSelector` and node affinity of one kind of pod."""

    __slots__ = ("_pairs", "_required", "preferred")

    def __init__(self, spec: Object) -> None:
        self._pairs = tuple((spec.get("nodeSelector") or {}).items())
        affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
        required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
        self._required = (
            None if required is None else tuple(NodeTerm(t) for t in required.get("nodeSelectorTerms") or ())
        )
        preferred = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        terms = ((p["weight"], NodeTerm(p.get("preference") or {})) for p in preferred)
        self.preferred = tuple((weight, term) for weight, term in terms if weight and not term.empty)

    @property
    def any_node(self) -> bool:
        return not self._pairs and self._required is None

    def matches(self, name: str, node_labels: Mapping[str, str]) -> bool:
        for key, value in self._pairs:
            if node_labels.get(key) != value:
                return False
        return self._required is None or any(t.matches(name, node_labels) for t in self._required)

    def names(self) -> frozenset[str] | None:
        """The nodes that required terms name; None when they do not narrow by name."""
        if not self._required or any(t.names is None for t in self._required):
            return None
        return frozenset().union(*(t.names for t in self._required if t.names is not None))


def _requirements(listed: Iterable[Object]) -> Iterable[labels.Requirement]:
    for item in listed:
        yield labels.Requirement(item["key"], _OPERATORS[item["operator"]], item.get("values") or ())
