"""Table columns of the apiextensions kinds, as clients of upstream receive them."""

from __future__ import annotations

from ..resource import CREATED_AT, NAME

CUSTOMRESOURCEDEFINITIONS = (
    NAME,
    CREATED_AT,
)
