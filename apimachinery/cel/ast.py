"""The syntax tree. Nodes carry the offset of the token that names them; the checker adds type and overloads.

Source: cel-go common/ast.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .types import DYN, CelType

ACCUMULATOR = "@result"


class Expr:
    __slots__ = ("at", "type")

    def __init__(self, at: int) -> None:
        self.at = at
        self.type: CelType = DYN


class Literal(Expr):
    """A constant; `type` is known from the token."""

    __slots__ = ("value",)

    def __init__(self, at: int, value: Any, declared: CelType) -> None:
        super().__init__(at)
        self.value = value
        self.type = declared


class Ident(Expr):
    """A variable or, when the checker found one, a type (`named_type`)."""

    __slots__ = ("name", "named_type")

    def __init__(self, at: int, name: str) -> None:
        super().__init__(at)
        self.name = name
        self.named_type: CelType | None = None


class Select(Expr):
    """`operand.field`; `test` for has(operand.field)."""

    __slots__ = ("field", "operand", "test")

    def __init__(self, at: int, operand: Expr, field: str, *, test: bool = False) -> None:
        super().__init__(at)
        self.operand = operand
        self.field = field
        self.test = test


class Call(Expr):
    __slots__ = ("args", "function", "overloads", "target")

    def __init__(self, at: int, function: str, args: Sequence[Expr], target: Expr | None = None) -> None:
        super().__init__(at)
        self.function = function
        self.target = target
        self.args = list(args)
        self.overloads: tuple[str, ...] = ()


class ListLiteral(Expr):
    __slots__ = ("elements", "optional")

    def __init__(self, at: int, elements: Sequence[Expr], optional: frozenset[int] = frozenset()) -> None:
        super().__init__(at)
        self.elements = elements
        self.optional = optional


class Entry(NamedTuple):
    """`key: value` of a map."""

    at: int
    key: Expr
    value: Expr
    optional: bool


class Field(NamedTuple):
    """`name: value` of a struct."""

    at: int
    name: str
    value: Expr
    optional: bool


class MapLiteral(Expr):
    __slots__ = ("entries",)

    def __init__(self, at: int, entries: Sequence[Entry]) -> None:
        super().__init__(at)
        self.entries = entries


class StructLiteral(Expr):
    __slots__ = ("fields", "name")

    def __init__(self, at: int, name: str, fields: Sequence[Field]) -> None:
        super().__init__(at)
        self.name = name
        self.fields = fields


class Comprehension(Expr):
    """A fold: what macros expand to. `second` is the value's name in two-variable ones, else empty."""

    __slots__ = ("accumulator", "condition", "first", "initial", "items", "result", "second", "step")

    def __init__(
        self,
        at: int,
        items: Expr,
        variables: tuple[str, str],
        initial: Expr,
        condition: Expr,
        step: Expr,
        result: Expr,
        accumulator: str = ACCUMULATOR,
    ) -> None:
        super().__init__(at)
        self.items = items
        self.first, self.second = variables
        self.accumulator = accumulator
        self.initial = initial
        self.condition = condition
        self.step = step
        self.result = result

    @property
    def binds(self) -> bool:
        """No fold at all: gives the initial value a name (optMap, sortBy)."""
        return (
            isinstance(self.items, ListLiteral)
            and not self.items.elements
            and self.accumulator != ACCUMULATOR
        )
