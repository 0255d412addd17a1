"""Table columns of the node kinds, as clients of upstream receive them."""

from __future__ import annotations

from ..resource import AGE, NAME, Column

RUNTIMECLASSES = (
    NAME,
    Column("Handler", "string", "", ""),
    AGE,
)
