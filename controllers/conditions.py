"""Status conditions, as lists of dicts with a `type` each."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


def find(conditions: list[Object] | None, kind: str) -> Object | None:
    for condition in conditions or ():
        if condition.get("type") == kind:
            return condition
    return None


def without(conditions: list[Object] | None, kind: str) -> list[Object]:
    return [condition for condition in conditions or () if condition.get("type") != kind]
