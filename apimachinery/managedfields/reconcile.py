"""Sets of fields that were written for another schema than today's, or by somebody who knew none."""

from __future__ import annotations

from .fieldset import LEAF, MEMBER, Fields
from .shape import Kind, Shape

WHOLE = ("map", "list", "any")
"""What an owner of parts may have owned, before it came to be owned as a whole."""


def reconciled(shape: Shape, fields: Fields) -> Fields:
    """`fields` with nothing below what is owned as a whole: the owner of a part owns all of it."""
    out: Fields | None = None
    for key, node in fields.items():
        child = _child(shape, key) if node else None
        if child is None:
            continue
        below = _node(child, node)
        if below is not node:
            out = dict(fields) if out is None else out
            out[key] = below
    return fields if out is None else out


def _child(shape: Shape, key: str) -> Shape | None:
    if key == MEMBER:
        return None
    return shape.child(key[2:])[1] if key.startswith("f:") else shape.element


def _node(shape: Shape, node: Fields) -> Fields:
    if shape.kind is Kind.LEAF:
        return LEAF if shape.atom in WHOLE else node
    return node if shape.kind is Kind.DEDUCED else reconciled(shape, node)
