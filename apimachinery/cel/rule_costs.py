"""What the rules of a definition may cost: each, and all together.

Source: apiextensions-apiserver pkg/apis/apiextensions/validation/{validation,cel_validation}.go.
"""

from __future__ import annotations

from typing import Any

from .. import field
from ..field import FieldError
from .budget import MAX_REQUEST
from .estimates import estimate
from .program import Program
from .ranges import MOST
from .types import CelType, optional_of

PER_RULE = 10_000_000
ALL_RULES = 100_000_000
_SHOWN = 4
_ADVICE = (
    "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and "
    "strings are declared)"
)


def variables(declared: CelType, optional_old: bool) -> dict[str, CelType]:
    """What a rule about a value of the type may name."""
    return {"self": declared, "oldSelf": optional_of(declared) if optional_old else declared}


def of_message(program: Program, declared: CelType) -> int:
    return estimate(program.tree, declared).high


def of_rule(program: Program, declared: CelType, times: int | None) -> int:
    """The cost of a rule, for all the values that one request can hold."""
    one = of_message(program, declared)
    if times is None:
        times = MAX_REQUEST // (declared.min_bytes + 1)
    return min(one * times, MOST)


def repeated(times: int | None, raw: dict[str, Any]) -> int | None:
    """How often a value inside of a list or map can be there; None: without limit."""
    if times is None:
        return None
    limit: Any = 1
    if raw.get("type") == "object" and raw.get("additionalProperties") is not None:
        limit = raw.get("maxProperties")
    elif raw.get("type") == "array":
        limit = raw.get("maxItems")
    return None if limit is None else min(times * max(int(limit), 0), MOST)


class Costs:
    """The sum over a schema, and its most expensive parts."""

    def __init__(self) -> None:
        self.total = 0
        self._shown: list[tuple[int, str]] = []

    def observe(self, path: str, what: str, cost: int, priced: bool) -> list[FieldError]:
        """Adds a cost; the error of one that is too high by itself."""
        self.total = min(self.total + cost, MOST)
        if cost >= ALL_RULES // 100:
            self._shown.append((cost, path))
            self._shown.sort(key=lambda shown: -shown[0])
            del self._shown[_SHOWN:]
        return [field.forbidden(path, _exceeds(what, cost, PER_RULE))] if priced and cost > PER_RULE else []

    def total_errors(self, path: str) -> list[FieldError]:
        if self.total <= ALL_RULES:
            return []
        why = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"
        what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema"
        return [
            *(field.forbidden(shown, why) for _, shown in self._shown),
            field.forbidden(path, _exceeds(what, self.total, ALL_RULES)),
        ]


def _exceeds(what: str, cost: int, limit: int) -> str:
    factor = cost / limit
    if factor > 100:
        shown = "more than 100x"
    else:
        shown = f"{factor:.6f}x" if factor < 1.5 else f"{factor:.1f}x"
    return f"{what} exceeds budget by factor of {shown} {_ADVICE}"
